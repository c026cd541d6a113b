"""One client's connection to the sink: aiosmtpd's SMTP, which asks the rules before it answers."""

# ruff: noqa: N802 - methods are named after SMTP commands, as aiosmtpd wants them

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ssl import SSLContext
from typing import Any, Never

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
from aiosmtpd.smtp import Envelope as Transaction
from aiosmtpd.smtp import Session as Peer

from digest.devtools.sink.message_text import longest_line, read_message, without_doubled_dots
from digest.devtools.sink.misbehaviour import Misbehaviour
from digest.devtools.sink.rules import Act, Rule, Step
from digest.devtools.sink.spool import Envelope
from digest.smtp.handshake import SINK_KEYWORD

Accept = Callable[[Envelope, bytes], int]


@dataclass(frozen=True, slots=True)
class Terms:
    """What the sink offers and demands on every connection.

    starttls: the context for STARTTLS, None when it is not offered. implicit_tls: the connection is
    encrypted from its first byte. credentials: user -> password; None: no AUTH is offered, else
    AUTH is demanded, and before it TLS where STARTTLS is offered (RFC 4954, section 4).
    """

    hostname: str
    max_bytes: int
    pipelining: bool = True
    starttls: SSLContext | None = None
    require_starttls: bool = False
    implicit_tls: bool = False
    credentials: Mapping[str, str] | None = None


class SinkSession(SMTP):
    """One connection. number: counts from 1; accept: stores a message and returns its number."""

    def __init__(
        self, number: int, terms: Terms, misbehaviour: Callable[[], Misbehaviour], accept: Accept
    ) -> None:
        super().__init__(
            Commands(),
            data_size_limit=terms.max_bytes,
            enable_SMTPUTF8=True,
            hostname=terms.hostname,
            ident="digest sink",
            tls_context=terms.starttls,
            require_starttls=terms.require_starttls,
            auth_require_tls=terms.starttls is not None,
            authenticator=self._authenticate_user,
            loop=asyncio.get_running_loop(),
        )
        self.carried = 0
        self.offers_auth = terms.credentials is not None
        self.offers_pipelining = terms.pipelining
        self._number = number
        self._terms = terms
        self._accept = accept
        self._misbehaviour = misbehaviour
        self._greeted = False

    async def push(self, status: str | bytes) -> None:
        """Send one line of a reply, after whatever the rules put before it."""
        if not self._greeted:
            self._greeted = True
            status = await self.ask_rules(Step.CONNECT, [""]) or status
        line = status if isinstance(status, bytes) else status.encode("utf-8", "surrogateescape")
        if line[3:4] != b"-":
            await self.ask_rules(Step.ANY, [""])
        await super().push(line)
        if line.startswith(b"421"):  # RFC 5321, section 3.8: the server closes
            self._open_transport().close()
            await self._never_go_on()

    async def smtp_DATA(self, arg: str) -> None:
        """Take a message, unless a rule is about the command itself or about half a message."""
        transaction = self._transaction()
        recipients = transaction.rcpt_tos
        if arg or not recipients:
            await super().smtp_DATA(arg)  # which says what is wrong
            return
        if refusal := await self.ask_rules(Step.DATA, recipients):
            await self.push(refusal)
            return
        await self.push("354 End data with <CR><LF>.<CR><LF>")
        begun = b""
        if rules := self._rules(Step.BODY, recipients):
            begun = await self._reader.readuntil(b"\r\n")
            await self._carry_out(rules)
        text = await read_message(self._reader, self._terms.max_bytes, begun)
        if text is None:
            reply = "552 Error: Too much mail data"
        elif longest_line(text) > self.line_length_limit:
            reply = "500 Line too long (see RFC5321 4.5.3.1.6)"
        else:
            transaction.content = transaction.original_content = without_doubled_dots(text)
            reply = await self._call_handler_hook("DATA")
        self.envelope = self._create_envelope()
        await self.push(reply)

    async def ask_rules(self, step: Step, addresses: list[str]) -> str | None:
        """Carry out the rules of a step; return the reply that one wants, if any.

        Does not return at all when a rule drops the connection or lets it hang.
        """
        return await self._carry_out(self._rules(step, addresses))

    def store(self, peer: Peer, transaction: Transaction) -> int:
        """Hand the message to the sink and return its number; OSError when it cannot be kept."""
        tls = self._terms.implicit_tls or peer.ssl is not None
        envelope = describe(peer, transaction, tls=tls, connection=self._number)
        return self._accept(envelope, transaction.original_content or b"")

    def abort(self) -> None:
        """Cut the line, without waiting for anything unsent."""
        if self.transport is not None:
            self._open_transport().abort()

    def _rules(self, step: Step, addresses: list[str]) -> list[Rule]:
        return self._misbehaviour().actions(step, addresses, carried=self.carried)

    async def _carry_out(self, rules: list[Rule]) -> str | None:
        for rule in rules:
            match rule.act:
                case Act.WAIT:
                    await asyncio.sleep(rule.seconds)
                case Act.REPLY:
                    return rule.reply
                case Act.DROP:
                    self.abort()
                    await self._never_go_on()
                case Act.HANG:
                    await self._never_go_on()
        return None

    async def _never_go_on(self) -> Never:
        """Wait for the connection to end: aiosmtpd then cancels the task that we are in."""
        await self.loop.create_future()
        raise AssertionError("nobody sets this future")

    def _transaction(self) -> Transaction:
        assert self.envelope is not None  # noqa: S101 - set before the first command is read
        return self.envelope

    def _open_transport(self) -> asyncio.WriteTransport:
        assert isinstance(self.transport, asyncio.WriteTransport)  # noqa: S101 - TCP or TLS
        return self.transport

    def _authenticate_user(
        self, _server: SMTP, _peer: Peer, _transaction: Transaction, _mechanism: str, given: Any
    ) -> AuthResult:
        known = self._terms.credentials or {}
        right = isinstance(given, LoginPassword) and any(
            given == (user.encode(), password.encode()) for user, password in known.items()
        )
        return AuthResult(success=right, handled=False, auth_data=given)


class Commands:
    """The answers to EHLO, MAIL, RCPT and the final dot; aiosmtpd calls these methods by name.

    Peer and transaction are aiosmtpd's `session` and `envelope`.
    """

    async def handle_EHLO(
        self, sink: SinkSession, peer: Peer, _transaction: Transaction, helo: str, offers: list[str]
    ) -> list[str]:
        """List what is offered; AUTH only if there are credentials. And say what we are."""
        peer.host_name = helo
        if not sink.offers_auth:
            offers = [line for line in offers if not line.startswith("250-AUTH")]
        if sink.offers_pipelining:
            offers.insert(1, "250-PIPELINING")
        offers.insert(1, f"250-{SINK_KEYWORD}")
        return offers

    async def handle_MAIL(
        self,
        sink: SinkSession,
        peer: Peer,
        transaction: Transaction,
        sender: str,
        options: list[str],
    ) -> str:
        """Begin a message."""
        if sink.offers_auth and not peer.authenticated:
            return "530 5.7.0 Authentication required"
        if refusal := await sink.ask_rules(Step.MAIL, [without_null(sender)]):
            return refusal
        transaction.mail_from = sender
        transaction.mail_options.extend(options)
        return "250 2.1.0 OK"

    async def handle_RCPT(
        self, sink: SinkSession, _peer: Peer, transaction: Transaction, to: str, _options: list[str]
    ) -> str:
        """Add a recipient."""
        if refusal := await sink.ask_rules(Step.RCPT, [to]):
            return refusal
        transaction.rcpt_tos.append(to)
        return "250 2.1.5 OK"

    async def handle_DATA(self, sink: SinkSession, peer: Peer, transaction: Transaction) -> str:
        """Store the message before answering."""
        recipients = transaction.rcpt_tos
        if refusal := await sink.ask_rules(Step.DOT, recipients):
            return refusal
        try:
            number = sink.store(peer, transaction)
        except OSError as exc:
            return f"452 4.3.1 The sink could not store it: {exc.strerror}"
        sink.carried += 1
        reply = await sink.ask_rules(Step.STORED, recipients)
        return reply or f"250 2.0.0 Stored as {number}"


def describe(peer: Peer, transaction: Transaction, *, tls: bool, connection: int) -> Envelope:
    """Return how the message came, in our own terms."""
    login = getattr(peer.auth_data, "login", b"") if peer.authenticated else b""
    return Envelope(
        sender=_readable(without_null(transaction.mail_from)),
        recipients=tuple(_readable(to) for to in transaction.rcpt_tos),
        helo=_readable(peer.host_name or ""),
        tls=tls,
        user=login.decode(),
        connection=connection,
    )


def without_null(address: str | None) -> str:
    """Return the address, empty for the null return path, which aiosmtpd spells `<>`."""
    return "" if address in (None, "<>") else str(address)


def _readable(text: str) -> str:
    """Replace bytes that are not UTF-8, which aiosmtpd hands on as lone surrogates."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
