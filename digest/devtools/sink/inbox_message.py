"""A message as a person reads it: headers decoded, parts apart, sizes and links listed.

Whatever the bytes are, opening them gives a opened: hostile mail is what an inbox is for.
"""

import re
from dataclasses import dataclass
from email import message_from_bytes
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message as Part
from html.parser import HTMLParser
from urllib.parse import urlsplit

GMAIL_CLIP_BYTES = 104_448  # 102 KB: beyond that Gmail hides the rest, the footer first

_SCHEME_QUERY = re.compile(r"\(\s*prefers-color-scheme\s*:\s*(dark|light)\s*\)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Summary:
    """What a list shows of a message: three decoded headers."""

    subject: str
    author: str
    to: str


@dataclass(frozen=True, slots=True)
class Body:
    """One part: its decoded text, its bytes once decoded and as they were sent."""

    text: str
    decoded_bytes: int
    wire_bytes: int

    @property
    def clip_share(self) -> float:
        """The larger of both sizes as a part of what Gmail shows; above 1 it is clipped."""
        return max(self.decoded_bytes, self.wire_bytes) / GMAIL_CLIP_BYTES


@dataclass(frozen=True, slots=True)
class Link:
    """A link of the HTML part, as it is seen and where it goes."""

    text: str
    url: str

    @property
    def can_be_opened(self) -> bool:
        """Only web addresses are made clickable."""
        try:
            return urlsplit(self.url).scheme in ("http", "https")
        except ValueError:
            return False


@dataclass(frozen=True, slots=True)
class OpenedMessage:
    """An opened message. headers: decoded, in order; raw_headers: as they came."""

    headers: tuple[tuple[str, str], ...]
    raw_headers: str
    html: Body | None
    text: Body | None
    links: tuple[Link, ...]


def summarise(data: bytes) -> Summary:
    """Read the three headers that a list shows; the body is not looked at."""
    headers = {name.lower(): value for name, value in _headers(_head(data))}
    return Summary(headers.get("subject", ""), headers.get("from", ""), headers.get("to", ""))


def open_message(data: bytes) -> OpenedMessage:
    """Take a message apart."""
    message = message_from_bytes(data)
    html = _body(message, "text/html")
    head = _head(data)
    return OpenedMessage(
        headers=_headers(head),
        raw_headers=head.decode("utf-8", "replace").replace("\r\n", "\n"),
        html=html,
        text=_body(message, "text/plain"),
        links=_links(html.text) if html else (),
    )


def imitate_scheme(html: str, *, dark: bool) -> str:
    """Make the mail's colour scheme queries answer as if the reader preferred this scheme.

    A frame cannot be given a preference of its own, so the queries are replaced by ones that are
    always or never true.
    """
    always, never = "(min-width: 0)", "(max-width: 0)"

    def answer(query: re.Match[str]) -> str:
        return always if (query[1].lower() == "dark") == dark else never

    return _SCHEME_QUERY.sub(answer, html)


def _head(data: bytes) -> bytes:
    return data.partition(b"\r\n\r\n")[0]


def _headers(head: bytes) -> tuple[tuple[str, str], ...]:
    raw = message_from_bytes(head + b"\r\n\r\n").raw_items()
    return tuple((name, _decode(value)) for name, value in raw)


def _decode(value: str) -> str:
    """Unfold a header and read its encoded words; one that cannot be read stays as it is."""
    unfolded = re.sub(r"\r?\n(?=[ \t])", "", str(value)).strip()
    plain = unfolded.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    try:
        return str(make_header(decode_header(plain)))
    except (HeaderParseError, LookupError, ValueError):
        return plain


def _body(message: Part, content_type: str) -> Body | None:
    """The first part of this type that is not an attachment."""
    for part in message.walk():
        if part.get_content_type() == content_type and part.get_content_disposition() is None:
            decoded = part.get_payload(decode=True)
            if isinstance(decoded, bytes):
                return Body(_text(part, decoded), len(decoded), _wire_bytes(part, decoded))
    return None


def _wire_bytes(part: Part, decoded: bytes) -> int:
    """Bytes as sent: what is not ASCII was sent as it is (8bit), all else in some encoding."""
    sent = str(part.get_payload())
    return len(sent) if sent.isascii() else len(decoded)


def _text(part: Part, decoded: bytes) -> str:
    try:
        return decoded.decode(part.get_content_charset("utf-8"), "replace")
    except (LookupError, ValueError):  # a charset that does not exist, or is no name at all
        return decoded.decode("utf-8", "replace")


def _links(html: str) -> tuple[Link, ...]:
    reader = _LinkReader()
    reader.feed(html)
    reader.close()
    return tuple(reader.links)


class _LinkReader(HTMLParser):
    """Collects the text and target of each `a` element; an image stands for its alt text."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[Link] = []
        self._target: str | None = None
        self._words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "a":
            self._finish()
            self._target = values.get("href")
        elif tag == "img":
            self._words.append(values.get("alt") or "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            self._finish()

    def handle_data(self, data: str) -> None:
        self._words.append(data)

    def close(self) -> None:
        super().close()
        self._finish()

    def _finish(self) -> None:
        if self._target is not None:
            self.links.append(Link(" ".join("".join(self._words).split()), self._target.strip()))
        self._target = None
        self._words = []
