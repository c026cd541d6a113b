"""Divide one reader's mail among everything that they follow, so that nothing gets too little."""

from collections.abc import Iterator, Mapping, Sequence, Set
from functools import lru_cache
from itertools import chain
from typing import NamedTuple

import numpy as np

from digest.model import Reason, ReasonKind
from digest.selection.candidate_matrix import Matches

_INTEREST = ReasonKind.INTEREST  # looked up once: the name of an enum's member is a property
_CACHED = 512  # orders of weights; few occur, as most readers leave the weights alone


class Follow(NamedTuple):
    """One thing that a reader follows: its reason, its weight (> 0), the papers that match it."""

    reason: Reason
    weight: int
    matches: Matches


def divide(
    follows: Sequence[Follow],
    ranking: Sequence[int],
    excluded: Set[int],
    alike: Mapping[int, Set[int]],
    *,
    seats: int,
    day: int,
) -> list[list[int]]:
    """Return, for each of `follows`, the positions it gets; at most `seats` in all, each once.

    ranking: positions by falling score for this reader. excluded: positions never to be picked.
    alike: for each position that has any, those on the same narrow subject. They wait behind the
    other papers of the ranking for the same follow, which keeps the proportions. An interest takes
    its papers in the order of its own matches, whatever else they match, and none of them waits:
    readers who typed a narrow subject want it.
    day: the number of the edition's date.

    First everything followed gets its best paper, the rarest first, so that its only match does not
    appear under another heading. The remaining seats are divided by weight with the method of
    Sainte-Laguë (quotient weight / (2 seats + 1)), the divisor method that favours neither large
    nor small weights. If there are more follows than seats, those of equal weight take turns: `day`
    decides which of them wait until tomorrow.
    """
    weights = [follow.weight for follow in follows]
    free = [_count_free(follow.matches.members, excluded) for follow in follows]
    line = [one for one in _by_weight(tuple(weights), day) if free[one]]
    rarest_first = sorted(line[:seats], key=free.__getitem__)
    claims = _claims(tuple([weights[one] for one in line]), seats)
    taken: set[int] = set()
    queues = [
        _queue(matches, () if kind is _INTEREST else ranking, excluded, taken, alike)
        for (kind, _), _, matches in follows
    ]
    shares: list[list[int]] = [[] for _ in follows]
    left = seats
    for one in chain(rarest_first, map(line.__getitem__, claims)):
        if not left:
            break
        position = next(queues[one], None)
        if position is not None:
            shares[one].append(position)
            left -= 1
    return shares


def _queue(
    matches: Matches,
    ranking: Sequence[int],
    excluded: Set[int],
    taken: set[int],
    alike: Mapping[int, Set[int]],
) -> Iterator[int]:
    """Yield a follow's papers as this reader ranks them, then its others, best match first.

    taken: what all queues have yielded; it grows between two papers.
    """
    late = []
    for position in filter(matches.members.__contains__, ranking):
        if position not in taken:
            if position in alike and not taken.isdisjoint(alike[position]):
                late.append(position)
            else:
                taken.add(position)
                yield position
    for position in chain(late, matches.score_at):
        if position not in taken and position not in excluded:
            taken.add(position)
            yield position


def _count_free(members: Set[int], excluded: Set[int]) -> int:
    return len(members) - len(members & excluded) if excluded else len(members)


@lru_cache(_CACHED)
def _by_weight(weights: tuple[int, ...], day: int) -> list[int]:
    """Return the places of the weights, greatest first; equals take turns at being first."""
    equals: dict[int, list[int]] = {}
    for place, weight in enumerate(weights):
        equals.setdefault(weight, []).append(place)
    found = []
    for _, places in sorted(equals.items(), reverse=True):
        start = day % len(places)
        found += places[start:] + places[:start]
    return found


@lru_cache(_CACHED)
def _claims(weights: tuple[int, ...], seats: int) -> list[int]:
    """Return the places in line by falling quotient; equals keep their order.

    Each occurs as often as there are seats, in case all others run out of papers; the first `seats`
    of them once less, as they have a seat already.
    """
    quotients = np.array(weights)[:, np.newaxis] / np.arange(1, 2 * seats, 2)
    quotients[:seats, :1] = 0
    count = quotients.size - min(len(weights), seats)
    order = np.argsort(-quotients, axis=None, kind="stable")[:count]
    claims: list[int] = (order // seats).tolist()
    return claims
