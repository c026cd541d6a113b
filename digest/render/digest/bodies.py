"""Put one body of a mail, HTML or text, together from the fragments of its edition.

What stands for the token of a mail stays in what is made here, until the mail is whole: so a paper
that was picked for one reason is the same octets for all its readers.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, partial
from typing import TypeVar

from digest.ground.languages.language import ENGLISH, Language
from digest.model import Pick, Reason
from digest.render.digest import wording
from digest.render.digest.compiled import PERSONAL
from digest.render.digest.fragments import Block, Fragment, Lines
from digest.render.digest.paper_facts import PaperFacts
from digest.render.quoted_printable import SOFT_BREAK, encode

Made = TypeVar("Made")
_CACHED = 4096  # encoded reasons and places, a few hundred octets each
_OCTETS = 13  # of one character at most: four codes such as "=F0", and soft line breaks
_TOKEN = 50  # octets of an encoded token at most
_PAPER_SLOTS = ("reason", "facts", "number")
# What a reader's own words and links in the frame are called; `frame` takes them in this order.
FRAME_SLOTS = (
    *("subject", "preview", "picked", "topics", "schedule", "address"),
    *("heading", "archive", "view"),
)
_BLOCKS = ("all", "more")
_NOTHING = Block()


class Body:
    """The fragments of one body of an edition.

    write: escapes or wraps a personal text, as this body needs it; whole: only at once, not piece
    by piece. joint: what stands between the reason for a paper and its place. token: what stands
    for the token of a mail.
    """

    def __init__(
        self,
        blocks: Mapping[str, Block],
        facts: Mapping[int, PaperFacts],
        topic_names: Mapping[str, str],
        write: Callable[[str], str],
        joint: str,
        token: str,
        language: Language = ENGLISH,
        *,
        whole: bool = False,
    ) -> None:
        self._joint = encode(joint)
        ready = {"token": token.encode() + SOFT_BREAK}
        self._cards, self._lines = (
            _Papers(partial(_fragment, blocks, ready, kind)) for kind in _KINDS
        )
        opening, closing = blocks["section"].split("papers")
        self._opening, self._closing = (Fragment(each, (), ready) for each in (opening, closing))
        self._frame = _frame_parts(blocks["body"], ready)
        self._more = Fragment(blocks.get("more", _NOTHING), (*FRAME_SLOTS, "rest"), ready)
        self._used = {slot for block in blocks.values() for slot in block.slots}
        self._facts = facts
        self._topic_names = topic_names
        self._write = write
        self._whole = whole
        self._piece = lru_cache(_CACHED)(lambda text: encode(write(text)))
        self._language = language
        self._reason = lru_cache(_CACHED)(self._express_reason)
        self._place = lru_cache(_CACHED)(self._express_place)
        self._frame_size = Fragment(blocks["body"]).filled_size(_MOST)
        self._frame_size += self._more.filled_size(_MOST)
        self._section_size = Fragment(blocks["section"]).filled_size(_MOST)
        self._card_sizes, self._line_sizes = (
            _Papers(partial(self._most_octets, kind)) for kind in (self._cards, self._lines)
        )

    def express(self, slot: str, *pieces: str) -> bytes:
        """Return an encoded personal text; nothing if no template shows this slot.

        pieces: of the text, which is made of what was encoded before where that can be.
        """
        if slot not in self._used:
            return b""
        if len(pieces) == 1 or self._whole:
            return encode(self._write("".join(pieces)))
        return b"".join(map(self._piece, pieces))

    def fit(self, picks: Sequence[Pick], cards: int, budget: int) -> int:
        """Return how many of the picks, from the first on, go into a body of `budget` octets.

        cards: how many of them have a card, the others a line. Each reason counts with a heading,
        and personal values of the frame with the most octets that they may take.
        """
        room = budget - self._frame_size
        most = sum([self._card_sizes[paper_id] for paper_id, _ in picks[:cards]])
        most += sum([self._line_sizes[paper_id] for paper_id, _ in picks[cards:]])
        if most + (len(picks) // 2 + 1) * self._section_size <= room:
            return len(picks)
        reasons = set()
        for index, (paper_id, reason) in enumerate(picks):
            room -= (self._card_sizes if index < cards else self._line_sizes)[paper_id]
            room += _MOST["reason"] - len(self._reason(reason, (), False))
            if reason not in reasons:
                reasons.add(reason)
                room -= self._section_size
            if room < 0:
                return index
        return len(picks)

    def paper(
        self, pick: Pick, found: tuple[str, ...], *, card: bool, headed: bool, number: int
    ) -> bytes:
        """Return a paper as it stands in a mail.

        found: the words in it that speak for its reason. card: whether it has one, and no line.
        headed: the heading of its section gives the reason. number: its place in the mail, from 1
        on.
        """
        paper_id, reason = pick
        where = self._place(paper_id, reason.subject)
        values = (self._reason(reason, found, headed), where, _NUMBERS[number])
        return b"".join((self._cards if card else self._lines)[paper_id].weave(values))

    def section(self, reason: Reason) -> tuple[bytes, bytes]:
        """Return what stands before and after papers that share a reason."""
        title = wording.section_title(reason, self._topic_names, self._language)
        values = {"title": self.express("title", title)}
        before, after = self._opening.fill(values), self._closing.fill(values)
        return b"".join(before), b"".join(after)

    def frame(self, papers: Sequence[bytes], values: Lines, rest: int) -> list[bytes]:
        """Return the whole body, in pieces; `rest` papers were left out of it.

        values: the encoded texts of FRAME_SLOTS, in their order.
        """
        inside = {"all": papers, "more": self._rest_line(values, rest) if rest else ()}
        body: list[bytes] = []
        for part in self._frame:
            body += inside[part] if isinstance(part, str) else part.weave(values)
        return body

    def _express_reason(self, reason: Reason, found: tuple[str, ...], headed: bool) -> bytes:
        """Return why a paper was picked; headed: its section's heading says so."""
        names, language = self._topic_names, self._language
        said = wording.reason_said(reason, names, language, found, headed=headed)
        return self.express("reason", said) + self._joint if said else b""

    def _express_place(self, paper_id: int, subject: str) -> bytes:
        """Return a paper's place in the lists, and its topics but the one that the reason names."""
        facts = self._facts[paper_id]
        if subject and subject not in facts.topics:
            return self._place(paper_id, "")
        others = [
            wording.topic_name(slug, self._topic_names, self._language)
            for slug in facts.topics
            if slug != subject
        ]
        return self.express("facts", wording.facts_line([facts.standing, *others]))

    def _most_octets(self, kind: "_Papers[Fragment]", paper_id: int) -> int:
        return kind[paper_id].filled_size(_MOST) + len(self._place(paper_id, ""))

    def _rest_line(self, values: Lines, rest: int) -> Lines:
        said = self.express("rest", wording.rest_text(rest, self._language))
        return self._more.weave((*values, said))


def _fragment(
    blocks: Mapping[str, Block], ready: Mapping[str, bytes], kind: str, paper_id: int
) -> Fragment:
    return Fragment(blocks[f"{kind}{paper_id}"], _PAPER_SLOTS, ready)


class _Papers(dict[int, Made]):
    """What is made of each paper, when it is first picked: many of an edition never are."""

    def __init__(self, make: Callable[[int], Made]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, paper_id: int) -> Made:
        made = self[paper_id] = self._make(paper_id)
        return made


_KINDS = ("card", "line")
_NUMBERS = [encode(str(number)) for number in range(501)]  # as many papers as a mail can have


def _frame_parts(frame: Block, ready: Mapping[str, bytes]) -> list[Fragment | str]:
    """Return the frame as fragments, with the names of the blocks in between."""
    parts: list[Fragment | str] = []
    for name in [slot for slot in frame.slots if slot in _BLOCKS]:
        before, frame = frame.split(name)
        parts += [Fragment(before, FRAME_SLOTS, ready), name]
    return [*parts, Fragment(frame, FRAME_SLOTS, ready)]


# The most octets that each value can take. Blocks and facts, 0 here, are counted themselves.
_MOST = {
    **dict.fromkeys(PERSONAL, _TOKEN),
    **{name: characters * _OCTETS for name, characters in wording.LONGEST.items()},
    **dict.fromkeys((*_BLOCKS, "papers", "facts"), 0),
}
