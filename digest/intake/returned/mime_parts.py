"""Take a mail apart into its parts (RFC 2045, 2046): at most so many, so deep and so large.

A returned mail within it is one part: what a bounce says stands beside it, never in it. A report
that somebody forwarded is read as if it had come by itself, as no mail of ours is one.
"""

import binascii
import html
import quopri
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from digest.intake.returned.charsets import decode
from digest.intake.returned.fields import Fields, read_fields

MOST_PARTS, DEEPEST = 40, 6
LONGEST_TEXT = 64 * 1024  # characters that are read of a part
_LARGEST_PART_BYTES = 256 * 1024
_LONGEST_BOUNDARY = 200
_TAG = re.compile(r"<[^<>]{1,2000}>")
_NO_TEXT = re.compile(r"<(style|script|head)\b[^<>]{0,200}>", re.IGNORECASE)
_LINE_END = re.compile(r"<(?:br|/?p|/?div|/?tr|/?li|/?h[1-6])\b[^<>]{0,2000}>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Part:
    """A part that holds no others. kind: its media type; body: as it was sent, LF line ends."""

    kind: str
    fields: Fields
    body: bytes

    @property
    def text(self) -> str:
        """Its text, at most LONGEST_TEXT characters; HTML without its tags."""
        text = decode(self.octets, self.fields.parameter("charset"))[:LONGEST_TEXT]
        return plain_text(text) if self.kind == "text/html" else text

    @property
    def octets(self) -> bytes:
        """Its content without the transfer encoding, at most 256 KB."""
        body = self.body[:_LARGEST_PART_BYTES]
        encoding = self.fields.get("content-transfer-encoding").lower().strip()
        if encoding == "quoted-printable":
            return quopri.decodestring(body)
        if encoding == "base64":
            return _from_base64(body)
        return body


def read_parts(raw: bytes) -> tuple[Fields, list[Part]]:
    """Return the header of a mail, and its parts in their order."""
    raw = raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    fields, body = _split_header(raw)
    return fields, list(islice(_walk(fields, body, 0), MOST_PARTS))


def plain_text(source: str) -> str:
    """Return HTML as lines of text, well enough to find words and addresses in it."""
    pieces = _NO_TEXT.split(source)
    kept = [pieces[0]]
    for name, piece in zip(pieces[1::2], pieces[2::2], strict=True):
        kept.append(piece.partition(f"</{name}>")[2])
    text = _TAG.sub(" ", _LINE_END.sub("\n", "".join(kept)))
    return html.unescape(text)


def _walk(fields: Fields, body: bytes, depth: int) -> Iterator[Part]:
    kind = fields.content_type
    if kind == "message/rfc822" and 0 < depth < DEEPEST:
        inner, rest = _split_header(body.lstrip(b"\n"))
        if inner.content_type == "multipart/report":
            yield from _walk(inner, rest, depth + 1)
            return
    boundary = fields.parameter("boundary").rstrip()
    if not kind.startswith("multipart/") or not boundary or depth >= DEEPEST:
        yield Part(kind, fields, body)
        return
    for piece in _pieces(body, boundary):
        yield from _walk(*_split_header(piece), depth + 1)


def _pieces(body: bytes, boundary: str) -> list[bytes]:
    """Split at the lines of the boundary; what stands before the first and after the last goes."""
    line = re.escape(boundary[:_LONGEST_BOUNDARY].encode("utf-8", "replace"))
    pieces = re.split(rb"(?:\A|\n)--" + line + rb"(--)?[ \t]*(?=\n|\Z)", body, maxsplit=MOST_PARTS)
    found = []
    for close, piece in zip(pieces[1::2], pieces[2::2], strict=True):
        if close:
            break
        found.append(piece.removeprefix(b"\n"))
    return found


def _split_header(block: bytes) -> tuple[Fields, bytes]:
    if block.startswith(b"\n"):
        return Fields(()), block[1:]
    head, _, body = block.partition(b"\n\n")
    return read_fields(head + b"\n"), body


def _from_base64(body: bytes) -> bytes:
    clean = re.sub(rb"[^A-Za-z0-9+/]", b"", body)
    usable = len(clean) - (len(clean) % 4 == 1)  # one letter more makes no octet
    return binascii.a2b_base64(clean[:usable] + b"=" * (-usable % 4))
