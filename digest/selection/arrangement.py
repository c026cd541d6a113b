"""Arrange a mail's papers: the best first, then what stands alone, then sections with a heading."""

from collections.abc import Sequence
from itertools import chain, groupby, takewhile
from operator import attrgetter
from typing import NamedTuple

from digest.model import Pick, Reason, ReasonKind

# Looked up once: the name of an enum's member is a property.
_EDITORS, _OUTSIDE = ReasonKind.EDITORS, ReasonKind.OUTSIDE
_FILLED = (ReasonKind.TRENDING, _OUTSIDE)  # matches nothing that the reader follows
_reason_of = attrgetter("reason")


class Section(NamedTuple):
    """Papers that stand together. heading: the reason that they share; None: no heading."""

    heading: Reason | None
    picks: tuple[Pick, ...]


def arrange(picks: Sequence[Pick], leads: int) -> list[Section]:
    """Return the sections of a mail; of picks in mail order, the order stays.

    The first `leads` picks are the best ones. Of the others, two or more with one reason are a
    section, and those alone stand before them. What only trends and what comes from outside is the
    last section, since it would seem to belong to the one before. What the editors chose for
    everybody comes first, and stays together however many it is.
    """
    leads = max(leads, count_pinned(picks))
    by_reason: dict[Reason, list[Pick]] = {}
    for reason, run in groupby(picks[leads:], _reason_of):
        by_reason.setdefault(reason, []).extend(run)
    alone: list[Pick] = []
    filled: list[Pick] = []
    sections: list[Section] = []
    for reason, like in by_reason.items():
        if reason.kind in _FILLED:
            filled += like
        elif len(like) == 1:
            alone += like
        else:
            sections.append(Section(reason, tuple(like)))
    if filled:
        filled.sort(key=lambda pick: pick.reason.kind is _OUTSIDE)
        sections.append(Section(filled[0].reason, tuple(filled)))
    first = [Section(None, tuple(some)) for some in (picks[:leads], alone) if some]
    return first + sections


def count_pinned(picks: Sequence[Pick]) -> int:
    """Return how many picks at the beginning are the editors' choice."""
    if not picks or picks[0].reason.kind is not _EDITORS:
        return 0  # nearly always
    return sum(1 for _ in takewhile(lambda pick: pick.reason.kind is _EDITORS, picks))


def in_mail_order(picks: Sequence[Pick], leads: int) -> tuple[Pick, ...]:
    """Return picks as `arrange` orders them."""
    return tuple(chain.from_iterable(section.picks for section in arrange(picks, leads)))
