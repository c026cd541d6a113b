"""The handshake: from an address to a connection that is ready for MAIL.

aiosmtplib connects, greets, starts TLS and logs in; then its transport is taken over, because the
transactions need what it does not offer (pipelining, and every message's exact fate).
"""

import asyncio
import functools
import re
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import ip_address

import aiosmtplib

from digest.errors import SettingsError, UnreachableError
from digest.smtp.envelope import Offers
from digest.smtp.replies import one_line
from digest.smtp.smtp_url import SmtpUrl

SINK_KEYWORD = "XDIGESTSINK"  # by which the built-in sink says in EHLO that it sends nothing on


class HandshakeError(UnreachableError):
    """A step of the handshake failed; `permanent` says that trying again cannot help."""

    def __init__(self, message: str, *, hint: str, permanent: bool) -> None:
        super().__init__(message, hint=hint)
        self.permanent = permanent


@dataclass(frozen=True, slots=True)
class Session:
    """A connection after EHLO and AUTH, and what the server offers there."""

    transport: asyncio.Transport
    offers: Offers


@dataclass(frozen=True, slots=True)
class Handshake:
    """Connects and logs in to one server.

    hostname: our name in EHLO, empty for this machine's own. allow_plain_auth: log in over an
    unencrypted connection to another machine. tls: verifies certificate and name, None for smtp.
    check: told whether the server is the built-in sink, before anything is sent; may refuse it.
    """

    url: SmtpUrl
    hostname: str
    timeout_seconds: float
    allow_plain_auth: bool
    tls: ssl.SSLContext | None
    check: Callable[[SmtpUrl, bool], None] = lambda _url, _is_sink: None

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[A-Za-z0-9.:_\[\]-]*", self.hostname):
            raise SettingsError(
                f"DIGEST_SMTP_HOSTNAME is no host name: {self.hostname!r}",
                hint="leave it out, or write this machine's full name: digest.example.org",
            )

    async def connect(self) -> Session:
        """Connect and log in; HandshakeError names the step, the server and the reason."""
        self._refuse_plain_auth()
        smtp = aiosmtplib.SMTP(
            hostname=self.url.host,
            port=self.url.port,
            timeout=self.timeout_seconds,
            use_tls=self.url.scheme == "smtps",
            start_tls=False,
            tls_context=self.tls,
            local_hostname="unused",  # the name is chosen when our own address is known
        )
        try:
            return await self._shake_hands(smtp)
        except BaseException:
            smtp.close()
            raise

    async def _shake_hands(self, smtp: aiosmtplib.SMTP) -> Session:
        with self._step("connect"):
            await smtp.connect()
            name = self.hostname or await own_name(smtp.get_transport_info("sockname")[0])
        await self._hello(smtp, name)
        if self.url.scheme == "smtp+starttls":
            with self._step("STARTTLS"):
                await smtp.starttls()
            await self._hello(smtp, name)
        self.check(self.url, SINK_KEYWORD.lower() in smtp.esmtp_extensions)
        if self.url.user:
            with self._step("AUTH"):
                await smtp.login(self.url.user, self.url.password)
        return self._take_over(smtp)

    async def _hello(self, smtp: aiosmtplib.SMTP, name: str) -> None:
        """Say EHLO, or HELO to a server from before 1995."""
        with self._step("EHLO"):
            try:
                await smtp.ehlo(hostname=name)
            except aiosmtplib.SMTPHeloError as exc:
                if exc.code < 500 or self.url.scheme == "smtp+starttls":
                    raise
                await smtp.helo(hostname=name)

    def _take_over(self, smtp: aiosmtplib.SMTP) -> Session:
        protocol = smtp.protocol
        if protocol is None or not protocol.is_connected:
            raise self.failure("connect", "the server closed the connection again")
        transport = protocol.transport
        if not isinstance(transport, asyncio.Transport):
            raise TypeError(f"aiosmtplib connected with a {type(transport).__name__}")
        return Session(transport, _offers(smtp.esmtp_extensions))

    def _refuse_plain_auth(self) -> None:
        url = self.url
        if url.user and url.scheme == "smtp" and not (url.is_loopback or self.allow_plain_auth):
            raise self.failure(
                "AUTH",
                "user and password would cross the network unencrypted",
                hint="write smtp+starttls:// or smtps://, or allow it: DIGEST_SMTP_PLAIN_AUTH=true",
                permanent=True,
            )

    @contextmanager
    def _step(self, step: str) -> Iterator[None]:
        """Turn whatever goes wrong inside into a HandshakeError that names the step."""
        try:
            yield
        except aiosmtplib.SMTPResponseException as exc:
            step = "greeting" if isinstance(exc, aiosmtplib.SMTPConnectResponseError) else step
            reason = f"{exc.code} {one_line(exc.message.encode(errors='replace'))}"
            raise self.failure(step, reason, permanent=exc.code >= 500) from exc
        except (aiosmtplib.SMTPException, OSError, ValueError) as exc:
            cause = exc
            if isinstance(exc.__cause__, OSError) and str(exc.__cause__):  # a time-out has no text
                cause = exc.__cause__
            permanent = isinstance(cause, ssl.SSLCertVerificationError) or (
                type(exc) is aiosmtplib.SMTPException  # what was asked for is not offered
            )
            raise self.failure(_blamed(step, cause), str(cause), permanent=permanent) from exc

    def failure(
        self, step: str, reason: str, *, hint: str = "", permanent: bool = False
    ) -> HandshakeError:
        """Return the error for a failed step; each step has its hint."""
        return HandshakeError(
            f"{step} failed at {self.url.place}: {reason}",
            hint=hint or _HINTS[step],
            permanent=permanent,
        )


@functools.cache
def full_name() -> str:
    """Return this machine's full name."""
    return socket.getfqdn()


async def own_name(address: str, full_name: Callable[[], str] = full_name) -> str:
    """Return our name in EHLO: the machine's full name, else our address as a literal.

    A name without a dot, or localhost, would say nothing (RFC 5321, sections 4.1.1.1 and 4.1.3).
    """
    name = await asyncio.to_thread(full_name)
    if "." in name and not name.startswith("localhost") and name.isascii():
        return name
    literal = ip_address(address.partition("%")[0])
    return f"[{literal}]" if literal.version == 4 else f"[IPv6:{literal}]"


def _blamed(step: str, cause: BaseException) -> str:
    """Return the step that failed, where aiosmtplib takes several at once."""
    if isinstance(cause, ssl.SSLError):
        return "TLS"
    if step != "connect":
        return step
    if isinstance(cause, socket.gaierror):
        return "DNS"
    too_quiet = isinstance(
        cause, aiosmtplib.SMTPReadTimeoutError | aiosmtplib.SMTPServerDisconnected
    )
    return "greeting" if too_quiet else "connect"


def _offers(extensions: dict[str, str]) -> Offers:
    size = extensions.get("size")
    return Offers(
        pipelining="pipelining" in extensions,
        max_bytes=None if size is None else int(size) if size.isascii() and size.isdigit() else 0,
        eight_bit="8bitmime" in extensions,
        utf8="smtputf8" in extensions,
    )


_HINTS = {
    "DNS": "check the host name in DIGEST_SMTP_URL",
    "connect": "check host and port in DIGEST_SMTP_URL, the firewall, and that the server runs",
    "TLS": "check that the host name is the one in the certificate, and DIGEST_SMTP_CA_FILE; "
    "smtps:// is for port 465, smtp+starttls:// for port 587",
    "greeting": "the server is reached but does not take us; its log should say why",
    "EHLO": "check DIGEST_SMTP_HOSTNAME; the server's log should say more",
    "STARTTLS": "the server offers no encryption here; try another port, or smtps://",
    "session": "the server ends connections before it takes a message; its log should say why",
    "AUTH": "check user and password in DIGEST_SMTP_URL",
}
