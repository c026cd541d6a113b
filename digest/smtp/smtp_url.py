"""Where a mail server is, and how much it is given, as one address.

smtp+starttls://user:password@mail.example.org:587?connections=4&per_second=50&per_day=50000
"""

import re
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from digest.errors import SettingsError

DEFAULT_PORTS = {"smtp": 25, "smtps": 465, "smtp+starttls": 587}
_MOST = 10_000_000
_HINT = "as in smtp+starttls://user:password@mail.example.org:587; write @ / : # ? % as %40 %2F ..."


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a relay is given; 0 means that there is no limit of this kind.

    weight: its share of the connections beside other relays; 0 makes it a backup that gets
    work only when the others fail. connections: how many exactly, instead of a share.
    per_second, per_minute, per_day: messages of all workers together. messages, seconds: after
    so many a connection is closed and a new one made. warm_up: at most so many messages on the
    first day, twice as many on the next, and so on.
    """

    weight: int = 1
    connections: int = 0
    per_second: int = 0
    per_minute: int = 0
    per_day: int = 0
    messages: int = 0
    seconds: int = 0
    warm_up: int = 0

    @property
    def are_on_rate(self) -> bool:
        """Return whether messages have to be counted."""
        return any((self.per_second, self.per_minute, self.per_day, self.warm_up))


@dataclass(frozen=True, slots=True)
class SmtpUrl:
    """A parsed address. `scheme`: smtp (plain), smtps (TLS at once), smtp+starttls (TLS required).

    user, password: percent-decoded, both empty when there is no login. The password is shown
    neither by `str()` nor by `repr()`.
    """

    scheme: str
    host: str
    port: int
    user: str = ""
    password: str = field(default="", repr=False)
    limits: Limits = Limits()

    @property
    def is_loopback(self) -> bool:
        """Return whether the host is this machine, so that nothing crosses a wire."""
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"

    @property
    def place(self) -> str:
        """`host:port`, as error messages name the server."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def __str__(self) -> str:
        login = f"{self.user}:***@" if self.user else ""
        return f"{self.scheme}://{login}{self.place}"


def parse_smtp_urls(text: str) -> tuple[SmtpUrl, ...]:
    """Read one or more addresses with blanks between; errors like `parse_smtp_url`."""
    urls = tuple(parse_smtp_url(each) for each in text.split()) or (parse_smtp_url(text),)
    if not any(url.limits.weight for url in urls):
        raise _mistake("all are backups (weight=0), and there is no server that they could replace")
    return urls


def parse_smtp_url(text: str) -> SmtpUrl:
    """Read an address; SettingsError says what is wrong without ever showing the password."""
    if re.search(r"[\s\x00-\x1f\x7f]", text):
        raise _mistake("there are blanks or control characters in it")
    parts = _split(text)
    if parts.scheme not in DEFAULT_PORTS:
        raise _mistake("it must begin with smtp://, smtps:// or smtp+starttls://")
    if parts.path not in ("", "/") or parts.fragment:
        raise _mistake("only limits may follow the port, as in ?connections=4")
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if bool(user) != bool(password):
        raise _mistake("user and password go together, or both are left out")
    if re.search(r"[\x00-\x1f\x7f]", user + password):
        raise _mistake("there are control characters in the user or the password")
    port = DEFAULT_PORTS[parts.scheme] if parts.port is None else parts.port
    limits = _limits(parts.query)
    return SmtpUrl(parts.scheme, parts.hostname or "", port, user, password, limits)


def _limits(query: str) -> Limits:
    found: dict[str, int] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        if name not in Limits.__slots__:
            raise _mistake(f"the limits are {', '.join(Limits.__slots__)}")
        if not re.fullmatch(r"[0-9]{1,8}", value) or int(value) > _MOST:
            raise _mistake(f"{name} must be a number from 0 to {_MOST}")
        found[name] = int(value)
    return Limits(**found)


def _split(text: str) -> SplitResult:
    """Split the address; the standard library's own messages could quote the password."""
    try:
        parts = urlsplit(text)
        usable = bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise _mistake("the host or the port is missing or wrong")
    return parts


def _mistake(reason: str) -> SettingsError:
    return SettingsError(f"DIGEST_SMTP_URL cannot be used: {reason}.", hint=_HINT)
