"""A message put together: header fields and two quoted-printable parts, as exact bytes."""

from zoneinfo import ZoneInfo

from digest.core import headers
from digest.core.leave_addresses import LeaveAddresses
from digest.model import Edition, Letterhead, Reader

_TEXT_HEAD = (
    b'Content-Type: text/plain; charset="utf-8"\r\n'
    b"Content-Transfer-Encoding: quoted-printable\r\n\r\n"
)
_HTML_HEAD = _TEXT_HEAD.replace(b"text/plain", b"text/html")


class Stationery:
    """The header fields that all messages of an edition share, and the form of the others.

    Raises ComposeError when the letterhead or the edition's domain cannot stand in a header.
    """

    def __init__(self, edition: Edition, letterhead: Letterhead) -> None:
        self._date = edition.date
        self._domain = headers.domain(edition.domain)
        self._unsubscribe = f"{letterhead.base_url}/u/"
        headers.field("List-Unsubscribe", headers.uri(self._unsubscribe + "x" * 40))
        address = letterhead.unsubscribe_address
        self._leave = LeaveAddresses(address) if address else None
        sender = headers.mailbox(letterhead.sender_name, letterhead.sender_address)
        self._from = headers.field("From", sender)
        self._shared = b"".join(headers.field(*each) for each in self._fields(edition, letterhead))

    def assemble(
        self,
        reader: Reader,
        *,
        subject_field: bytes,
        unsubscribe: str,
        text: list[bytes],
        html: list[bytes],
    ) -> bytes:
        """Return the message. `unsubscribe` is the reader's token; text and html come in pieces."""
        message_id = headers.message_id(self._date, reader.subscriber_id, self._domain)
        boundary = headers.boundary(message_id)
        own = (
            f"Message-ID: {message_id}\r\n"
            f"List-Unsubscribe: {self._ways_out(unsubscribe)}\r\n"
            f'Content-Type: multipart/alternative; boundary="{boundary}"\r\n\r\n'
        )
        delimiter = f"\r\n--{boundary}".encode()
        return b"".join(
            (
                self._from,
                headers.field("To", headers.mailbox(reader.name, reader.address)),
                subject_field,
                self._shared,
                own.encode(),
                *(delimiter[2:], b"\r\n", _TEXT_HEAD, *text),
                *(delimiter, b"\r\n", _HTML_HEAD, *html),
                *(delimiter, b"--\r\n"),
            )
        )

    def _ways_out(self, token: str) -> str:
        """The link first: it is what RFC 8058, section 3.1, speaks of (RFC 2369, section 3.2)."""
        link = f"<{self._unsubscribe}{token}>"
        return f"{link},\r\n <{self._leave.uri(token)}>" if self._leave else link

    def _fields(self, edition: Edition, letterhead: Letterhead) -> list[tuple[str, str]]:
        """RFC 5322, 2369, 2919, 3834 and 8058; Precedence is old, but responders read it."""
        base = letterhead.base_url
        local = edition.sends_at.astimezone(ZoneInfo(letterhead.timezone))
        return [
            ("Date", headers.date_time(local)),
            ("List-Id", headers.list_id(letterhead.name, self._domain)),
            ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
            ("List-Help", headers.uri(f"{base}/help")),
            ("List-Archive", headers.uri(f"{base}/archive")),
            ("Auto-Submitted", "auto-generated"),
            ("Precedence", "bulk"),
            ("Feedback-ID", headers.feedback_id(edition.date, self._domain)),
            ("MIME-Version", "1.0"),
        ]
