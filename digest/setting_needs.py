"""What mail to real people needs of the settings, and which domains nobody can be reached at."""

import re
from collections.abc import Sequence
from ipaddress import ip_address
from urllib.parse import urlsplit

from digest.errors import SettingsError
from digest.settings import Settings

_RESERVED = re.compile(r"(?:^|\.)(?:example(?:\.(?:org|com|net))?|test|invalid|localhost)$")


def lacking_for_real(settings: Settings) -> list[str]:
    """Return what mail to real people needs and the settings lack, a line each; empty: they fit."""
    lacking = []
    sender_domain = settings.sender.rpartition("@")[2].rstrip("> ")
    if not settings.sender:
        lacking.append("DIGEST_SENDER: whom it is from, as in: Papers <digest@example.org>")
    elif is_reserved(sender_domain):
        lacking.append(f"DIGEST_SENDER: {sender_domain} is an example that nobody can reach")
    if not settings.postal_address:
        lacking.append("DIGEST_POSTAL_ADDRESS: the law wants a street address in each mail")
    if not _is_public(settings.base_url):
        lacking.append("DIGEST_BASE_URL: a public https address, where its links lead")
    return lacking


def without_effect(settings: Settings) -> list[str]:
    """Return which settings are set and do nothing, and what they lack, a line each."""
    if settings.sign_ahead_minutes and not settings.dkim_key_file:
        return ["DIGEST_SIGN_AHEAD_MINUTES signs nothing: DIGEST_DKIM_KEY_FILE is not set"]
    return []


def refusal(lacking: Sequence[str], place: str) -> SettingsError:
    """Return the error for a mail server that could mail real people without what they need."""
    return SettingsError(
        f"{place} is not the built-in sink, and for mail to real people these settings are "
        "missing:\n" + "\n".join(lacking),
        hint="set them (see .env.example), or try things out with `digest sink`",
    )


def is_reserved(domain: str) -> bool:
    """Whether a domain is set apart for examples and tests (RFC 2606, RFC 6761)."""
    return bool(_RESERVED.search(domain.lower()))


def _is_public(base_url: str) -> bool:
    parts = urlsplit(base_url)
    host = parts.hostname or ""
    try:
        return parts.scheme == "https" and ip_address(host).is_global
    except ValueError:  # a name
        local = host == "localhost" or host.endswith((".localhost", ".local", ".internal"))
        named = "." in host and not local and not is_reserved(host)
        return parts.scheme == "https" and named
