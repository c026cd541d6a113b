"""A table of texts for terminals and pipes. No text in it is markup, and none steers a terminal."""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from digest.ground.text.printable import printable

_GAP = 3  # columns of the terminal between two of the table


@dataclass(frozen=True)
class _Row:
    cells: tuple[tuple[str, ...], ...]  # each in lines
    is_bold: bool


@dataclass
class PlainTable:
    """A table whose cells are text as it stands, each on one line; a list makes several lines.

    What is wider than the terminal is folded, the widest columns first.
    """

    columns: Sequence[str]
    title: str = ""
    show_header: bool = True
    right: frozenset[int] = frozenset()  # columns of numbers, by their places
    _rows: list[_Row | None] = field(default_factory=list)  # None: an empty line

    def add_row(self, *cells: str | Sequence[str], bold: bool = False) -> None:
        """Add a row of texts."""
        self._rows.append(_Row(tuple(map(_lines, cells)), bold))

    def add_section(self) -> None:
        """Set what follows apart, unless it comes first."""
        if self._rows and self._rows[-1] is not None:
            self._rows.append(None)

    def lines(self, width: int) -> Iterator[tuple[str, bool]]:
        """Yield the lines for a terminal so many columns wide, each with whether it is bold."""
        if self.title:
            yield printable(self.title), False
        yield "", False
        widths = _fit(self._widths(), width - _GAP * len(self.columns) + 1)
        if self.show_header:
            head = _Row(tuple((printable(name),) for name in self.columns), False)
            yield from ((line, False) for line in self._folded(head, widths))
            yield f" {'─' * (sum(widths) + _GAP * len(widths) - 1)}", False
        for row in self._rows:
            lines = self._folded(row, widths) if row else [""]
            yield from ((line, bool(row and row.is_bold)) for line in lines)
        yield "", False

    def _widths(self) -> list[int]:
        widths = [cell_width(printable(name)) * self.show_header for name in self.columns]
        for row in self._rows:
            for place, lines in enumerate(row.cells if row else ()):
                widths[place] = max(widths[place], *map(cell_width, lines), 0)
        return widths

    def _folded(self, row: _Row, widths: Sequence[int]) -> Iterator[str]:
        folded = [
            [part for line in lines for part in fold(line, width)]
            for lines, width in zip(row.cells, widths, strict=False)
        ]
        for number in range(max(map(len, folded), default=0)):
            parts = (lines[number] if number < len(lines) else "" for lines in folded)
            yield f"  {(' ' * _GAP).join(self._padded(parts, widths))}".rstrip()

    def _padded(self, parts: Iterator[str], widths: Sequence[int]) -> Iterator[str]:
        for place, (part, width) in enumerate(zip(parts, widths, strict=False)):
            blanks = " " * (width - cell_width(part))
            yield blanks + part if place in self.right else part + blanks


def cell_width(text: str) -> int:
    """Return how many columns of a terminal a text takes."""
    if text.isascii():
        return len(text)
    return sum(map(_width_of, text))


def _width_of(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def fold(text: str, width: int) -> Iterator[str]:
    """Yield a text in parts no wider than so many columns, between words where that can be."""
    part, used = "", 0
    for word in text.split(" "):
        size = cell_width(word)
        if part and used + 1 + size > width:
            yield part
            part, used = "", 0
        while size > width:
            head, word = _cut(word, width)
            yield head
            size = cell_width(word)
        part, used = (f"{part} {word}", used + 1 + size) if part else (word, size)
    yield part


def _cut(word: str, width: int) -> tuple[str, str]:
    used = 0
    for place, character in enumerate(word):
        used += _width_of(character)
        if used > width and place:
            return word[:place], word[place:]
    return word, ""


def _fit(widths: Sequence[int], most: int) -> list[int]:
    """Return widths whose sum is at most that; the widest ones give way, down to one column."""
    fitted = list(widths)
    while sum(fitted) > most and max(fitted) > 1:
        widest = max(fitted)
        places = [place for place, width in enumerate(fitted) if width == widest]
        below = max((width for width in fitted if width < widest), default=1)
        cut = min(widest - max(below, 1), -(-(sum(fitted) - most) // len(places)))
        for place in places:
            fitted[place] -= max(cut, 1)
    return fitted


def _lines(cell: str | Sequence[str]) -> tuple[str, ...]:
    return (printable(cell),) if isinstance(cell, str) else tuple(map(printable, cell))
