"""Thin the ledger: of old editions keep who got which papers, and let the details go."""

from collections.abc import Callable
from datetime import datetime
from time import monotonic

from digest.delivery.store import blocks
from digest.ground.database.engine import Database

MOST_SECONDS = 30.0  # a call; the next one goes on
_AT_ONCE = 100  # batches that are looked for at once


def thin(
    database: Database,
    days: int,
    clock: Callable[[], datetime],
    *,
    seconds: float = MOST_SECONDS,
) -> int:
    """Thin the settled editions that are older than so many days; return how many deliveries.

    days: 0 for never. seconds: after so many the rest is left to the next call. A batch is one
    transaction, and nobody waits for longer than that; to be killed between two is harmless.
    """
    if not days:
        return 0
    ends, thinned = monotonic() + seconds, 0
    limit = blocks.before(clock().date(), days)
    while monotonic() < ends:
        with database.read() as session:
            found = blocks.thinnable(session, limit, _AT_ONCE)
        if not found:
            break
        for edition_id, number in found:
            with database.write() as session:
                thinned += blocks.thin(session, edition_id, number, clock())
    return thinned
