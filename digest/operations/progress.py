"""How far the sending of the newest edition is: what the console shows while it runs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from digest.delivery.store import counts, failures, stops
from digest.delivery.store.failures import Failure, ReplyCount
from digest.editions.store import editions
from digest.ground.database.engine import Database
from digest.model import DeliveryState, Empty, Stop

MOST_REPLIES = 8  # that are listed
_WAITING = (DeliveryState.QUEUED, DeliveryState.SENDING, DeliveryState.DEFERRED)


@dataclass(frozen=True, slots=True)
class Progress:
    """The newest edition. papers: how many it has. states: its deliveries by state.

    failed: what the mail servers said of those that failed, the most frequent first. retry_at: when
    the first deferred one is tried again.
    """

    date: date
    opened_at: datetime
    papers: int
    empty: Empty | None
    stop: Stop | None
    states: Mapping[DeliveryState, int]
    failed: Sequence[ReplyCount]
    retry_at: datetime | None

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


def find_progress(database: Database) -> Progress | None:
    """Return how far the newest edition is; None before the first one."""
    with database.read() as session:
        newest = editions.newest_standing(session)
        if newest is None:
            return None
        counted = counts.of_edition(session, newest.id)
        states = {state: one.count for state, one in counted.items()}
        has_failed = states.get(DeliveryState.FAILED, 0)
        return Progress(
            newest.date,
            newest.opened_at,
            newest.papers,
            newest.empty,
            stops.stop_of(session, newest.id),
            states,
            failures.by_reply(session, newest.id, MOST_REPLIES) if has_failed else (),
            min((one.next for one in counted.values() if one.next), default=None),
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
