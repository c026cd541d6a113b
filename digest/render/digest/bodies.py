"""Put one body of a mail, HTML or text, together from the fragments of its edition."""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from digest.ground.languages.language import ENGLISH, Language
from digest.model import Pick, Reason
from digest.render.digest import wording
from digest.render.digest.compiled import PERSONAL
from digest.render.digest.fragments import Block, Fragment, Interleave, Lines
from digest.render.digest.paper_facts import PaperFacts
from digest.render.quoted_printable import SOFT_BREAK, encode

Values = dict[str, bytes]
_CACHED = 4096  # encoded headings and reasons, a few hundred octets each
_OCTETS = 13  # of one character at most: four codes such as "=F0", and soft line breaks
_TOKEN = 50  # octets of an encoded token at most
_BLOCKS = ("all", "more")
_NOTHING = Block()


class ReasonedPick(NamedTuple):
    """A pick with the words in the paper that speak for its reason.

    headed: the heading of its section gives the reason. number: its place in the mail, from 1 on,
    which stays the same should another arrangement of its papers be printed.
    """

    paper_id: int
    reason: Reason
    found: tuple[str, ...]
    headed: bool
    number: int


ReasonedSection = tuple[Reason | None, list[ReasonedPick]]


class Body:
    """The fragments of one body of an edition.

    write: escapes or wraps a personal text, as this body needs it. joint: what stands between the
    reason for a paper and its place. token: what stands for the token
    of a mail until the body is whole.
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
    ) -> None:
        self._token, self._joint = token.encode(), encode(joint)
        ready = {"token": self._token + SOFT_BREAK}
        cards, lines = ({each: blocks[f"{kind}{each}"] for each in facts} for kind in _KINDS)
        opening, closing = blocks["section"].split("papers")
        parts = (*cards.values(), *lines.values(), opening, closing)
        slots = {slot for block in parts for slot in block.slots}
        self._common = sorted(slots - {"title", "reason", "facts", "number", *ready})
        names = (*self._common, "reason", "facts", "number")
        self._cards, self._lines = (
            {paper_id: Fragment(block, names, ready) for paper_id, block in kind.items()}
            for kind in (cards, lines)
        )
        # The same as pairs, for the loop over every paper of every mail.
        self._card_parts, self._line_parts = map(_parts, (self._cards, self._lines))
        self._opening, self._closing = (Fragment(each, (), ready) for each in (opening, closing))
        self._frame = _frame_parts(blocks["body"], ready)
        self._more = Fragment(blocks.get("more", _NOTHING), (), ready)
        self._used = {slot for block in blocks.values() for slot in block.slots}
        self._facts = facts
        self._topic_names = topic_names
        self._write = write
        self._language = language
        self._title = lru_cache(_CACHED)(self._express_title)
        self._reason = lru_cache(_CACHED)(self._express_reason)
        self._place = lru_cache(_CACHED)(self._express_place)
        self._frame_size = Fragment(blocks["body"]).filled_size(_MOST)
        self._frame_size += self._more.filled_size(_MOST)
        self._section_size = Fragment(blocks["section"]).filled_size(_MOST)
        self._card_sizes, self._line_sizes = (
            {
                each: one.filled_size(_MOST) + len(self._place(each, ""))
                for each, one in kind.items()
            }
            for kind in (self._cards, self._lines)
        )
        self._largest = [
            max(sizes.values(), default=0) for sizes in (self._card_sizes, self._line_sizes)
        ]

    def express(self, slot: str, text: str) -> bytes:
        """Return an encoded personal text; nothing if no template shows this slot."""
        return encode(self._write(text)) if slot in self._used else b""

    def fit(self, picks: Sequence[Pick], cards: int, budget: int) -> int:
        """Return how many of the picks, from the first on, go into a body of `budget` octets.

        cards: how many of them have a card, the others a line. Each reason counts with a heading,
        and personal values of the frame with the most octets that they may take.
        """
        room = budget - self._frame_size
        largest_card, largest_line = self._largest
        most = cards * largest_card + (len(picks) - cards) * largest_line
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

    def compose(
        self, sections: Sequence[ReasonedSection], values: Values, *, cards: int, rest: int
    ) -> bytes:
        """Return the whole body; `rest` papers were left out of it.

        values: the encoded texts of the reader in the frame, and the token as it is; what belongs
        to a section or a paper is added here. cards: how many papers, from the first on, have a
        card.
        """
        papers: list[bytes] = []
        common = tuple([values[name] for name in self._common])
        said, place, left = self._reason, self._place, cards
        for heading, picks in sections:
            if heading is not None:
                values["title"] = self._title(heading)
                papers += self._opening.fill(values)
            for paper_id, reason, found, headed, number in picks:
                pieces, interleave = (self._card_parts if left > 0 else self._line_parts)[paper_id]
                left -= 1
                why, where = said(reason, found, headed), place(paper_id, reason.subject)
                given = (*common, why, where, _NUMBERS[number])
                papers += interleave(pieces + given) if interleave else pieces
            if heading is not None:
                papers += self._closing.fill(values)
        inside = {"all": papers, "more": self._rest_line(values, rest)}
        body: list[bytes] = []
        for part in self._frame:
            body += inside[part] if isinstance(part, str) else part.fill(values)
        return b"".join(body).replace(self._token, values["token"])

    def _express_title(self, reason: Reason) -> bytes:
        """Return the heading of a section."""
        title = wording.section_title(reason, self._topic_names, self._language)
        return self.express("title", title)

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

    def _rest_line(self, values: Values, rest: int) -> Lines:
        if not rest:
            return ()
        values["rest"] = self.express("rest", wording.rest_text(rest, self._language))
        return self._more.fill(values)


_KINDS = ("card", "line")
_NUMBERS = [encode(str(number)) for number in range(501)]  # as many papers as a mail can have


def _parts(fragments: Mapping[int, Fragment]) -> dict[int, tuple[Lines, Interleave | None]]:
    return {paper_id: (one.pieces, one.interleave) for paper_id, one in fragments.items()}


def _frame_parts(frame: Block, ready: Mapping[str, bytes]) -> list[Fragment | str]:
    """Return the frame as fragments, with the names of the blocks in between."""
    parts: list[Fragment | str] = []
    for name in [slot for slot in frame.slots if slot in _BLOCKS]:
        before, frame = frame.split(name)
        parts += [Fragment(before, (), ready), name]
    return [*parts, Fragment(frame, (), ready)]


# The most octets that each value can take. Blocks and facts, 0 here, are counted themselves.
_MOST = {
    **dict.fromkeys(PERSONAL, _TOKEN),
    **{name: characters * _OCTETS for name, characters in wording.LONGEST.items()},
    **dict.fromkeys((*_BLOCKS, "papers", "facts"), 0),
}
