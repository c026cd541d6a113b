"""A message as a person reads it: headers decoded, parts apart, sizes and links listed.

Whatever the bytes are, opening them gives a opened: hostile mail is what an inbox is for.
"""

import re
from dataclasses import dataclass
from email import message_from_bytes
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message as Part
from urllib.parse import urlsplit

from lxml import etree, html

_MOST_PARTS = 200
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
    """Take a message apart; of one with hundreds of parts only the header."""
    head = _head(data)
    is_usual = data.lower().count(b"content-type") <= _MOST_PARTS
    message = message_from_bytes(data if is_usual else head)
    page = _body(message, "text/html")
    return OpenedMessage(
        headers=_headers(head),
        raw_headers=head.decode("utf-8", "replace").replace("\r\n", "\n"),
        html=page,
        text=_body(message, "text/plain"),
        links=_links(page.text) if page else (),
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
    except (MessageError, LookupError, ValueError):
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
    try:
        sent = str(part.get_payload())
    except ValueError:  # the name of its charset has a NUL
        return len(decoded)
    return len(sent) if sent.isascii() else len(decoded)


def _text(part: Part, decoded: bytes) -> str:
    try:
        return decoded.decode(part.get_content_charset("utf-8"), "replace")
    except (LookupError, ValueError):  # a charset that does not exist, or is no name at all
        return decoded.decode("utf-8", "replace")


def _links(text: str) -> tuple[Link, ...]:
    """Return the text and target of each `a` element; an image stands for its alt text.

    libxml2 reads it, in linear time: html.parser takes minutes for 60 KB of `<a `.
    """
    parser = html.HTMLParser(encoding="utf-8")
    try:
        page = etree.fromstring(text.encode("utf-8", "replace"), parser)
    except etree.XMLSyntaxError:  # nothing in it
        return ()
    found: list[Link] = []
    target: str | None = None
    words: list[str] = []
    for event, each in etree.iterwalk(page, events=("start", "end")) if page is not None else ():
        if event == "start":
            if each.tag == "a":
                target, words = each.get("href"), []
            words.append(each.get("alt") or "" if each.tag == "img" else _said(each, each.text))
        else:
            if each.tag == "a" and target is not None:
                found.append(Link(" ".join("".join(words).split()), target.strip()))
                target = None
            words.append(each.tail or "")
    return tuple(found)


def _said(element: etree._Element, text: str | None) -> str:
    """The text of an element; what a comment says is not seen."""
    return (text or "") if isinstance(element.tag, str) else ""
