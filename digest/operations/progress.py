"""How far the sending of an edition is: what the console shows while it runs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from digest.delivery.store import counts, failures, stops
from digest.delivery.store.failures import Failure, ReplyCount
from digest.editions.store import changes, editions
from digest.ground.database.engine import Database
from digest.model import DeliveryState, Empty, Stop
from digest.operations.store import status, unfinished

MOST_REPLIES = 8  # that are listed
MOST_OTHERS = 7  # earlier editions that are listed
_WAITING = (DeliveryState.QUEUED, DeliveryState.SENDING, DeliveryState.DEFERRED)


@dataclass(frozen=True, slots=True)
class Progress:
    """An edition. papers: how many it has. states: its deliveries by state.

    failed: what the mail servers said of those that failed, the most frequent first. retry_at: when
    the first deferred one is tried again. version: see `OpenEdition`. settled_at: when the last
    delivery was settled. suppressed: how many of those that failed are of suppressed readers.
    """

    date: date
    opened_at: datetime
    papers: int
    empty: Empty | None
    stop: Stop | None
    states: Mapping[DeliveryState, int]
    failed: Sequence[ReplyCount]
    retry_at: datetime | None
    version: int
    settled_at: datetime | None
    suppressed: int

    @property
    def planned(self) -> int:
        """How many readers it is for."""
        return sum(self.states.values())

    @property
    def waiting(self) -> int:
        """How many are still to be sent."""
        return sum(self.states.get(state, 0) for state in _WAITING)

    @property
    def done(self) -> int:
        """How many need nothing more."""
        return self.planned - self.waiting

    def count(self, state: str) -> int:
        """Return how many deliveries are in a state."""
        return self.states.get(DeliveryState(state), 0)


def find_progress(database: Database, on: date | None = None) -> Progress | None:
    """Return how far the edition of a date is, of None the newest; None when it is not open."""
    with database.read() as session:
        return _progress(session, on)


def find_unfinished(database: Database) -> list[Progress]:
    """Return the editions before the newest one that still need somebody, newest first.

    At most MOST_OTHERS of them.
    """
    with database.read() as session:
        newest = editions.newest(session)
        if newest is None:
            return []
        days = unfinished.dates_before(session, newest.date, MOST_OTHERS)
        found = [_progress(session, day) for day in days]
    return [each for each in found if each is not None]


def last_look(database: Database) -> datetime | None:
    """Return when a scheduler last began a task; None when none ever did."""
    with database.read() as session:
        started = [task.started for task in status.list_tasks(session)]
    return max((each for each in started if each), default=None)


def _progress(session: Session, on: date | None) -> Progress | None:
    found = editions.standing(session, on)
    if found is None:
        return None
    counted = counts.of_edition(session, found.id)
    states = {state: one.count for state, one in counted.items()}
    has_failed = states.get(DeliveryState.FAILED, 0)
    return Progress(
        found.date,
        found.opened_at,
        found.papers,
        found.empty,
        stops.stop_of(session, found.id),
        states,
        failures.by_reply(session, found.id, MOST_REPLIES) if has_failed else (),
        min((one.next for one in counted.values() if one.next), default=None),
        changes.state(session, found.id).version,
        max((one.until for one in counted.values() if one.until), default=None),
        failures.count_suppressed(session, found.id) if has_failed else 0,
    )


def list_failures(
    database: Database, on: date, state: DeliveryState, *, after: int = 0, limit: int = 50
) -> list[Failure]:
    """Return deliveries of an edition in a state by subscriber id; none for an unknown date."""
    with database.read() as session:
        found = editions.find(session, on)
        if found is None:
            return []
        return failures.page(session, found.id, state, after=after, limit=limit)
