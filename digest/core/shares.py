"""Divide one reader's mail among what the reader follows, so that nothing followed is starved."""

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass

from digest.core.slate import Matches
from digest.model import Reason


@dataclass(frozen=True, slots=True)
class Follow:
    """One thing that a reader follows: its reason, its weight (> 0), the papers that match it."""

    reason: Reason
    weight: int
    matches: Matches


def divide(
    follows: Sequence[Follow],
    ranking: Sequence[int],
    blocked: Set[int],
    *,
    seats: int,
    turn: int,
) -> list[tuple[int, Follow]]:
    """Return at most `seats` (position, what it was picked for), each position once.

    ranking: positions by falling score for this reader. blocked: positions never to be picked.
    First everything followed gets its best paper, the rarest first, so that its only match is not
    given away under another heading. The seats left are divided by weight with the method of
    Sainte-Laguë (quotient weight / (2 seats + 1)), which is the divisor method that favours
    neither strong nor weak. When there is more followed than seats, `turn` (the edition's day)
    decides who waits until tomorrow among equal weights.
    """
    free = [len(f.matches.members) - len(f.matches.members & blocked) for f in follows]
    queues = [_queue(follow, ranking, blocked) for follow in follows]
    held = [0] * len(follows)
    taken: set[int] = set()
    served: list[tuple[int, Follow]] = []

    def serve(one: int) -> bool:
        """Give this follow the best paper that nobody has; False when it has none left."""
        for position in queues[one]:
            if position not in taken:
                taken.add(position)
                held[one] += 1
                served.append((position, follows[one]))
                return True
        return False

    hungry = [one for one in _by_turn(follows, turn) if free[one]]
    for one in sorted(hungry[:seats], key=lambda one: free[one]):
        serve(one)
    while hungry and len(served) < seats:
        neediest = max(hungry, key=lambda one: follows[one].weight / (2 * held[one] + 1))
        if not serve(neediest):
            hungry.remove(neediest)
    return served


def _queue(follow: Follow, ranking: Sequence[int], blocked: Set[int]) -> Iterator[int]:
    """Yield its papers as this reader ranks them, then its others, best match first."""
    members = follow.matches.members
    for position in ranking:
        if position in members:
            yield position
    for position in follow.matches.positions.tolist():
        if position not in blocked:
            yield position


def _by_turn(follows: Sequence[Follow], turn: int) -> list[int]:
    """Return the places of `follows` by weight; equals come first in turn, each as often."""
    equals: dict[int, list[int]] = {}
    for place, follow in enumerate(follows):
        equals.setdefault(follow.weight, []).append(place)
    found = []
    for _, places in sorted(equals.items(), reverse=True):
        start = turn % len(places)
        found += places[start:] + places[:start]
    return found
