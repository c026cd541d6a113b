"""The kinds of values that settings have: what is wrong with one is said in words.

Empty is allowed wherever a setting may be left out.
"""

import base64
import re
from email.utils import getaddresses
from functools import cache
from importlib.resources import files
from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_network
from typing import Annotated
from urllib.parse import urlsplit

from digest.setting_values import SecretStr

_SHORTEST_KEY = 16
_ADDRESS = re.compile(r"[^@\s<>,]+@[^@\s<>,]+")
# Needs no quoting in headers and links, and leaves room for a tag of 44 characters and a "+".
_TAGGED_MAILBOX = re.compile(r"[A-Za-z0-9._-]{1,19}")
_LISTENING_PLACE = re.compile(r"(?:lmtp|smtp):(?:unix:/\S+|\S+:\d{1,5})")
# Where visitors come from: all but multicast and what is reserved (RFC 5771; RFC 4291, 2.4).
_EVERYBODY = tuple(map(IPv4Network, ("0.0.0.0/1", "128.0.0.0/2", "192.0.0.0/3")))
_EVERYBODY_BY_IPV6 = IPv6Network("2000::/3")
_TOPIC = re.compile(r"arn:aws[a-z-]*:sns:[a-z0-9-]{3,30}:\d{12}:[A-Za-z0-9_.-]{1,256}")
_LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9])?")


def is_dns_label(text: str) -> bool:
    """Whether a text may stand between two dots of a domain (RFC 1035, section 2.3.1)."""
    return bool(_LABEL.fullmatch(text))


@cache
def time_zones() -> frozenset[str]:
    """Return the names of the time zones that a setting or a reader may name.

    Those of the package tzdata, so that they are the same on every machine (ADR 32).
    """
    names = files("tzdata").joinpath("zones").read_text("ascii").split()
    return frozenset(names) - {"Factory", "localtime", "posixrules"}  # these name no place


def _zone_exists(value: str) -> str:
    if value not in time_zones():
        raise ValueError(f"{value!r} is not an IANA time zone such as Europe/Berlin")
    return value


def _has_a_host(value: str) -> bool:
    parts = urlsplit(value)
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def _is_plain(value: str) -> str:
    parts = urlsplit(value)
    if parts.query or parts.fragment or re.search(r"[\s<>\"]", value):
        raise ValueError("must be an address without a query, a fragment or blanks")
    return value.rstrip("/")


def _pages_have_a_host(value: str) -> str:
    if not _has_a_host(value):
        raise ValueError("must be an address such as https://digest.example.org")
    return value


def _service_has_a_host(value: str) -> str:
    if value and not _has_a_host(value):
        raise ValueError("must be an address such as https://api.example.org/v1")
    return value


def _has_a_place_for_the_title(value: str) -> str:
    if value.count("{title}") != 1 or not value.startswith(("http://", "https://")):
        raise ValueError("must be an http(s) address with {title} in it once")
    return value


def _goes_to_the_web(value: SecretStr) -> SecretStr:
    if value and not value.get_secret_value().startswith(("http://", "https://")):
        raise ValueError("must be an http(s) address")
    return value


def _are_networks(value: str) -> str:
    networks = [ip_network(each.strip()) for each in value.split(",")]
    old = list(collapse_addresses(one for one in networks if isinstance(one, IPv4Network)))
    new = list(collapse_addresses(one for one in networks if isinstance(one, IPv6Network)))
    if all(any(part.subnet_of(one) for one in old) for part in _EVERYBODY) or any(
        _EVERYBODY_BY_IPV6.subnet_of(one) for one in new
    ):
        raise ValueError("whoever trusts all of them lets visitors choose their addresses")
    return value


def _is_one_line(value: str) -> str:
    if not value.isprintable():
        raise ValueError("must be on one line, without control characters")
    return value


def _is_one_sender(value: str) -> str:
    addresses = [address for _, address in getaddresses([value])]
    if value and not (len(addresses) == 1 and _ADDRESS.fullmatch(addresses[0])):
        raise ValueError("must be one address, as in: Daily papers <digest@example.org>")
    return value


def _is_bare(value: str) -> str:
    if value and not _ADDRESS.fullmatch(value):
        raise ValueError("must be an address without a name, such as bounces@example.org")
    return value


def _has_room_for_a_tag(value: str) -> str:
    mailbox, at, domain = value.rpartition("@")
    fits = at and _TAGGED_MAILBOX.fullmatch(mailbox) and _ADDRESS.fullmatch(f"x@{domain}")
    if value and not (fits and value.isprintable()):
        raise ValueError(
            "must be an address such as unsubscribe@example.org, with at most 19 characters "
            "before the @: letters, digits, dots, underscores, hyphens"
        )
    return value


def _is_a_domain(value: str) -> str:
    if value and not all(map(is_dns_label, value.split("."))):
        raise ValueError("must be a domain in ASCII such as example.org")
    return value.lower()


def _are_names(value: str) -> str:
    for name in value.split(",") if value else []:
        if not all(map(is_dns_label, name.strip().split("."))):
            raise ValueError("must be a name in DNS such as d2026, or several behind commas")
    return value


def _is_a_topic(value: str) -> str:
    if value and not _TOPIC.fullmatch(value):
        raise ValueError("must be an ARN such as arn:aws:sns:eu-central-1:123456789012:bounces")
    return value


def _is_base64(value: str) -> str:
    try:
        base64.b64decode(value, validate=True)
    except ValueError:
        raise ValueError("must be a key in base64, on one line") from None
    return value


def _are_long(value: SecretStr) -> SecretStr:
    for key in value.get_secret_value().split(","):
        if len(key.strip()) < _SHORTEST_KEY:
            raise ValueError(f"each key needs at least {_SHORTEST_KEY} characters")
    return value


def _is_long(value: SecretStr) -> SecretStr:
    if value and len(value.get_secret_value()) < _SHORTEST_KEY:
        raise ValueError(f"needs at least {_SHORTEST_KEY} characters")
    return value


def _fits_a_header(value: SecretStr) -> SecretStr:
    if not re.fullmatch(r"[!-~]*", value.get_secret_value()):
        raise ValueError("must be of visible ASCII characters, without blanks")
    return value


def _is_a_listening_place(value: str) -> str:
    if value and not _LISTENING_PLACE.fullmatch(value):
        raise ValueError(
            "must be a place such as lmtp:127.0.0.1:2424 or lmtp:unix:/run/digest/lmtp"
        )
    return value


def _is_a_mailbox(value: SecretStr) -> SecretStr:
    try:
        parts = urlsplit(value.get_secret_value())
        is_mailbox = parts.scheme in ("imap", "imaps") and parts.hostname and parts.username
    except ValueError:  # what it says may hold the password
        is_mailbox = False
    if not is_mailbox:
        raise ValueError("must be a mailbox such as imaps://user:password@imap.example.org/INBOX")
    return value


TimeZone = Annotated[str, _zone_exists]
PagesAddress = Annotated[str, _pages_have_a_host, _is_plain]
ServiceAddress = Annotated[str, _service_has_a_host, _is_plain]
SearchAddress = Annotated[str, _has_a_place_for_the_title]
Networks = Annotated[str, _are_networks]
OneLine = Annotated[str, _is_one_line]
Sender = Annotated[OneLine, _is_one_sender]
BareAddress = Annotated[OneLine, _is_bare]
TaggedAddress = Annotated[str, _has_room_for_a_tag]
Domain = Annotated[str, _is_a_domain]
Topic = Annotated[str, _is_a_topic]
Key = Annotated[str, _is_base64]
Selectors = Annotated[str, _are_names]
SecretKeys = Annotated[SecretStr, _are_long]
Token = Annotated[SecretStr, _is_long]
HeaderSecret = Annotated[SecretStr, _fits_a_header]
WebSecret = Annotated[SecretStr, _goes_to_the_web]
ListeningPlace = Annotated[str, _is_a_listening_place]
ImapAddress = Annotated[SecretStr, _is_a_mailbox]
