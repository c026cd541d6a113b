"""Divide one reader's mail among what the reader follows, so that nothing followed is starved."""

from collections.abc import Iterator, Mapping, Sequence, Set
from heapq import heapify, heappop, heapreplace
from typing import NamedTuple

from digest.core.slate import Matches
from digest.model import Reason, ReasonKind

_NONE: frozenset[int] = frozenset()


class Follow(NamedTuple):
    """One thing that a reader follows: its reason, its weight (> 0), the papers that match it."""

    reason: Reason
    weight: int
    matches: Matches


def divide(
    follows: Sequence[Follow],
    ranking: Sequence[int],
    blocked: Set[int],
    alike: Mapping[int, Set[int]],
    *,
    seats: int,
    turn: int,
) -> list[list[int]]:
    """Return, for each of `follows`, the positions it gets; at most `seats` in all, each once.

    ranking: positions by falling score for this reader. blocked: positions never to be picked.
    alike: for each position that has any, those on the same narrow subject: they wait until the
    other papers of the ranking for the same follow have gone, which leaves the proportions alone.
    Not those of an interest: who typed a narrow subject wants it.
    First everything followed gets its best paper, the rarest first, so that its only match is not
    given away under another heading. The seats left are divided by weight with the method of
    Sainte-Laguë (quotient weight / (2 seats + 1)), which is the divisor method that favours
    neither strong nor weak. When there is more followed than seats, `turn` (the edition's day)
    decides who waits until tomorrow among equal weights.
    """
    shares: list[list[int]] = [[] for _ in follows]
    free = [len(f.matches.members - blocked if blocked else f.matches.members) for f in follows]
    taken: set[int] = set()
    crowded: set[int] = set()
    queues = [
        _queue(
            follow,
            ranking,
            blocked,
            taken,
            _NONE if follow.reason.kind is ReasonKind.INTEREST else crowded,
        )
        for follow in follows
    ]

    def serve(one: int) -> bool:
        """Give this follow the best paper that nobody has; False when it has none left."""
        for position in queues[one]:
            taken.add(position)
            if position in alike:
                crowded.update(alike[position])
            shares[one].append(position)
            return True
        return False

    line = [one for one in _by_turn(follows, turn) if free[one]]
    for one in sorted(line[:seats], key=free.__getitem__):
        serve(one)
    hungry = [  # a heap: the greatest quotient first, among equals who is first in line
        (-follows[one].weight / (2 * len(shares[one]) + 1), place, one)
        for place, one in enumerate(line)
    ]
    heapify(hungry)
    while hungry and len(taken) < seats:
        _, place, one = hungry[0]
        if serve(one):
            quotient = follows[one].weight / (2 * len(shares[one]) + 1)
            heapreplace(hungry, (-quotient, place, one))
        else:
            heappop(hungry)
    return shares


def _queue(
    follow: Follow, ranking: Sequence[int], blocked: Set[int], taken: Set[int], crowded: Set[int]
) -> Iterator[int]:
    """Yield its papers as this reader ranks them, then its others, best match first.

    taken, crowded: what is picked already, and what is like it; both grow between two papers.
    """
    late = []
    for position in filter(follow.matches.members.__contains__, ranking):
        if position not in taken:
            if position in crowded:
                late.append(position)
            else:
                yield position
    for position in late:
        if position not in taken:
            yield position
    for position in follow.matches.positions.tolist():
        if position not in blocked and position not in taken:
            yield position


def _by_turn(follows: Sequence[Follow], turn: int) -> list[int]:
    """Return the places of `follows` by weight; equals come first in turn, each as often."""
    equals: dict[int, list[int]] = {}
    for place, (_, weight, _) in enumerate(follows):
        equals.setdefault(weight, []).append(place)
    found = []
    for _, places in sorted(equals.items(), reverse=True):
        start = turn % len(places)
        found += places[start:] + places[:start]
    return found
