"""Group lines into blocks, and tell from the shape of a block what it may be."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from digest.papers.dumps.lines import Line
from digest.papers.dumps.parts import LONGEST_ABSTRACT

LONG = 300  # characters: more than this is no ordinary title
_SHORTEST_ABSTRACT = 200  # characters: up to this it takes a full stop to be an abstract
_FULL_STOPS = {".", "\u2026", "\u3002", "\uff0e"}  # the ellipsis, the stops of East Asia
_CLOSING = "\"'\u201d\u2019\u00bb)]}*$"  # may stand behind a full stop
_LAST_CHARACTERS = _FULL_STOPS | {"!", "?", "\uff01", "\uff1f"} | set(_CLOSING)


@dataclass(slots=True)
class Block:
    """Lines without a blank line between them, each without outer white space."""

    line: int
    lines: list[str] = field(default_factory=list)
    size: int = 0  # characters, also of lines that were too many to keep
    ended: bool = True  # its last line has a line end

    def add(self, line: Line) -> None:
        """Add a line; beyond the longest abstract only count it."""
        text = line.text.strip()
        if self.size <= LONGEST_ABSTRACT:
            self.lines.append(text)
        self.size += len(text) + bool(self.size)
        self.ended = line.ended

    @property
    def text(self) -> str:
        """The lines, joined with a blank."""
        return " ".join(self.lines)

    @property
    def is_pair(self) -> bool:
        """A title and its abstract without the blank line between them."""
        return len(self.lines) == 2 and len(self.lines[0]) <= LONG < len(self.lines[1])

    @property
    def is_long(self) -> bool:
        """An abstract by its mere length."""
        return self.size > LONG and not self.is_pair

    @property
    def may_be_abstract(self) -> bool:
        """Long enough for an abstract, or a sentence."""
        return self.size > _SHORTEST_ABSTRACT or self.text.rstrip(_CLOSING)[-1:] in _FULL_STOPS

    @property
    def is_whole(self) -> bool:
        """Ends as an abstract does: in punctuation, a closing bracket or an address."""
        last_word = self.lines[-1].split()[-1]
        return last_word[-1] in _LAST_CHARACTERS or "://" in last_word or "www." in last_word

    def halves(self) -> tuple["Block", "Block"]:
        """Take a pair apart."""
        title, abstract = self.lines
        return (
            Block(self.line, [title], len(title)),
            Block(self.line + 1, [abstract], len(abstract), self.ended),
        )


def read_blocks(lines: Iterable[Line]) -> Iterator[Block]:
    """Group lines; any number of blank lines separates two blocks."""
    block: Block | None = None
    for line in lines:
        if line.text and not line.text.isspace():
            block = block or Block(line.number)
            block.add(line)
        elif block:
            yield block
            block = None
    if block:
        yield block
