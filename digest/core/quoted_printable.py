"""Quoted-printable in fragments that may be joined anywhere (RFC 2045, section 6.7).

Every fragment starts at the beginning of a line and ends at the end of one: in a hard line break
when its text does, else in a soft one (`=`). So fragments that were encoded once an edition can be
put together for each reader in any order, even in the middle of a word or of an attribute.

The lines are also in their canonical form for the rest of the way: no two blanks in a row and none
at a line's end, so DKIM's relaxed body form is the plain one (RFC 6376, section 3.4.4); no line
starts with a dot, so SMTP need not stuff any (RFC 5321, section 4.5.2); none starts with "From ",
which mbox files would change.
"""

import re
from binascii import a2b_qp

SOFT_BREAK = b"=\r\n"
_LONGEST = 76  # of an encoded line, without its CRLF and with its "="
_PLAIN = re.compile(r"(?![.]|From )[!-<>-~]+(?: [!-<>-~]+)*")
_HARMLESS = re.compile(rb"[ -<>-~]*")
_ENCODED = re.compile(rb"[^ -<>-~]|(?<= ) ")
_TABLE = [f"={octet:02X}".encode() for octet in range(256)]


def encode(text: str) -> bytes:
    """Return `text` as lines of at most 76 octets that end in CRLF; nothing for no text.

    A line break is `\\n` or `\\r\\n`; a lone `\\r` is a character like any other. Raises
    UnicodeEncodeError for half a surrogate pair, which is no text.
    """
    if len(text) < _LONGEST and _PLAIN.fullmatch(
        text
    ):  # most personal values; saves most of the work
        return text.encode() + SOFT_BREAK
    lines = text.encode().replace(b"\r\n", b"\n").split(b"\n")
    encoded = [_hard_line(line) for line in lines[:-1]]
    if lines[-1]:
        encoded.append(_broken(_quoted(lines[-1]), _LONGEST - 1) + SOFT_BREAK)
    return b"".join(encoded)


def decode(data: bytes) -> str:
    """Return the text of joined fragments, with `\\n` line breaks."""
    return a2b_qp(data).decode().replace("\r\n", "\n")


def _hard_line(line: bytes) -> bytes:
    quoted = _quoted(line)
    if quoted.endswith(b" "):
        quoted = quoted[:-1] + b"=20"
    return _broken(quoted, _LONGEST) + b"\r\n"


def _quoted(line: bytes) -> bytes:
    """One line with everything in the way written as `=XX`."""
    if _HARMLESS.fullmatch(line) and b"  " not in line:  # most lines; saves most of the work
        return line
    return _ENCODED.sub(lambda match: _TABLE[match[0][0]], line)


def _broken(line: bytes, last: int) -> bytes:
    """Break a quoted line softly; its last piece has at most `last` octets."""
    pieces = []
    line = _harmless(line)
    while len(line) > last:
        cut = _LONGEST - 1
        cut -= next((back for back in (1, 2) if line[cut - back] == ord("=")), 0)
        pieces.append(line[:cut] + SOFT_BREAK)
        line = _harmless(line[cut:])
    return b"".join(pieces) + line


def _harmless(line: bytes) -> bytes:
    """The line with a first character that neither SMTP nor mbox looks at."""
    if line.startswith(b"."):
        return b"=2E" + line[1:]
    if line.startswith(b"From "):
        return b"=46" + line[1:]
    return line
