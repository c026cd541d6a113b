"""How many messages recipients' domains take, as the operator writes it down.

    gmail.com,googlemail.com=20/s example.org=500/m,20000/d,warm_up=50 *=1000/m

A domain, or several of one provider, who are counted together; then the limits a second, a minute
and a day; warm_up: at most so many on the first day, twice as many on the next, and so on. `*` is
every other domain, each by itself.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple

from digest.errors import SettingsError
from digest.smtp.smtp_url import Limits

_DOMAIN = r"[\w-]+(?:\.[\w-]+)+"
_ITEM = re.compile(rf"(\*|{_DOMAIN}(?:,{_DOMAIN})*)=(\S+)")
_PART = re.compile(r"(?:([1-9][0-9]{0,7})/([smd])|warm_up=([1-9][0-9]{0,7}))")
_NAMES = {"s": "per_second", "m": "per_minute", "d": "per_day"}
_HINT = "for example: gmail.com,googlemail.com=20/s example.org=500/m,warm_up=50 *=1000/m"


class Provider(NamedTuple):
    """Who serves domains that share limits. name: the first of them."""

    name: str
    limits: Limits


def parse_domain_limits(text: str) -> dict[str, Provider]:
    """Read the limits by domain, "*" being all others; SettingsError says what is wrong."""
    found: dict[str, Provider] = {}
    for item in text.lower().split():
        match = _ITEM.fullmatch(item)
        if match is None:
            raise _mistake(f"{item!r} is not DOMAIN=LIMITS")
        domains, limits = match[1].split(","), match[2]
        provider = Provider(domains[0], _limits(domains[0], limits))
        for domain in domains:
            if domain in found:
                raise _mistake(f"{domain} is in it twice")
            found[domain] = provider
    return found


def name_of(domain: str, providers: Mapping[str, Provider]) -> str:
    """Return the name under which a domain is counted: its provider's, or its own."""
    return providers[domain].name if domain in providers else domain


def limits_of(domain: str, providers: Mapping[str, Provider]) -> Limits | None:
    """Return what holds for a domain; None when nothing does."""
    provider = providers.get(domain) or providers.get("*")
    return provider.limits if provider else None


def in_words(limits: Limits) -> str:
    """Say what a domain takes."""
    parts = [
        (limits.per_second, "a second"),
        (limits.per_minute, "a minute"),
        (limits.per_day, "a day"),
        (limits.warm_up, "on its first day and twice as many on each that follows"),
    ]
    return ", ".join(f"{count} {words}" for count, words in parts if count)


def _limits(domain: str, text: str) -> Limits:
    found: dict[str, int] = {}
    for part in text.split(","):
        match = _PART.fullmatch(part)
        if match is None:
            raise _mistake(f"{part!r} of {domain} is not a limit such as 20/s, 500/m or 9000/d")
        count, period, warm_up = match.groups()
        name = _NAMES[period] if period else "warm_up"
        if name in found:
            raise _mistake(f"{domain} has two limits of one kind")
        found[name] = int(count or warm_up)
    return Limits(**found)


def _mistake(reason: str) -> SettingsError:
    return SettingsError(f"DIGEST_DOMAIN_LIMITS cannot be used: {reason}.", hint=_HINT)
