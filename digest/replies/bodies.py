"""Take the text out of a raw mail: its plain part, else its HTML as text."""

from collections.abc import Iterator
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from html.parser import HTMLParser
from itertools import islice
from typing import cast

_LONGEST = 200_000  # characters of a part
_MOST_PARTS = 50
_LINES = {
    *("p", "div", "tr", "li", "h1", "h2", "h3", "h4", "table", "ul", "ol", "hr", "pre", "center"),
}
_UNSEEN = ("style", "script", "head", "title")
_DEEPEST = 200


def read_text(raw: bytes) -> str:
    """Return the text of a mail; "" when it has none. Attachments are not looked at."""
    message = cast("EmailMessage", BytesParser(policy=policy.default).parsebytes(raw))
    parts = list(islice(_leaves(message), _MOST_PARTS))
    for kind in ("text/plain", "text/html"):
        for text in _texts(parts, kind):
            if text.strip():
                return text
    return ""


def html_text(html: str) -> str:
    """Return HTML as lines of text; what stands in a quotation begins with ">"."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.text()


def _leaves(message: EmailMessage) -> Iterator[EmailMessage]:
    """Yield the parts that hold something, but no mails that are attached."""
    if message.get_content_maintype() == "multipart":
        for part in message.iter_parts():
            yield from _leaves(cast("EmailMessage", part))
    elif message.get_content_maintype() != "message":
        yield message


def _texts(parts: list[EmailMessage], kind: str) -> Iterator[str]:
    for part in parts:
        if part.get_content_type() != kind or part.get_content_disposition() == "attachment":
            continue
        text = _decoded(part)[:_LONGEST]
        yield html_text(text) if kind == "text/html" else text


def _decoded(part: EmailMessage) -> str:
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
