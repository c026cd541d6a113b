"""The papers of an edition as they stand in mails: made for their first reader, kept for others.

A paper depends on the reason for which it was picked and on how it is shown, and on nothing else of
the reader.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import NamedTuple

from digest.model import Pick, Reason
from digest.render.digest.bodies import Body
from digest.selection.arrangement import Section

_PAPERS = 4096  # kept ones, 1 to 2 KB each
_HEADINGS = 1024

Evidence = Callable[[int, Reason], Sequence[str]]  # paper id, reason -> words found in the paper


class Words(NamedTuple):
    """Something encoded for each of the two bodies."""

    html: bytes
    text: bytes


def no_evidence(_paper_id: int, _reason: Reason) -> Sequence[str]:
    """Know of no words."""
    return ()


class ReadyPapers:
    """Makes the papers of mails and the headings over them, and keeps both.

    numbered: whether a mail says the place of each paper, so that readers can name it.
    """

    def __init__(self, html: Body, text: Body, evidence: Evidence, *, numbered: bool) -> None:
        self._html, self._text = html, text
        self._evidence = evidence
        self._numbered = numbered
        self._paper = lru_cache(_PAPERS)(self._make_paper)
        self._heading = lru_cache(_HEADINGS)(self._make_heading)

    def of(self, sections: Sequence[Section], picks: Sequence[Pick], cards: int) -> list[Words]:
        """Return what stands in a mail between its head and its foot, in pieces.

        picks: of the sections, in the order by which they are numbered. cards: how many papers,
        from the first on, have a card.
        """
        numbers = {pick: at for at, pick in enumerate(picks, start=1)} if self._numbered else {}
        paper, number, left = self._paper, 0, cards
        found: list[Words] = []
        for heading, picked in sections:
            around = self._heading(heading) if heading is not None else ()
            found += around[:1]
            for pick in picked:
                if numbers:
                    number = numbers[pick]
                found.append(paper(pick, left > 0, pick.reason == heading, number))
                left -= 1
            found += around[1:]
        return found

    def _make_paper(self, pick: Pick, card: bool, headed: bool, number: int) -> Words:
        found = tuple(self._evidence(*pick))
        html, text = (
            body.paper(pick, found, card=card, headed=headed, number=number)
            for body in (self._html, self._text)
        )
        return Words(html, text)

    def _make_heading(self, reason: Reason) -> tuple[Words, Words]:
        """Return what stands before and after the papers that share a reason."""
        html, text = self._html.section(reason), self._text.section(reason)
        before, after = zip(html, text, strict=True)
        return Words(*before), Words(*after)
