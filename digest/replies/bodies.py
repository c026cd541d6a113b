"""Take the text out of a raw mail: its plain part, else its HTML as text."""

import re
from collections.abc import Iterator
from email import policy
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message as Mail
from email.parser import BytesParser
from email.utils import parseaddr
from html.parser import HTMLParser
from itertools import islice
from typing import NamedTuple

_LONGEST = 200_000  # characters of a part
_MOST_PARTS = 50
_LINES = {
    *("p", "div", "tr", "li", "h1", "h2", "h3", "h4", "table", "ul", "ol", "hr", "pre", "center"),
}
_UNSEEN = ("style", "script", "head", "title")
_DEEPEST = 200
_LONGEST_SENDER = 500
_MESSAGE_ID = re.compile(r"<[!-;=?-~]{1,240}>")


class Written(NamedTuple):
    """What somebody wrote. text: "" when there is none.

    name: of the sender, as they call themselves. message_id: with "<" and ">"; "" when there is
    none that a header could repeat.
    """

    text: str
    name: str
    message_id: str


def read_written(raw: bytes) -> Written:
    """Return the text of a mail, and from whom. Attachments are not looked at."""
    mail = BytesParser(policy=policy.compat32).parsebytes(raw)
    parts = list(islice(_leaves(mail), _MOST_PARTS))
    texts = (text for kind in ("text/plain", "text/html") for text in _texts(parts, kind))
    text = next((text for text in texts if text.strip()), "")
    message_id = str(mail.get("Message-ID", "")).strip()
    whole = message_id if _MESSAGE_ID.fullmatch(message_id) else ""
    return Written(text, _display_name(str(mail.get("From", ""))), whole)


def html_text(html: str) -> str:
    """Return HTML as lines of text; what stands in a quotation begins with ">"."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.text()


def _leaves(mail: Mail) -> Iterator[Mail]:
    """Yield the parts that hold something, but no mails that are attached."""
    content = mail.get_payload()
    if isinstance(content, list):
        if mail.get_content_maintype() == "multipart":
            for part in content:
                if isinstance(part, Mail):
                    yield from _leaves(part)
    else:
        yield mail


def _display_name(sender: str) -> str:
    """Return the name before an address; "" for one that cannot be read."""
    name = parseaddr(sender[:_LONGEST_SENDER])[0]
    try:
        return str(make_header(decode_header(name)))
    except (HeaderParseError, ValueError, LookupError):  # encoded in a way that nobody knows
        return ""


def _texts(parts: list[Mail], kind: str) -> Iterator[str]:
    for part in parts:
        if part.get_content_type() != kind or part.get_content_disposition() == "attachment":
            continue
        text = _decoded(part)[:_LONGEST]
        yield html_text(text) if kind == "text/html" else text


def _decoded(part: Mail) -> str:
    """Return the text of a part; what its charset does not have becomes a replacement mark."""
    payload = part.get_payload(decode=True)
    octets = payload if isinstance(payload, bytes) else b""
    try:
        return octets.decode(part.get_content_charset() or "utf-8", errors="replace")
    except LookupError:  # a charset that nobody knows
        return octets.decode("utf-8", errors="replace")


class _Reader(HTMLParser):
    """Writes down what an HTML document shows."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._lines: list[str] = [""]
        self._quotes = self._unseen = 0

    def handle_starttag(self, tag: str, _: list[tuple[str, str | None]]) -> None:
        if tag == "blockquote":
            self._break()
            self._quotes = min(self._quotes + 1, _DEEPEST)
        elif tag in _UNSEEN:
            self._unseen += 1
        elif tag == "body":
            self._unseen = 0  # whatever was left open before
        elif tag == "br":
            self._lines.append("")
        elif tag in _LINES:
            self._break()
            if tag == "p":
                self._lines.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag == "blockquote":
            self._break()
            self._quotes = max(0, self._quotes - 1)
        elif tag in _UNSEEN:
            self._unseen = max(0, self._unseen - 1)
        elif tag in _LINES:
            self._break()

    def handle_data(self, data: str) -> None:
        words = " ".join(data.replace("\xa0", " ").split())
        if self._unseen or not data:
            return
        line = self._lines[-1] or ("> " if self._quotes else "")
        before = " " if data[:1].isspace() and line.strip() and not line.endswith(" ") else ""
        behind = " " if words and data[-1:].isspace() else ""
        if words or line.strip():
            self._lines[-1] = f"{line}{before}{words}{behind}"

    def text(self) -> str:
        """Return all lines."""
        return "\n".join(line.rstrip() for line in self._lines)

    def _break(self) -> None:
        if self._lines[-1]:
            self._lines.append("")
