"""Encode quoted-printable fragments that may be joined anywhere (RFC 2045, section 6.7).

Every fragment starts at the beginning of a line and ends at the end of one: in a hard line break
when its text does, else in a soft one (`=`). So fragments that were encoded once an edition can be
put together for each reader in any order, even in the middle of a word or of an attribute.

The lines are also in their canonical form for the rest of the way: no two blanks in a row and none
at a line's end, so DKIM's relaxed body form is the plain one (RFC 6376, section 3.4.4); no line
starts with a dot, so SMTP need not stuff any (RFC 5321, section 4.5.2); none starts with "From ",
which mbox files would change.
"""

import re
from binascii import a2b_qp, hexlify

SOFT_BREAK = b"=\r\n"
_LONGEST = 76  # of an encoded line, without its CRLF and with its "="
_HARMLESS = bytes([octet for octet in range(0x20, 0x7F) if octet != ord("=")])
_IN_THE_WAY = re.compile(rb"[^ -<>-~]+")
_SUSPECT = b".F"  # a line that begins with one may mean something to SMTP or mbox
_BLANK = ord(" ")
_SECOND_BLANK = re.compile(rb"(?<= ) ")


def encode(text: str) -> bytes:
    """Return `text` as lines of at most 76 octets that end in CRLF; nothing for no text.

    A line break is `\\n` or `\\r\\n`; a lone `\\r` is a character like any other. Raises
    UnicodeEncodeError for half a surrogate pair, which is no text.
    """
    octets = text.encode()
    if b"\n" not in octets:
        return _soft_line(octets)
    *hard, last = octets.replace(b"\r\n", b"\n").split(b"\n")
    return b"".join([*map(_hard_line, hard), _soft_line(last)])


def decode(data: bytes) -> str:
    """Return the text of joined fragments, with `\\n` line breaks."""
    return a2b_qp(data).decode().replace("\r\n", "\n")


def _is_ready(line: bytes) -> bool:
    """Return whether nothing in a line has to be encoded; where it is broken is another matter."""
    if line.translate(None, _HARMLESS) or b"  " in line:
        return False
    return line[0] not in _SUSPECT and line[-1] != _BLANK


def _soft_line(line: bytes) -> bytes:
    if 0 < len(line) < _LONGEST and _is_ready(line):
        return line + SOFT_BREAK
    return _broken(_quoted(line), _LONGEST - 1) + SOFT_BREAK if line else b""


def _hard_line(line: bytes) -> bytes:
    if 0 < len(line) <= _LONGEST and _is_ready(line):
        return line + b"\r\n"
    quoted = _quoted(line)
    if quoted.endswith(b" "):
        quoted = quoted[:-1] + b"=20"
    return _broken(quoted, _LONGEST) + b"\r\n"


def _quoted(line: bytes) -> bytes:
    """Return a line with all other octets written as `=XX`."""
    if line.translate(None, _HARMLESS):  # most lines have nothing in the way
        line = _IN_THE_WAY.sub(_codes, line)
    return _SECOND_BLANK.sub(b"=20", line) if b"  " in line else line


def _codes(octets: re.Match[bytes]) -> bytes:
    return b"=" + hexlify(octets[0], b"=").upper()


def _broken(line: bytes, last: int) -> bytes:
    """Break a quoted line softly; its last piece has at most `last` octets."""
    line = _harmless(line)
    pieces = []
    while len(line) > last:
        cut = _LONGEST - 1
        if (code := line.find(b"=", cut - 2, cut)) >= 0:  # a code such as "=C3" stays whole
            cut = code
        pieces.append(line[:cut] + SOFT_BREAK)
        line = _harmless(line[cut:])
    return b"".join(pieces) + line


def _harmless(line: bytes) -> bytes:
    """Return the line with a first character that means nothing to SMTP and mbox."""
    if line.startswith((b".", b"From ")):
        return b"=%02X" % line[0] + line[1:]
    return line
