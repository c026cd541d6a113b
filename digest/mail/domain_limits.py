"""How many messages recipients' domains take, as the operator writes it down.

    gmail.com=20/s example.org=500/m,20000/d,warm_up=50 *=1000/m

A domain, then its limits a second, a minute and a day; warm_up: at most so many on the first day,
twice as many on the next, and so on. `*` is every other domain, each by itself.
"""

import re
from collections.abc import Mapping

from digest.errors import SettingsError
from digest.mail.smtp_url import Limits

_ITEM = re.compile(r"(\*|[\w-]+(?:\.[\w-]+)+)=(\S+)")
_PART = re.compile(r"(?:([1-9][0-9]{0,7})/([smd])|warm_up=([1-9][0-9]{0,7}))")
_NAMES = {"s": "per_second", "m": "per_minute", "d": "per_day"}
_HINT = "for example: gmail.com=20/s example.org=500/m,warm_up=50 *=1000/m"


def parse_domain_limits(text: str) -> dict[str, Limits]:
    """Read the limits by domain, "*" being all others; SettingsError says what is wrong."""
    found: dict[str, Limits] = {}
    for item in text.lower().split():
        match = _ITEM.fullmatch(item)
        if match is None:
            raise _mistake(f"{item!r} is not DOMAIN=LIMITS")
        domain, limits = match.groups()
        if domain in found:
            raise _mistake(f"{domain} is in it twice")
        found[domain] = _limits(domain, limits)
    return found


def limits_of(domain: str, limits: Mapping[str, Limits]) -> Limits | None:
    """Return what holds for a domain; None when nothing does."""
    return limits.get(domain) or limits.get("*")


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
