"""Put one body of a mail, HTML or text, together from the fragments of its edition."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import chain, groupby
from operator import attrgetter
from typing import NamedTuple

from digest.ground.languages.language import ENGLISH, Language
from digest.model import Pick, Reason
from digest.render.digest import wording
from digest.render.digest.fragments import Block, Fragment, Interleave, Lines
from digest.render.digest.master_document import PERSONAL
from digest.render.quoted_printable import encode

Values = dict[str, bytes]
Evidence = Callable[[int, Reason], Sequence[str]]  # paper id, reason -> words found in the paper
_LaidOut = tuple[Lines, Interleave | None, Lines, Interleave | None, Lines, Interleave | None]
_CACHED = 1024  # encoded headings and reasons, a few hundred octets each
_OCTETS = 13  # of one character at most: four codes such as "=F0", and soft line breaks
_TOKEN = 40  # octets of an encoded token at most
_BLOCKS = ("contents", "sections", "more")
_NOTHING = Block()


def no_evidence(_paper_id: int, _reason: Reason) -> Sequence[str]:
    """Know of no words."""
    return ()


class Section(NamedTuple):
    """Neighbouring picks with the same reason, which share a heading."""

    reason: Reason
    paper_ids: list[int]


def split_sections(picks: Iterable[Pick]) -> list[Section]:
    """Split picks, which are in mail order, into sections; the order stays."""
    return [
        Section(reason, [pick.paper_id for pick in group])
        for reason, group in groupby(picks, attrgetter("reason"))
    ]


class Body:
    """The fragments of one body of an edition.

    write: escapes or wraps a personal text, as this body needs it. evidence: the words in a paper
    that speak for a reason.
    """

    def __init__(
        self,
        blocks: Mapping[str, Block],
        topic_names: Mapping[str, str],
        write: Callable[[str], str],
        language: Language = ENGLISH,
        evidence: Evidence = no_evidence,
    ) -> None:
        parts = _section_parts(blocks["sections"])
        papers = {
            int(name.removeprefix("card")): _paper_blocks(blocks, name.removeprefix("card"))
            for name in blocks
            if name.startswith("card")
        }
        slots = {slot for block in chain(parts, *papers.values()) for slot in block.slots}
        self._common = ("title", *sorted(slots - {"title", "reason", "number"}))
        names = (*self._common, "reason", "number")
        self._papers = {
            paper_id: [Fragment(block, names) for block in its] for paper_id, its in papers.items()
        }
        # The same as tuples, for the loop over every card of every mail.
        self._laid_out = {paper_id: _laid_out(*its) for paper_id, its in self._papers.items()}
        self._head, self._middle, self._foot = map(Fragment, parts)
        self._frame = _frame_parts(blocks["body"])
        self._more = Fragment(blocks.get("more", _NOTHING))
        self._used = {slot for block in blocks.values() for slot in block.slots}
        self._topic_names = topic_names
        self._write = write
        self._language = language
        self._evidence = evidence
        self._title = lru_cache(_CACHED)(self._express_title)
        self._reason = lru_cache(_CACHED)(self._express_reason)
        self._numbers = [self.express("number", str(at + 1)) for at in range(len(self._papers))]
        self._section_size = Fragment(blocks["sections"]).filled_size
        frame_size = Fragment(blocks["body"]).filled_size(_MOST)
        self._frame_size = frame_size + self._more.filled_size(_MOST)
        self._largest_paper = self._section_size(_MOST) + max(
            (self._paper_size(paper_id, _MOST) for paper_id in self._papers), default=0
        )

    def express(self, slot: str, text: str) -> bytes:
        """Return an encoded personal text; nothing if no template shows this slot."""
        return encode(self._write(text)) if slot in self._used else b""

    def fit(self, picks: Sequence[Pick], budget: int) -> int:
        """Return how many of the picks, from the first on, go into a body of `budget` octets.

        Personal values of the frame count with the most octets that they may take.
        """
        room = budget - self._frame_size
        if len(picks) * self._largest_paper <= room:
            return len(picks)
        sizes = dict(_MOST)
        last = None
        for index, pick in enumerate(picks):
            if pick.reason != last:
                last = pick.reason
                sizes["title"] = len(self._title(last))
                room -= self._section_size(sizes)
            sizes["reason"] = len(self._reason(pick.paper_id, last))
            room -= self._paper_size(pick.paper_id, sizes)
            if room < 0:
                return index
        return len(picks)

    def compose(self, sections: Sequence[Section], values: Values, *, rest: int) -> list[bytes]:
        """Return the whole body in pieces, to be joined once; `rest` papers were left out of it.

        values: the encoded tokens and the reader's texts in the frame; what belongs to a section
        or a card is added here.
        """
        contents: list[bytes] = []
        papers: list[bytes] = []
        addresses: list[bytes] = []
        numbers, layouts = iter(self._numbers), self._laid_out
        for section in sections:
            values["title"] = self._title(section.reason)
            common = tuple([values[name] for name in self._common])
            papers += self._head.fill(values)
            for paper_id, number in zip(section.paper_ids, numbers, strict=False):
                line, fill_line, card, fill_card, listed, fill_listed = layouts[paper_id]
                given = (*common, self._reason(paper_id, section.reason), number)
                contents += fill_line(line + given) if fill_line else line
                papers += fill_card(card + given) if fill_card else card
                addresses += fill_listed(listed + given) if fill_listed else listed
            papers += self._middle.fill(values)
            papers += addresses
            papers += self._foot.fill(values)
            addresses.clear()
        inside = {"contents": contents, "sections": papers, "more": self._rest_line(values, rest)}
        pieces: list[bytes] = []
        for part in self._frame:
            pieces += inside[part] if isinstance(part, str) else part.fill(values)
        return pieces

    def _express_title(self, reason: Reason) -> bytes:
        """Return the heading of a section."""
        title = wording.section_title(reason, self._topic_names, self._language)
        return self.express("title", title)

    def _express_reason(self, paper_id: int, reason: Reason) -> bytes:
        """Return the reason on a card."""
        found = self._evidence(paper_id, reason)
        text = wording.reason_text(reason, self._topic_names, self._language, found)
        return self.express("reason", text)

    def _rest_line(self, values: Values, rest: int) -> Lines:
        if not rest:
            return ()
        values["rest"] = self.express("rest", wording.rest_text(rest, self._language))
        return self._more.fill(values)

    def _paper_size(self, paper_id: int, sizes: Mapping[str, int]) -> int:
        return sum(part.filled_size(sizes) for part in self._papers[paper_id])


def _paper_blocks(blocks: Mapping[str, Block], paper_id: str) -> list[Block]:
    """Return a paper's line of contents, card and addresses, each of which a body may lack."""
    return [blocks.get(kind + paper_id, _NOTHING) for kind in ("contents", "card", "addresses")]


def _laid_out(line: Fragment, card: Fragment, listed: Fragment) -> _LaidOut:
    return (
        line.pieces,
        line.interleave,
        card.pieces,
        card.interleave,
        listed.pieces,
        listed.interleave,
    )


def _section_parts(section: Block) -> tuple[Block, Block, Block]:
    """Return what stands before a section's cards, between them and the addresses, and after."""
    before, rest = section.split("cards")
    between, after = rest.split("addresses") if "addresses" in rest.slots else (rest, _NOTHING)
    return before, between, after


def _frame_parts(frame: Block) -> list[Fragment | str]:
    """Return the frame as fragments, with the names of the blocks in between."""
    parts: list[Fragment | str] = []
    for name in [slot for slot in frame.slots if slot in _BLOCKS]:
        before, frame = frame.split(name)
        parts += [Fragment(before), name]
    return [*parts, Fragment(frame)]


# The most octets that each value can take. Blocks are counted themselves, so they are 0 here.
_MOST = {
    **dict.fromkeys(PERSONAL, _TOKEN),
    **{name: characters * _OCTETS for name, characters in wording.LONGEST.items()},
    **dict.fromkeys((*_BLOCKS, "cards", "addresses"), 0),
}
