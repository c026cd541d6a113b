"""Split chunks of bytes into numbered lines of text, in constant memory."""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from digest.errors import DumpError

_BOM = b"\xef\xbb\xbf"
_MOST_BLANK_LINES = 10_000  # one after another
_LONGEST_LINE = 1_000_000  # bytes kept of one line; what is longer is refused further up


class Line(NamedTuple):
    """A line without its line end. `ended`: it had one, so the file was not cut inside it."""

    number: int
    text: str
    ended: bool


def read_lines(chunks: Iterable[bytes]) -> Iterator[Line]:
    """Decode UTF-8 with LF, CRLF or CR line ends; a byte order mark is dropped.

    Raises DumpError, with the line, for NUL bytes, for what is not UTF-8, and for thousands of
    blank lines: they would cost time and say nothing.
    """
    blank = 0
    for number, raw in enumerate(_raw_lines(chunks), 1):
        blank = 0 if raw.strip() else blank + 1
        if blank > _MOST_BLANK_LINES:
            reason = f"more than {_MOST_BLANK_LINES:,} blank lines in a row: this is no dump"
            raise DumpError(reason, line=number)
        if b"\0" in raw:
            raise DumpError("a NUL byte: the file is binary, or is not UTF-8 text", line=number)
        ended = raw.endswith((b"\n", b"\r"))
        content = raw.rstrip(b"\r\n")
        if number == 1:
            content = content.removeprefix(_BOM)
        yield Line(number, _decode(content, number, ended=ended), ended)


def _raw_lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Lines with their ends; bytes.splitlines knows exactly LF, CRLF and CR."""
    rest = b""
    for chunk in chunks:
        lines = (rest + chunk).splitlines(keepends=True)
        # The last line may go on in the next chunk, and a CR may belong to an LF that follows.
        rest = b"" if not lines or lines[-1].endswith(b"\n") else lines.pop()[:_LONGEST_LINE]
        yield from lines
    if rest:
        yield rest


def _decode(raw: bytes, number: int, *, ended: bool) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError as exc:
        if len(raw) >= _LONGEST_LINE - 2:  # we cut it ourselves, perhaps inside a character
            return raw.decode(errors="ignore")
        if exc.reason == "unexpected end of data" and not ended:
            reason = "the file is cut off in the middle of a character"
            raise DumpError(reason, line=number) from None
        what = re.sub(r"^invalid ", "an invalid ", exc.reason)
        reason = f"not UTF-8: {what} 0x{raw[exc.start]:02x} at byte {exc.start + 1}"
        raise DumpError(reason, line=number) from None
