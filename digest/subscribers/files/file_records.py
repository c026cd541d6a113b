"""The records of a file that somebody hands over: whatever its encoding and separator.

A record may go over several lines (RFC 4180); a quote that is never closed spoils its own line,
and quotes that do not match spoil the lines that they may hold together, not all that follow.
"""

import codecs
import csv
import io
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO, NamedTuple

from digest.errors import InputError

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
_MARKS = (  # the longer ones first: UTF-32's begins like UTF-16's
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_OTHER_FILES = (
    (b"PK\x03\x04", "a spreadsheet or a ZIP archive"),
    (b"\xd0\xcf\x11\xe0", "a spreadsheet of an old kind"),
    (b"%PDF", "a PDF document"),
    (b"\x1f\x8b", "compressed"),
    (b"SQLite format 3", "a database"),
)
_MARKUP = re.compile(r"\s*(?:<[!?]|<[a-z]+[\s>]|\{\s*\"|\[\s*[\[{\"])", re.IGNORECASE)
_SAMPLE = 64 * 1024  # bytes
_LONGEST_LINE = 1 << 20  # characters
_LONGEST_RECORD = 256  # lines
_TOLD_EVERY = 200  # lines
_LONGEST_CELL = csv.field_size_limit()
_ESCAPED = range(0xDC80, 0xDD00)  # what `surrogateescape` makes of bytes that are no text


@dataclass(frozen=True, slots=True)
class TextForm:
    """How the bytes of a file are to be read. line_end: "\\n" (also for CR LF) or "\\r"."""

    encoding: str
    line_end: str

    @property
    def name(self) -> str:
        """What people call the encoding."""
        return {"utf-8-sig": "UTF-8", "cp1252": "windows-1252"}.get(
            self.encoding, self.encoding.upper()
        )


class Record(NamedTuple):
    """A record. line: the number of its first line, from 1; problem: why there are no cells."""

    line: int
    cells: list[str]
    problem: str = ""


def find_form(path: Path) -> TextForm:
    """Find out how a file is to be read; InputError when it is no text."""
    with path.open("rb") as raw:
        sample = raw.read(_SAMPLE)
        raw.seek(0)
        encoding = _encoding(sample, raw)
    start = sample.decode(encoding, "ignore")
    if _MARKUP.match(start):
        raise InputError("line 1: this is HTML, XML or JSON, and not a CSV file")
    return TextForm(encoding, "\r" if "\r" in start and "\n" not in start else "\n")


def read_lines(
    path: Path, form: TextForm, progress: Callable[[int], None] = lambda _count: None
) -> Iterator[tuple[int, str]]:
    """Yield (number, line) with its end; of a line only the first million characters.

    Bytes that are no text come as surrogates (`is_text`). progress: called with how many bytes
    were read since the last call.
    """
    with path.open("rb") as raw:
        wide = form.encoding.startswith(("utf-16", "utf-32"))
        errors = "replace" if wide else "surrogateescape"
        text = io.TextIOWrapper(raw, form.encoding, errors, newline=form.line_end)
        number = before = 0
        while line := text.readline(_LONGEST_LINE):
            number += 1
            if len(line) == _LONGEST_LINE and not line.endswith(form.line_end):
                _skip(text, form.line_end)
            yield number, line
            if not number % _TOLD_EVERY and (position := raw.tell()) != before:
                progress(position - before)
                before = position
        progress(raw.tell() - before)


def is_text(text: str) -> bool:
    """Whether every byte of it could be read."""
    return text.isascii() or not any(ord(letter) in _ESCAPED for letter in text)


def read_records(path: Path, form: TextForm, lines: "Lines", separator: str) -> Iterator[Record]:
    """Yield the records of a CSV file that are not blank. lines: those of the file, or the rest."""

    @cache
    def last_quote() -> int:
        quoted = (number for number, text in read_lines(path, form) if '"' in text)
        return max(quoted, default=0)

    while line := lines.take():
        if (cells := _plain_cells(line[1], separator)) is not None:
            record = Record(line[0], cells)
        else:
            lines.give_back([line])
            record = _next(lines, separator, last_quote)
        if record.problem or "".join(record.cells).strip():
            yield record


class Lines:
    """Numbered lines that can be given back."""

    def __init__(self, lines: Iterable[tuple[int, str]]) -> None:
        self._rest = iter(lines)
        self._back: deque[tuple[int, str]] = deque()

    def take(self) -> tuple[int, str] | None:
        """Return the next line; None at the end."""
        return self._back.popleft() if self._back else next(self._rest, None)

    def give_back(self, lines: Sequence[tuple[int, str]]) -> None:
        """Let these lines be taken again."""
        self._back.extendleft(reversed(lines))


def _next(source: Lines, separator: str, last_quote: Callable[[], int]) -> Record:
    """Take the next record, which need not be one, and may go over several lines."""
    taken: list[tuple[int, str]] = []
    ended = False

    def pull() -> Iterator[str]:
        nonlocal ended
        while len(taken) < _LONGEST_RECORD and (line := source.take()):
            taken.append(line)
            yield line[1]
        ended = True

    reader = csv.reader(pull(), delimiter=separator, strict=True, skipinitialspace=True)
    try:
        cells = next(reader)
    except csv.Error as exc:
        closes = any('"' in text for _, text in taken[1:])
        if ended and not closes and last_quote() <= taken[-1][0]:
            source.give_back(taken[1:])
            return Record(taken[0][0], [], "not a line of CSV: its quote is never closed")
        return _spoilt(source, taken, last_quote, str(exc))
    return Record(taken[0][0], cells)


def _plain_cells(line: str, separator: str) -> list[str] | None:
    """Split a line as `csv` would; None for one that needs more than splitting."""
    body = line.rstrip("\r\n")
    if '"' in body or "\r" in body or "\n" in body or len(body) > _LONGEST_CELL:
        return None
    if separator not in SEPARATORS or f"{separator} " in body or body.startswith(" "):
        return None
    return body.split(separator)


def _spoilt(
    source: Lines, taken: Sequence[tuple[int, str]], last_quote: Callable[[], int], reason: str
) -> Record:
    """Return the record that cannot be read, with all lines that may be within its quotes.

    Where a quote closes too early, the record goes on until the number of quotes is even. None of
    its lines may be taken for a record: a note can hold the address of somebody else.
    """
    first, last = taken[0][0], taken[-1][0]
    odd = sum(text.count('"') for _, text in taken) % 2
    while odd and last < last_quote() and (line := source.take()):
        last = line[0]
        odd ^= line[1].count('"') % 2
    which = f"up to line {last} its quotes do not match" if last > first else reason
    return Record(first, [], f"not a line of CSV: {which}")


def _skip(text: IO[str], line_end: str) -> None:
    """Pass the rest of a line that is too long."""
    while (piece := text.readline(_LONGEST_LINE)) and not piece.endswith(line_end):
        pass


def _encoding(sample: bytes, raw: IO[bytes]) -> str:
    for start, what in _OTHER_FILES:
        if sample.startswith(start):
            raise InputError(f"this file is {what}, and not text", hint="save it as CSV, UTF-8")
    for mark, encoding in _MARKS:
        if sample.startswith(mark):
            return encoding
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if abs(even - odd) > len(sample) // 4:  # letters of two bytes, one of which is zero
        return "utf-16-be" if even > odd else "utf-16-le"
    if even + odd > len(sample) // 100 + 10:
        raise InputError("this file is full of zero bytes, and is not text")
    return _of_eight_bits(raw)


def _of_eight_bits(raw: IO[bytes]) -> str:
    """Tell UTF-8 from windows-1252: read all, since one umlaut decides.

    Where some lines are UTF-8 and others are not, the others are the faulty ones.
    """
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    other = proper = False
    while piece := raw.read(1 << 20):
        text = decoder.decode(piece)
        if not text.isascii():
            beyond = {letter for letter in set(text) if letter >= "\x80"}
            strange = {letter for letter in beyond if ord(letter) in _ESCAPED}
            other |= bool(strange)
            proper |= len(beyond) > len(strange)
    return "cp1252" if other and not proper else "utf-8"
