"""The labs that there were, who takes part, and how the lead went: for the console."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from digest.ground.database.engine import Database
from digest.lab.rules.verdict import judge
from digest.lab.standing import Standing
from digest.lab.store import counts, labs
from digest.lab.store.labs import Lab

MOST_COUNTED = 10_001  # readers who take part
_LISTED = 20
_POINTS = 60


@dataclass(frozen=True, slots=True)
class Point:
    """How a lab stood after an edition: the lead of A, and what it might really be, -1 to 1."""

    date: date
    lead: float
    low: float
    high: float


def list_labs(database: Database) -> list[Lab]:
    """Return the newest labs, the newest first."""
    with database.read() as session:
        return labs.newest(session, _LISTED)


def participants(database: Database) -> int:
    """Return how many readers take part; MOST_COUNTED stands for that many or more."""
    with database.read() as session:
        return counts.participants(session, MOST_COUNTED)


def course(standing: Standing) -> Sequence[Point]:
    """Return how the lead went, edition by edition; at even distances if there are many."""
    editions = standing.editions
    step = max(1, -(-len(editions) // _POINTS))
    ends = range(len(editions), 0, -step)
    return [_point(standing, end) for end in reversed(ends)]


def _point(standing: Standing, end: int) -> Point:
    seen = standing.editions[:end]
    verdict = judge([each.counts for each in seen], standing.lab.planned)
    return Point(seen[-1].date, verdict.lead, verdict.low, verdict.high)
