"""Decode an answer: which characters its bytes are.

In order of authority (RFC 7303, section 3.2): the byte order mark, the charset of the Content-Type,
the XML declaration. Names mean what they mean on the web (WHATWG Encoding Standard): what calls
itself ISO-8859-1 is read as windows-1252. A name that the bytes contradict does not count.
"""

import codecs
import re
from collections.abc import Iterator

import webencodings

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_UNMARKED = (  # how a document that begins with "<" looks in units of two and four bytes
    (b"<\0\0\0", "utf-32-le"),
    (b"\0\0\0<", "utf-32-be"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
)
_DECLARED = re.compile(rb"<\?xml\s[^>]{0,200}?\bencoding\s*=\s*[\"']([\w.:-]{1,40})[\"']")
_DECLARATION_WITHIN = 4096  # bytes; a warning of the server may stand before it
_NO_CHARSETS = {"utf-7", "idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined"}
_WIDE = ("utf-16", "utf-32")
_LATIN = "cp1252"
_NO_LATIN = re.compile("[\u00c0-\u00ff]{6}")  # no word in Latin script has so many accents in a row
# What is a control character in ISO-8859-1, and a letter or sign in windows-1252.
_C1 = {code: bytes([code]).decode(_LATIN, "ignore") or "\ufffd" for code in range(0x80, 0xA0)}


def decode(body: bytes, charset: str = "") -> str:
    """Return the text of an answer; U+FFFD stands where bytes are no text in any likely charset.

    charset: as the Content-Type names it; empty if it does not.
    """
    for name, body_of_it in _likely(body, charset):
        try:
            return body_of_it.decode(name)
        except UnicodeDecodeError:
            continue
    broken = body.decode("utf-8", "replace")
    if any(character > "\x7f" and character != "\ufffd" for character in broken):
        return broken  # it is UTF-8 beside that
    latin = body.decode(_LATIN, "replace")
    return broken if _NO_LATIN.search(latin) else latin


def mend_controls(text: str) -> str:
    """Return a text in which C1 control characters are what they were in windows-1252."""
    return text.translate(_C1)


def _likely(body: bytes, charset: str) -> Iterator[tuple[str, bytes]]:
    """Yield the charsets that may be meant, the likeliest first, each with the bytes in it."""
    for mark, name in _MARKS:
        if body.startswith(mark):
            yield name, body[len(mark) :]
    for start, name in _UNMARKED:
        if body.startswith(start):
            yield name, body
    declared = _DECLARED.search(body, 0, _DECLARATION_WITHIN)
    named = [_codec(charset), _codec(declared[1].decode() if declared else "")]
    if _LATIN in named:  # what servers and editors say of themselves without being asked
        yield "utf-8", body
    for name in named:
        if name and not name.startswith(_WIDE):  # those were told by their bytes
            yield name, body
    yield "utf-8", body


def _codec(name: str) -> str:
    """Return the name that Python has for a charset; empty for none."""
    if known := webencodings.lookup(name.strip().strip("\"'")):
        return str(known.codec_info.name)
    try:
        found = codecs.lookup(name)
    except (LookupError, ValueError):
        return ""
    is_text = found._is_text_encoding and found.name not in _NO_CHARSETS
    return found.name if is_text else ""
