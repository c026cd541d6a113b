"""Choose papers for a batch of readers from one edition (docs/why/selection.md).

    score = sum over topics of weight x confidence + 1.5 x sum over interests of match + 0.5 x trend
            + 1.5 x taste

with the reader's topic weights scaled so that the greatest is 1, and the taste that the reader's
votes show (see `taste`). What was sent, voted on or is muted is excluded. Weekly readers have a
trend of their own, in which all days of the week count alike. The mail is then divided
(see `shares`): a share for everything followed, one labelled paper from outside, and at most three
that only trend. The best by score come first (see `sections`, `arrangement`). Papers on one narrow
subject wait behind others. Readers whose topics and interests
match nothing get nothing, unless they asked for a filled mail. What the editors have pinned comes
before all else, for everybody who gets papers and for whom it is not excluded (see `pins`).
"""

from collections.abc import Hashable, Iterator, Mapping, Sequence, Set
from itertools import chain, islice

import numpy as np

from digest.model import EmptyDay, Pick, Reader, Reason, ReasonKind
from digest.selection import pins
from digest.selection.arrangement import in_mail_order
from digest.selection.batch_preferences import BatchPreferences, batch_preferences, is_weekly
from digest.selection.candidate_matrix import THOUSAND, CandidateMatrix
from digest.selection.rankings import STANDARD, Ranking
from digest.selection.sections import sections
from digest.selection.shares import Follow, divide
from digest.selection.taste import Taste

SHORTEST_WITH_OUTSIDE = 4  # a mail of three has no room for a paper that nobody asked for
MOST_FILLED = 3  # papers that match nothing followed and only trend
TRENDING_BY_VOTES = Reason(ReasonKind.TRENDING, "votes")  # what trends, in the order of the votes
_FILL = EmptyDay.FILL  # looked up once: for Python 3.11 the name of an enum's member is a property
_CACHED = 2048  # picks, a kilobyte each
_DEPTH = 4  # papers ranked per seat; beyond them each follow continues in its own order


def select(
    matrix: CandidateMatrix, readers: Sequence[Reader], ranking: Ranking = STANDARD
) -> list[tuple[Pick, ...]]:
    """Choose for each reader, in the order of `readers`; an empty tuple if nothing is left."""
    if not readers or not matrix.size:
        return [() for _ in readers]
    wanted = batch_preferences(matrix, readers, ranking.taste)

    def choose(matrix: CandidateMatrix, wanted: BatchPreferences) -> list[tuple[Pick, ...]]:
        return _select(matrix, wanted, ranking)

    return pins.select(matrix, wanted, choose) if matrix.pinned else choose(matrix, wanted)


def _select(
    matrix: CandidateMatrix, wanted: BatchPreferences, ranking: Ranking
) -> list[tuple[Pick, ...]]:
    readers = wanted.readers
    pairs = zip(readers, wanted.tastes, strict=True)
    orders = [_order_by_trend(matrix, *each, ranking.trend) for each in pairs]
    return [
        _choose(matrix, *each)
        for each in zip(
            readers,
            wanted.followed,
            _pick_outside(matrix, wanted),
            _rank(matrix, wanted, ranking),
            orders,
            wanted.excluded,
            wanted.tastes,
            strict=True,
        )
    ]


class Chooser:
    """Calls `select` batch by batch, once for readers whose preferences and history agree.

    Many readers follow the same one or two topics. cached: how many different picks to keep.
    """

    def __init__(
        self, matrix: CandidateMatrix, ranking: Ranking = STANDARD, *, cached: int = _CACHED
    ) -> None:
        self._matrix = matrix
        self._ranking = ranking
        self._cached = cached
        self._kept: dict[Hashable, tuple[Pick, ...]] = {}  # the oldest first

    def choose(self, readers: Sequence[Reader]) -> list[tuple[Pick, ...]]:
        """Choose for each reader, in the order of `readers`; an empty tuple if nothing is left."""
        keys = [_what_counts(reader) for reader in readers]
        known = list(map(self._kept.get, keys))
        new = {
            key: reader
            for key, reader, picks in zip(keys, readers, known, strict=True)
            if picks is None
        }
        found = select(self._matrix, list(new.values()), self._ranking)
        selected = dict(zip(new, found, strict=True))
        self._keep(selected)
        return [
            selected[key] if picks is None else picks
            for key, picks in zip(keys, known, strict=True)
        ]

    def _keep(self, selected: Mapping[Hashable, tuple[Pick, ...]]) -> None:
        """Keep what was chosen, and as much as there is room for of what was chosen before."""
        kept = self._kept
        kept.update(selected)
        for key in list(islice(kept, max(0, len(kept) - self._cached))):
            del kept[key]


def _what_counts(reader: Reader) -> Hashable:
    """Return everything of a reader that the choice depends on."""
    prefs = reader.preferences
    return (
        frozenset(prefs.topics.items()),
        prefs.interests,
        prefs.muted,
        prefs.max_papers,
        prefs.summaries,
        prefs.empty_day,
        is_weekly(reader),
        reader.sent,
        tuple([(vote.paper.id, vote.value) for vote in reader.votes]) if reader.votes else (),
    )


def _rank(
    matrix: CandidateMatrix, wanted: BatchPreferences, ranking: Ranking
) -> Iterator[list[int]]:
    """Yield each reader's best positions among the relevant, best first, ties by position.

    How many depends only on the reader's own length, not on the other readers of the batch.
    """
    size = matrix.size
    lengths = [reader.preferences.max_papers for reader in wanted.readers]
    keys = wanted.relevant + ranking.trend * matrix.trend
    worst_taste = ranking.taste * THOUSAND
    for row, (reader, taste) in enumerate(zip(wanted.readers, wanted.tastes, strict=True)):
        if is_weekly(reader):
            keys[row] += ranking.trend * (matrix.weekly_trend - matrix.trend)
        if taste is not None:
            keys[row] += taste.scores + worst_taste  # the same for all papers; none falls below 0
    keys[wanted.relevant == 0] = -1
    for row, excluded in enumerate(wanted.excluded):
        if excluded:
            keys[row, list(excluded)] = -1
    # Distinct whole numbers: no two papers tie, so every sorting algorithm gives the same order.
    keys = keys * size + np.arange(size - 1, -1, -1)
    keys.sort(axis=1)
    depth = min(size, _DEPTH * max(lengths))
    best = keys[:, : -depth - 1 : -1].astype(np.int64)
    # The keys of the excluded are lower: -1 x size + something < size.
    counts = (best >= size).sum(axis=1)
    best = size - 1 - best % size  # the position is the part of a key that tells ties apart
    for positions, count, length in zip(best.tolist(), counts.tolist(), lengths, strict=True):
        yield positions[: min(count, _DEPTH * length)]


def _order_by_trend(
    matrix: CandidateMatrix, reader: Reader, taste: Taste | None, weight: int
) -> Sequence[int]:
    """Return all positions by what trends most for this reader, whatever is followed."""
    if taste is not None:
        trend = matrix.weekly_trend if is_weekly(reader) else matrix.trend
        keys = weight * trend + taste.scores
        order: list[int] = np.argsort(-keys, kind="stable").tolist()
        return order
    return matrix.weekly_order if is_weekly(reader) else range(matrix.size)


def _pick_outside(matrix: CandidateMatrix, wanted: BatchPreferences) -> Iterator[int | None]:
    """Yield for each reader what trends most among the papers that match nothing they follow."""
    unmatched = wanted.relevant == 0
    first = unmatched.argmax(axis=1).tolist()
    for row, place, reader, excluded in zip(
        unmatched, first, wanted.readers, wanted.excluded, strict=True
    ):
        weekly = is_weekly(reader)
        if not weekly and row[place] and place not in excluded:
            yield place
        else:
            order = matrix.weekly_order if weekly else range(matrix.size)
            yield next((other for other in order if row[other] and other not in excluded), None)


def _choose(
    matrix: CandidateMatrix,
    reader: Reader,
    follows: list[Follow],
    outside: int | None,
    ranking: list[int],
    order: Sequence[int],
    excluded: set[int],
    taste: Taste | None,
) -> tuple[Pick, ...]:
    prefs = reader.preferences
    length = prefs.max_papers
    if not follows:
        return _trending(matrix, order, excluded, length, taste)
    if length < SHORTEST_WITH_OUTSIDE:
        outside = None
    seats = length if outside is None else length - 1
    day = matrix.edition.date.toordinal()
    shares = divide(follows, ranking, excluded, matrix.alike, seats=seats, day=day)
    taken = set(chain.from_iterable(shares))
    if not taken:
        return _trending(matrix, order, excluded, length, taste) if prefs.empty_day is _FILL else ()
    picks = sections(matrix, follows, shares, taste, ranking, prefs.summaries)
    if outside is not None:
        taken.add(outside)
    most = min(seats - len(picks), MOST_FILLED)
    by_trend = matrix.weekly_order if is_weekly(reader) else range(matrix.size)
    fill = _fill(by_trend, taken, excluded, matrix.alike, most) if most > 0 else []
    picks += [matrix.trending_picks[place] for place in fill]
    if outside is not None:
        picks.append(matrix.outside_picks[outside])
    return in_mail_order(picks, prefs.summaries)


def _trending(
    matrix: CandidateMatrix,
    order: Sequence[int],
    excluded: set[int],
    length: int,
    taste: Taste | None,
) -> tuple[Pick, ...]:
    """Return what trends; the votes of readers who have voted order it, and the reason says so."""
    fill = _fill(order, set(), excluded, matrix.alike, length)
    if taste is None:
        return tuple([matrix.trending_picks[place] for place in fill])
    return tuple([Pick(matrix.paper_ids[place], TRENDING_BY_VOTES) for place in fill])


def _fill(
    order: Sequence[int],
    taken: set[int],
    excluded: set[int],
    alike: Mapping[int, Set[int]],
    count: int,
) -> list[int]:
    """Return the first `count` free positions; papers like a taken one come last.

    taken: grows by what is returned.
    """
    found: list[int] = []
    late: list[int] = []
    for place in order:
        if place in taken or place in excluded:
            continue
        if place in alike and not taken.isdisjoint(alike[place]):
            late.append(place)
            continue
        taken.add(place)
        found.append(place)
        if len(found) == count:
            return found
    return found + late[: count - len(found)]
