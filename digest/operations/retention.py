"""Let go of what has been kept for long enough; the operator's settings say how long that is."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from digest.delivery import thinning
from digest.ground.database.engine import Database
from digest.papers.store import unused
from digest.subscribers.store import events


@dataclass(frozen=True, slots=True)
class Keeping:
    """How many days things are kept; 0 means for ever.

    details: replies, times and attempts of deliveries. changes: what readers changed in their
    preferences. papers: lists, and papers that are in no edition and have no vote.
    """

    details: int
    changes: int
    papers: int


@dataclass(frozen=True, slots=True)
class LetGo:
    """How much was let go of: deliveries thinned, events, lists and papers deleted."""

    deliveries: int = 0
    changes: int = 0
    lists: int = 0
    papers: int = 0

    def to_json(self) -> dict[str, int]:
        """Return it as programs read it."""
        return asdict(self)


def let_go(database: Database, keeping: Keeping, clock: Callable[[], datetime]) -> LetGo:
    """Let go of what is older; what a call has no time for is left to the next one."""
    changes = lists = papers = 0
    deliveries = thinning.thin(database, keeping.details, clock)
    if keeping.changes:
        with database.write() as session:
            changes = events.delete_old(session, clock() - timedelta(days=keeping.changes))
    if keeping.papers:
        with database.write() as session:
            before = clock().date() - timedelta(days=keeping.papers)
            lists, papers = unused.delete_before(session, before)
    return LetGo(deliveries, changes, lists, papers)
