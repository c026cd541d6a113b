"""Where the relay is, as one address: `smtp+starttls://user:password@mail.example.org:587`."""

import re
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import SplitResult, unquote, urlsplit

from digest.errors import SettingsError

DEFAULT_PORTS = {"smtp": 25, "smtps": 465, "smtp+starttls": 587}
_HINT = "as in smtp+starttls://user:password@mail.example.org:587; write @ / : # ? % as %40 %2F ..."


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

    @property
    def is_loopback(self) -> bool:
        """Whether the host is this machine, so that nothing crosses a wire."""
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


def parse_smtp_url(text: str) -> SmtpUrl:
    """Read an address; SettingsError says what is wrong without ever showing the password."""
    if re.search(r"[\s\x00-\x1f\x7f]", text):
        raise _mistake("there are blanks or control characters in it")
    parts = _split(text)
    if parts.scheme not in DEFAULT_PORTS:
        raise _mistake("it must begin with smtp://, smtps:// or smtp+starttls://")
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        raise _mistake("nothing may follow the port")
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if bool(user) != bool(password):
        raise _mistake("user and password go together, or both are left out")
    if re.search(r"[\x00-\x1f\x7f]", user + password):
        raise _mistake("there are control characters in the user or the password")
    port = DEFAULT_PORTS[parts.scheme] if parts.port is None else parts.port
    return SmtpUrl(parts.scheme, parts.hostname or "", port, user, password)


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
