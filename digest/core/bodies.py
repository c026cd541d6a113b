"""One of the two bodies of a mail, HTML or text: its fragments, and how they become a mail's."""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

from digest.core import wording
from digest.core.fragments import Block, Fragment
from digest.core.quoted_printable import encode
from digest.core.sections import Section
from digest.core.specimen import PERSONAL
from digest.model import Pick, Reason

Values = dict[str, bytes]
_REASONS_KEPT = 8192  # encoded headings and reasons, a few hundred octets each
_NUMBERS = 100
_OCTETS = 13  # that one character takes at most: four octets such as "=F0", and soft breaks
_TOKEN = 40  # octets of an encoded token, at most
_NOTHING = Fragment(Block())


class Body:
    """The fragments of one body of an edition.

    write: turns a personal text into one that may stand in this body (escaped, or wrapped).
    """

    def __init__(
        self,
        fragments: Mapping[str, Fragment],
        topic_names: Mapping[str, str],
        write: Callable[[str], str],
    ) -> None:
        self._shell = fragments["body"]
        self._section = fragments["sections"]
        self._more = fragments.get("more", _NOTHING)
        self._cards = _by_paper(fragments, "card")
        self._glances = _by_paper(fragments, "glance") or dict.fromkeys(self._cards, _NOTHING)
        self._topic_names = topic_names
        self._write = write
        self._numbers = [self.express(str(number)) for number in range(_NUMBERS)]
        self._words = lru_cache(_REASONS_KEPT)(self._express_reason)
        self._frame_size = self._shell.filled_size(_MOST) + self._more.filled_size(_MOST)
        self._largest_paper = self._section.filled_size(_MOST) + max(
            (self._paper_size(paper_id, _MOST) for paper_id in self._cards), default=0
        )

    def express(self, text: str) -> bytes:
        """Return a personal text as a fragment of this body."""
        return encode(self._write(text))

    def fit(self, picks: Sequence[Pick], budget: int) -> int:
        """Return how many of the picks, from the first on, go into a body of `budget` octets.

        What is personal in the shell is counted with the most that it may take.
        """
        room = budget - self._frame_size
        if len(picks) * self._largest_paper <= room:
            return len(picks)
        sizes = dict(_MOST)
        last = None
        for index, pick in enumerate(picks):
            if pick.reason != last:
                last = pick.reason
                sizes["title"], sizes["reason"] = map(len, self._words(last))
                room -= self._section.filled_size(sizes)
            room -= self._paper_size(pick.paper_id, sizes)
            if room < 0:
                return index
        return len(picks)

    def compose(self, sections: Sequence[Section], values: Values, *, rest: int) -> bytes:
        """Return the whole body; `rest` papers were left out of it.

        values: the encoded tokens and the reader's texts in the shell; what belongs to a section
        or to a card is added.
        """
        glances: list[bytes] = []
        composed: list[bytes] = []
        for section in sections:
            values["title"], values["reason"] = self._words(section.reason)
            cards = []
            for paper_id in section.paper_ids:
                values["number"] = self._number(len(glances) + 1)
                glances.append(self._glances[paper_id].fill(values))
                cards.append(self._cards[paper_id].fill(values))
            values["cards"] = b"".join(cards)
            composed.append(self._section.fill(values))
        values["glances"] = b"".join(glances)
        values["sections"] = b"".join(composed)
        values["more"] = self._left_out(values, rest) if rest else b""
        return self._shell.fill(values)

    def _express_reason(self, reason: Reason) -> tuple[bytes, bytes]:
        """The heading of a section and the reason on its cards."""
        return (
            self.express(wording.section_title(reason, self._topic_names)),
            self.express(wording.reason_text(reason, self._topic_names)),
        )

    def _number(self, number: int) -> bytes:
        return self._numbers[number] if number < _NUMBERS else self.express(str(number))

    def _left_out(self, values: Values, rest: int) -> bytes:
        values["rest"] = self.express(wording.rest_text(rest))
        return self._more.fill(values)

    def _paper_size(self, paper_id: int, sizes: Mapping[str, int]) -> int:
        glance, card = self._glances[paper_id], self._cards[paper_id]
        return glance.filled_size(sizes) + card.filled_size(sizes)


def _by_paper(fragments: Mapping[str, Fragment], kind: str) -> dict[int, Fragment]:
    return {
        int(name.removeprefix(kind)): fragment
        for name, fragment in fragments.items()
        if name.startswith(kind)
    }


# The most octets that each value can take. Blocks count as nothing here: they are counted one by one.
_MOST = {
    **dict.fromkeys(PERSONAL, _TOKEN),
    **{name: characters * _OCTETS for name, characters in wording.LONGEST.items()},
    **dict.fromkeys(("glances", "sections", "cards", "more"), 0),
}
