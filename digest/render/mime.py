"""Assemble a message from header fields and quoted-printable parts, as exact bytes."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from digest.ground.tokens.reply_addresses import ReplyAddresses
from digest.model import Edition, Letterhead, Message, Reader
from digest.render import headers
from digest.render.dkim import DkimKey, DkimSigner, Made
from digest.render.unsubscribe_addresses import UnsubscribeAddresses

_TEXT_TYPE = b'Content-Type: text/plain; charset="utf-8"\r\n'
_ENCODING = b"Content-Transfer-Encoding: quoted-printable\r\n\r\n"  # the last field of a part
_TEXT_HEAD = _TEXT_TYPE + _ENCODING
_HTML_HEAD = _TEXT_HEAD.replace(b"text/plain", b"text/html")
_TWO_PARTS = b'Content-Type: multipart/alternative; boundary="%b"\r\n'
_END = b"\r\n"  # after the last line, which may be broken softly
_OWN_FIELDS = ("Date", "To", "Subject", "Message-ID", "List-Unsubscribe", "Content-Type")
_REPLY_TO = "Reply-To"  # where answers are taken
_DATES = 64  # fields that are kept: an edition's messages have one every quarter of an hour


class AssembledMessage(NamedTuple):
    """An assembled message, not yet dated and signed.

    pieces: the whole message, in order. stand_in: the placeholder in them for `token`, of the same
    length; empty if there is none. own: the fields that differ from those of the edition's other
    messages. start: where the body begins, after the empty line. plain: as in `Message`; an
    address outside ASCII makes the header 8-bit (RFC 6532). zone: the one in which its Date is
    written.
    """

    pieces: Sequence[bytes]
    stand_in: bytes
    token: bytes
    own: tuple[bytes, ...]
    start: int
    plain: bool
    zone: str


class Draft(NamedTuple):
    """A message without its Date and its signatures; if `dkim_signer` is None, it gets none."""

    key: int
    sender: str
    recipient: str
    assembled: AssembledMessage
    dkim_signer: DkimSigner | None

    def finish(self, dated_at: datetime, made: Made | None = None) -> Message:
        """Return the message with its Date and signatures; any thread may call this.

        made: signatures by the digests that they are over; new ones are added.
        The body already has DKIM's relaxed form, see `quoted_printable`.
        """
        pieces, stand_in, token, own, start, plain, zone = self.assembled
        date = _date_field(dated_at, zone)
        content = b"".join((date, *pieces))
        if stand_in:
            content = content.replace(stand_in, token)
        if self.dkim_signer is not None:
            body_at = len(date) + start
            content = (
                self.dkim_signer.signatures(dated_at, (date, *own), content, body_at, made=made)
                + content
            )
        return Message(self.key, self.sender, self.recipient, content, plain)


class HeaderSet:
    """The header fields that all messages of an edition share; assembles messages with them.

    reply_addresses: makes the addresses for answers; without it they go to the sender. Raises
    ComposeError if the letterhead or the edition's domain cannot stand in a header.
    """

    def __init__(
        self,
        edition: Edition,
        letterhead: Letterhead,
        language: str = "en",
        reply_addresses: ReplyAddresses | None = None,
    ) -> None:
        self._reply_addresses = reply_addresses
        self._date = edition.date
        self._domain = headers.domain(edition.domain)
        self._unsubscribe = f"{letterhead.base_url}/u/"
        headers.field("List-Unsubscribe", headers.uri(self._unsubscribe + "x" * 40))
        address = letterhead.unsubscribe_address
        self._unsubscribe_addresses = UnsubscribeAddresses(address) if address else None
        sender = headers.mailbox(letterhead.sender_name, letterhead.sender_address)
        self._from = headers.field("From", sender)
        shared = [headers.field(*each) for each in self._fields(edition, letterhead, language)]
        self._shared = b"".join(shared)
        self._constant = (self._from, *shared)  # the fields that are the same in every message
        self._is_ascii = all(field.isascii() for field in self._constant)
        self._zone = letterhead.timezone

    def dkim_signer(self, keys: Sequence[DkimKey]) -> DkimSigner | None:
        """Return what signs the messages; None without keys."""
        own = (*_OWN_FIELDS, _REPLY_TO) if self._reply_addresses else _OWN_FIELDS
        return DkimSigner(keys, self._constant, own) if keys else None

    def assemble(
        self,
        reader: Reader,
        *,
        subject_field: bytes,
        unsubscribe: str,
        text: Sequence[bytes],
        html: Sequence[bytes],
        stand_in: bytes = b"",
    ) -> AssembledMessage:
        """Return the message. unsubscribe: the reader's token. text, html: encoded, in pieces.

        Without HTML, the text is the whole body, not one of two parts. stand_in: what stands for
        the token in them, as long as it is; empty when nothing does.
        """
        message_id = headers.message_id(self._date, reader.subscriber_id, self._domain)
        boundary = headers.boundary(message_id)
        to = headers.field("To", headers.mailbox(reader.name, reader.address))
        reply_to = self._reply_to(reader)
        own = (
            to,
            subject_field,
            f"Message-ID: {message_id}\r\n".encode(),
            f"List-Unsubscribe: {self._unsubscribe_targets(unsubscribe)}\r\n".encode(),
            _TWO_PARTS % boundary.encode() if html else _TEXT_TYPE,
            *reply_to,
        )
        # With one part, its encoding stands right behind the last field.
        head = (self._from, to, subject_field, self._shared, *reply_to, *own[2:5])
        pieces = [*head, b"\r\n" if html else _ENCODING]
        start = sum(map(len, pieces))
        if html:
            _add_parts(pieces, boundary, text, html)
        else:
            pieces += (*text, _END)
        plain = self._is_ascii and to.isascii()
        token = unsubscribe.encode()
        return AssembledMessage(pieces, stand_in, token, own, start, plain, self._zone)

    def _reply_to(self, reader: Reader) -> tuple[bytes, ...]:
        """Return the field, if answers have an address of their own."""
        if self._reply_addresses is None:
            return ()
        address = self._reply_addresses.address(reader.subscriber_id, reader.nonce, self._date)
        return (headers.field(_REPLY_TO, headers.addr_spec(address)),)

    def _unsubscribe_targets(self, token: str) -> str:
        """Return the link, which RFC 8058, section 3.1, wants first, and any mail address."""
        link = f"<{self._unsubscribe}{token}>"
        if self._unsubscribe_addresses is None:
            return link
        return f"{link},\r\n <{self._unsubscribe_addresses.uri(token)}>"

    def _fields(
        self, edition: Edition, letterhead: Letterhead, language: str
    ) -> list[tuple[str, str]]:
        """Return the fields of RFC 3282, 2369, 2919, 3834 and 8058, and Precedence.

        Precedence is obsolete, but auto-responders still read it.
        """
        base = letterhead.base_url
        return [
            ("List-Id", headers.list_id(letterhead.name, self._domain)),
            ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
            ("List-Help", headers.uri(f"{base}/help")),
            ("List-Archive", headers.uri(f"{base}/archive")),
            ("Auto-Submitted", "auto-generated"),
            ("Precedence", "bulk"),
            ("Feedback-ID", headers.feedback_id(edition.date, self._domain)),
            ("Content-Language", language),
            ("MIME-Version", "1.0"),
        ]


@lru_cache(_DATES)
def _date_field(at: datetime, zone: str) -> bytes:
    return headers.field("Date", headers.date_time(at.astimezone(ZoneInfo(zone))))


def _add_parts(
    pieces: list[bytes], boundary: str, text: Sequence[bytes], html: Sequence[bytes]
) -> None:
    """Add two parts, the plainer first (RFC 2046, section 5.1.4)."""
    delimiter = f"\r\n--{boundary}".encode()
    pieces += (delimiter[2:], b"\r\n", _TEXT_HEAD, *text)
    pieces += (delimiter, b"\r\n", _HTML_HEAD, *html)
    pieces += (delimiter, b"--\r\n")
