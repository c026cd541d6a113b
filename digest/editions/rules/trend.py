"""Score how much a paper trends on a date, from its places in dumps (docs/why/trend.md).

    strength of one appearance = 1 / log2(1 + rank) + 0.1 ln(1 + votes)
    trend = 1 - exp(-(1 + 0.25 ln dumps) x sum of strength x 2^(-age / 3 days))

The rank discount is that of DCG (Järvelin and Kekäläinen 2002): the first few places differ much,
the last ones hardly. Votes count by their logarithm, as ten votes more mean much to a paper with
five and nothing to one with five hundred. An appearance halves in three days, so what is listed
again rises again. Dumps that carry no votes lose nothing: the term is zero for all of them. In a
list without order, such as a feed, all places count like a late one.

For readers of a weekly mail there is a second score, in which the last seven days count alike: the
best of the week would else be the best of its last days.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain, islice

from digest.model import Trend

HALF_LIFE_DAYS = 3.0
WEEK_DAYS = 7.0
VOTE_WEIGHT = 0.1
RECURRENCE_WEIGHT = 0.25
UNRANKED_PLACE = 100  # what one of a list without order counts as: behind any day's best
_DIGITS = 6  # scores are rounded so that every machine orders papers alike


@dataclass(frozen=True, slots=True)
class Appearance:
    """A paper's place in the dump of one date; rank 1 is the top, 0 means a list without order.

    size: how many places that dump has; None when nobody counted.
    """

    date: date
    rank: int
    votes: int | None = None
    size: int | None = None


def score_trend(appearances: Sequence[Appearance], *, on: date) -> Trend:
    """Score one paper from all its appearances up to `on`; the order does not matter.

    Raises ValueError when there is none, one lies after `on`, or a rank or vote is impossible.
    """
    if not appearances or any(
        seen.date > on or seen.rank < 0 or (seen.votes or 0) < 0 for seen in appearances
    ):
        raise ValueError(f"trend: no or impossible appearances on {on}: {appearances}")
    recurrence = 1.0 + RECURRENCE_WEIGHT * math.log(len(appearances))
    votes = [seen.votes for seen in appearances if seen.votes is not None]

    week = [seen for seen in appearances if (on - seen.date).days < WEEK_DAYS]
    best = min(
        (seen for seen in week if seen.rank),
        key=lambda seen: (seen.rank, -(seen.size or 0)),
        default=None,
    )

    def score(fade: Callable[[int], float]) -> float:
        total = math.fsum(_strength(seen) * fade((on - seen.date).days) for seen in appearances)
        return round(-math.expm1(-recurrence * total), _DIGITS)

    return Trend(
        score=score(_daily),
        best_rank=min((seen.rank for seen in appearances if seen.rank), default=0),
        dumps=len(appearances),
        age_days=min((on - seen.date).days for seen in appearances),
        votes=max(votes) if votes else None,
        weekly=score(_weekly),
        week_dumps=len(week),
        week_rank=(best.rank if best else 0) if week else None,
        list_size=best.size if best else None,
        weeks=len({(on - seen.date).days // int(WEEK_DAYS) for seen in appearances}),
        known_days=max((on - seen.date).days for seen in appearances),
    )


def pick_leading(trends: Mapping[int, Trend], ties: Mapping[int, str], size: int) -> list[int]:
    """Return at most `size` papers, the most trending first; equal ones by their `ties`.

    Of more, those are kept that lead by either score, one of each in turn: what leads the week may
    be far down on its last day.
    """
    by_day = sorted(trends, key=lambda each: (-trends[each].score, ties[each]))
    if len(by_day) <= size:
        return by_day
    by_week = sorted(trends, key=lambda each: (-(trends[each].weekly or 0), ties[each]))
    in_turn = dict.fromkeys(chain.from_iterable(zip(by_day, by_week, strict=True)))
    kept = set(islice(in_turn, size))
    return [each for each in by_day if each in kept]


def _daily(age_days: int) -> float:
    return math.exp2(-age_days / HALF_LIFE_DAYS)


def _weekly(age_days: int) -> float:
    """Weigh the seven days of the week alike; older appearances halve every week."""
    return math.exp2(-max(0, age_days - 6) / WEEK_DAYS)


def _strength(seen: Appearance) -> float:
    return 1.0 / math.log2(1 + (seen.rank or UNRANKED_PLACE)) + VOTE_WEIGHT * math.log1p(
        seen.votes or 0
    )
