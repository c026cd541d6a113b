"""Choose papers for a batch of readers from one edition (docs/selection.md).

    score = sum over topics of weight x confidence + 1.5 x sum over interests of match + 0.5 x trend

with the reader's topic weights scaled so that the greatest is 1. What was sent or is muted never
comes. The mail is then divided (core.shares): a share for everything followed, one labelled paper
from outside, and what trends, up to the reader's length.
"""

from collections.abc import Iterator, Sequence
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from digest.core.shares import Follow, divide
from digest.core.slate import Matches, Slate
from digest.model import Pick, Preferences, Reader, Reason, ReasonKind

# In hundredths, so that scores stay whole numbers.
TOPIC_WEIGHT = 100
INTEREST_WEIGHT = 150
TREND_WEIGHT = 50
SHORTEST_WITH_OUTSIDE = 4  # a mail of three has no room for a paper that nobody asked for
TRENDING = Reason(ReasonKind.TRENDING)
_DEPTH = 4  # papers ranked per seat; beyond them each follow goes on in its own order


def follows(slate: Slate, prefs: Preferences) -> list[Follow]:
    """Return what the reader follows, interests first, then topics by weight.

    Topics that the catalogue does not know are left out.
    """
    found = [
        Follow(Reason(ReasonKind.INTEREST, phrase), INTEREST_WEIGHT, slate.phrase(phrase))
        for phrase in prefs.interests
    ]
    known = [(-weight, slug) for slug, weight in prefs.topics.items() if slug in slate.topic_row]
    known.sort()
    for weight, slug in known:
        share = max(1, round(TOPIC_WEIGHT * weight / known[0][0]))
        found.append(Follow(slate.topic_reason[slug], share, slate.topic(slug)))
    return found


def blocked(slate: Slate, reader: Reader) -> set[int]:
    """Return the positions that must not come: sent before, or muted."""
    positions = {
        slate.position_of[paper_id] for paper_id in reader.sent if paper_id in slate.position_of
    }
    for phrase in reader.preferences.muted:
        positions |= slate.muted_by(phrase)
    return positions


def relevance(slate: Slate, followed: Sequence[Sequence[Follow]]) -> NDArray[np.float64]:
    """Return how relevant each paper is to each reader; shape (readers, papers), 0 = not at all."""
    weights = [[0] * len(slate.topic_row) for _ in followed]
    interests: list[tuple[int, Matches]] = []
    for row, things in enumerate(followed):
        for (kind, subject), weight, matches in things:
            if kind is ReasonKind.TOPIC:
                weights[row][slate.topic_row[subject]] = weight
            else:
                interests.append((row, matches))
    scores: NDArray[np.float64] = np.array(weights, dtype=np.float64) @ slate.topic_scores
    for row, matches in interests:
        scores[row, matches.positions] += INTEREST_WEIGHT * matches.scores
    return scores


def select(slate: Slate, readers: Sequence[Reader]) -> list[tuple[Pick, ...]]:
    """Choose for each reader, in the order of `readers`; an empty tuple: nothing is left."""
    if not readers or not slate.size:
        return [() for _ in readers]
    followed = [follows(slate, reader.preferences) for reader in readers]
    barred = [blocked(slate, reader) for reader in readers]
    relevant = relevance(slate, followed)
    lengths = [reader.preferences.max_papers for reader in readers]
    rankings = _rankings(slate, relevant, barred, lengths)
    return [
        _choose(slate, length, things, outside, ranking, bar)
        for length, things, outside, ranking, bar in zip(
            lengths, followed, _outside(relevant, barred), rankings, barred, strict=True
        )
    ]


def _rankings(
    slate: Slate,
    relevant: NDArray[np.float64],
    barred: Sequence[set[int]],
    lengths: Sequence[int],
) -> Iterator[list[int]]:
    """Yield each reader's best positions among the relevant, best first, ties by position.

    How many depends on the reader's own length alone, and so not on who else is in the batch.
    """
    size = slate.size
    keys = relevant + TREND_WEIGHT * slate.trend
    keys[relevant == 0] = -1
    for row, bar in enumerate(barred):
        if bar:
            keys[row, list(bar)] = -1
    # Distinct whole numbers: no two papers tie, so every sorting algorithm gives the same order.
    keys = keys * size + np.arange(size - 1, -1, -1)
    depth = min(size, _DEPTH * max(lengths))
    best = np.argpartition(-keys, depth - 1, axis=1)[:, :depth]
    chosen = np.take_along_axis(keys, best, axis=1)
    order = np.argsort(-chosen, axis=1)
    best = np.take_along_axis(best, order, axis=1)
    counts = (chosen >= size).sum(axis=1)  # below are the excluded: -1 x size + something < size
    for positions, count, length in zip(best.tolist(), counts.tolist(), lengths, strict=True):
        yield positions[: min(count, _DEPTH * length)]


def _outside(relevant: NDArray[np.float64], barred: Sequence[set[int]]) -> Iterator[int | None]:
    """Yield for each reader what trends most among the papers that match nothing followed."""
    strange = relevant == 0
    first = strange.argmax(axis=1).tolist()
    for row, place, bar in zip(strange, first, barred, strict=True):
        if row[place] and place not in bar:
            yield place
        else:
            others = np.flatnonzero(row).tolist()
            yield next((place for place in others if place not in bar), None)


def _choose(
    slate: Slate,
    length: int,
    things: list[Follow],
    outside: int | None,
    ranking: list[int],
    bar: set[int],
) -> tuple[Pick, ...]:
    if not things or length < SHORTEST_WITH_OUTSIDE:
        outside = None
    seats = length if outside is None else length - 1
    shares = divide(things, ranking, bar, seats=seats, turn=slate.edition.date.toordinal())
    ids = slate.paper_ids
    picks = [
        Pick(ids[place], thing.reason)
        for thing, share in zip(things, shares, strict=True)
        for place in share
    ]
    if len(picks) < seats:
        taken = bar.union(*shares, [] if outside is None else [outside])
        others = (place for place in range(slate.size) if place not in taken)
        picks += [Pick(ids[place], TRENDING) for place in islice(others, seats - len(picks))]
    if outside is not None:
        picks.append(Pick(ids[outside], slate.outside_reason[outside]))
    return tuple(picks)
