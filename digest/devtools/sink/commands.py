"""What the sink answers to EHLO, MAIL, RCPT and the final dot; aiosmtpd calls these by name."""

# ruff: noqa: N802 - the methods are named after the commands

from typing import Protocol

from aiosmtpd.smtp import Envelope as Transaction
from aiosmtpd.smtp import Session as Peer

from digest.devtools.sink.rules import Step
from digest.devtools.sink.spool import Envelope


class Desk(Protocol):
    """What the answers need of the connection. carried: messages that it has brought so far."""

    carried: int
    offers_auth: bool
    offers_pipelining: bool

    async def ask_rules(self, step: Step, addresses: list[str]) -> str | None:
        """Return the reply that a rule wants, if any."""

    def store(self, peer: Peer, transaction: Transaction) -> int:
        """Keep the message that has just come and return its number."""


class Commands:
    """The answers. Peer and transaction are aiosmtpd's `session` and `envelope`."""

    async def handle_EHLO(
        self, desk: Desk, peer: Peer, _transaction: Transaction, helo: str, offers: list[str]
    ) -> list[str]:
        """List what is offered; AUTH only when there is somebody to let in."""
        peer.host_name = helo
        if not desk.offers_auth:
            offers = [line for line in offers if not line.startswith("250-AUTH")]
        if desk.offers_pipelining:
            offers.insert(1, "250-PIPELINING")
        return offers

    async def handle_MAIL(
        self, desk: Desk, peer: Peer, transaction: Transaction, sender: str, options: list[str]
    ) -> str:
        """Begin a message."""
        if desk.offers_auth and not peer.authenticated:
            return "530 5.7.0 Authentication required"
        if refusal := await desk.ask_rules(Step.MAIL, [without_null(sender)]):
            return refusal
        transaction.mail_from = sender
        transaction.mail_options.extend(options)
        return "250 2.1.0 OK"

    async def handle_RCPT(
        self, desk: Desk, _peer: Peer, transaction: Transaction, to: str, _options: list[str]
    ) -> str:
        """Add a recipient."""
        if refusal := await desk.ask_rules(Step.RCPT, [to]):
            return refusal
        transaction.rcpt_tos.append(to)
        return "250 2.1.5 OK"

    async def handle_DATA(self, desk: Desk, peer: Peer, transaction: Transaction) -> str:
        """Store the message; it is safe before anybody is told so."""
        recipients = transaction.rcpt_tos
        if refusal := await desk.ask_rules(Step.DOT, recipients):
            return refusal
        try:
            number = desk.store(peer, transaction)
        except OSError as exc:
            return f"452 4.3.1 The sink could not store it: {exc.strerror}"
        desk.carried += 1
        untruth = await desk.ask_rules(Step.STORED, recipients)
        return untruth or f"250 2.0.0 Stored as {number}"


def describe(peer: Peer, transaction: Transaction, *, tls: bool, connection: int) -> Envelope:
    """Return how the message came, in our own words."""
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
