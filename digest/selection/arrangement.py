"""Arrange a mail's papers: the best first, then what stands alone, then sections with a heading."""

from collections.abc import Sequence
from itertools import chain, takewhile
from typing import NamedTuple

from digest.model import Pick, Reason, ReasonKind

_EDITORS = ReasonKind.EDITORS  # looked up once: the name of an enum's member is a property
_FILLED = (ReasonKind.TRENDING, ReasonKind.OUTSIDE)  # matches nothing that the reader follows


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
    first = Section(None, tuple(picks[:leads]))
    by_reason: dict[Reason, list[Pick]] = {}
    filled: list[Pick] = []
    for pick in picks[leads:]:
        if pick.reason.kind in _FILLED:
            filled.append(pick)
        else:
            by_reason.setdefault(pick.reason, []).append(pick)
    filled.sort(key=lambda pick: pick.reason.kind is ReasonKind.OUTSIDE)
    alone = tuple(chain.from_iterable(one for one in by_reason.values() if len(one) == 1))
    return [
        each
        for each in (
            first,
            Section(None, alone),
            *(Section(one[0].reason, tuple(one)) for one in by_reason.values() if len(one) > 1),
            Section(filled[0].reason if filled else None, tuple(filled)),
        )
        if each.picks
    ]


def count_pinned(picks: Sequence[Pick]) -> int:
    """Return how many picks at the beginning are the editors' choice."""
    return sum(1 for _ in takewhile(lambda pick: pick.reason.kind is _EDITORS, picks))


def in_mail_order(picks: Sequence[Pick], leads: int) -> tuple[Pick, ...]:
    """Return picks as `arrange` orders them."""
    return tuple(chain.from_iterable(section.picks for section in arrange(picks, leads)))
