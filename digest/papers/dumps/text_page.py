"""The text page: what is left of a web page of trending papers when it is saved as text.

Blocks stand apart by blank lines: some header lines, a date, then title, abstract, title, abstract
... in order of rank. Lines of one block are joined with a blank; nothing else in a text is changed.

Pages have holes, and after a hole plain alternation would mail every title as an abstract. So a
block is read by its place *and* its shape. Over 300 characters it is long, so an abstract. Up to
300 it can be a title; it can be an abstract only when it ends in a full stop or is longer than 200
(the longest of 464 real titles has 169 and none ends in a full stop), and when no long block
follows, whose title it would be. What has lost its other half is refused by itself.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import Enum
from itertools import chain

from digest.errors import DumpError
from digest.papers.dumps import odd
from digest.papers.dumps.blocks import LONG, Block, read_blocks
from digest.papers.dumps.dates import read_date, resolve
from digest.papers.dumps.lines import Line, read_lines
from digest.papers.dumps.parts import Entry, Header, Part, Refusal, YearSource, reason_to_refuse

NAME = "text page"

_HEADER_LINES = 80  # half of them blank; a date line further down belongs to no header
_HEADER_BYTES = 64 * 1024  # with its blank lines
_FURNITURE = {  # header lines without blanks and case
    "new",
    "gettrendingpapersinyouremailinbox!",
    "subscribe",
    "dailypapers",
    "byakandtheresearchcommunity",
}


def recognises(first_bytes: bytes) -> bool:
    """Whether this may be plain text; only reading all of it tells whether it is a dump."""
    return not odd.explain(first_bytes)


def parse(chunks: Iterable[bytes], *, not_after: date, given: date | None = None) -> Iterator[Part]:
    """Yield one Header, then entries and refusals of single entries in the order of the file.

    chunks:    the file's bytes, cut anywhere; memory stays flat whatever their sum.
    not_after: the file's day; a date line without a year means the newest such day up to it.
    given:     the day that the operator names: it takes the place of `not_after`, and of a date
               line that is missing.
    Raises DumpError, at any time, for a dump that cannot be used at all: empty, binary, cut
    off, no date or one that does not exist, no entries. What was yielded before is then void.
    """
    header, lines = _read_header(read_lines(chunks), not_after, given)
    yield header
    yield from _read_entries(read_blocks(lines))


def _read_header(
    lines: Iterator[Line], not_after: date, given: date | None
) -> tuple[Header, Iterator[Line]]:
    """Return the header and the lines behind it; without a date line all lines are behind it."""
    year_source = YearSource.GIVEN if given else YearSource.FILE
    seen: list[Line] = []
    size = 0
    for line in lines:
        size += len(line.text) + 1
        if written := read_date(line.text):
            try:
                day = resolve(written, given or not_after)
            except ValueError:
                raise DumpError(f"{line.text.strip()!r} is not a date", line=line.number) from None
            return Header(day, YearSource.DUMP if written.year else year_source), lines
        if line.text.strip() or (seen and seen[-1].text.strip()):  # one blank line says it all
            seen.append(line)
        if len(line.text) > LONG or len(seen) >= _HEADER_LINES or size > _HEADER_BYTES:
            break
    if not seen:
        raise DumpError("the file is empty")
    if given is None:
        raise DumpError("no date line such as 'Mar 17' above the papers; give the date with --date")
    rest = (line for line in seen if not _is_furniture(line.text))
    return Header(given, year_source), chain(rest, lines)


def _is_furniture(text: str) -> bool:
    return len(text) <= LONG and "".join(text.split()).casefold() in _FURNITURE


def _read_entries(blocks: Iterator[Block]) -> Iterator[Entry | Refusal]:
    tally = _Tally()
    title: Block | None = None
    papers = (block for block in blocks if not _is_furniture(block.text))
    for block, following in _with_following(papers):
        if title is None and read_date(block.text):
            raise DumpError("a second date: the file holds two dumps", line=block.line)
        role = _role(block, following, has_title=title is not None)
        if role is _Role.PAIR:
            yield tally.entry(*block.halves())
        elif role is _Role.ABSTRACT and title:
            yield tally.entry(title, block)
            title = None
        elif role is _Role.STRAY:
            yield tally.refusal(block.line, "an abstract without a title")
        else:
            if title:
                yield tally.refusal(title.line, "a title without an abstract")
            title = block
    tally.close(title)


class _Role(Enum):
    TITLE = "title"
    ABSTRACT = "abstract"
    PAIR = "both, a blank line is missing"
    STRAY = "an abstract whose title is missing"


def _role(block: Block, following: Block | None, *, has_title: bool) -> _Role:
    """Read a block by its place and shape. `has_title`: a title waits for its abstract."""
    abstract_follows = following is not None and following.is_long
    if has_title:
        long = block.is_long or block.is_pair
        is_abstract = long or (block.may_be_abstract and not abstract_follows)
        return _Role.ABSTRACT if is_abstract else _Role.TITLE
    if block.is_pair:
        return _Role.PAIR
    # A title may be long too, if it does not read like an abstract and one follows.
    if block.is_long and (block.is_whole or not abstract_follows):
        return _Role.STRAY
    return _Role.TITLE


@dataclass(slots=True)
class _Tally:
    """Numbers what was read, and judges the end of the dump by the rest of it."""

    rank: int = 0
    entries: int = 0
    abstracts: int = 0
    whole_abstracts: int = 0
    newest: Block | None = None

    def entry(self, title: Block, abstract: Block) -> Entry | Refusal:
        self.newest = abstract
        self.abstracts += 1
        self.whole_abstracts += abstract.is_whole
        if reason := reason_to_refuse(title.text, abstract.text, (title.size, abstract.size)):
            return self.refusal(title.line, reason)
        self.rank += 1
        self.entries += 1
        return Entry(title.line, self.rank, title.text, abstract.text)

    def refusal(self, line: int, reason: str) -> Refusal:
        self.rank += 1
        return Refusal(line, reason)

    def close(self, title: Block | None) -> None:
        """Refuse the dump if it has no entries or was cut off. `title`: one left over."""
        if title and self.entries:
            raise DumpError("the file is cut off: its last title has no abstract", line=title.line)
        if self.newest and not self.newest.ended and not self.newest.is_whole:
            others = self.abstracts - 1
            # In a dump whose abstracts never end in a full stop, a missing one means nothing.
            if self.whole_abstracts * 2 >= others:
                raise DumpError(
                    "the file is cut off: its last abstract ends in mid-sentence",
                    line=self.newest.line,
                )
        if not self.entries:
            raise DumpError("no entries: no title is followed by an abstract")


def _with_following(blocks: Iterable[Block]) -> Iterator[tuple[Block, Block | None]]:
    """Each block with the next one; the last with None."""
    waiting: Block | None = None
    for block in blocks:
        if waiting:
            yield waiting, block
        waiting = block
    if waiting:
        yield waiting, None
