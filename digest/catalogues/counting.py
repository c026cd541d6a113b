"""Count who follows each topic now and then, so that no page has to read all readers for it."""

from datetime import datetime, timedelta

from digest.catalogues.store import followers
from digest.ground.database.engine import Database

COUNTED_EVERY = timedelta(hours=1)


def count_followers(database: Database, now: datetime, *, every: timedelta = COUNTED_EVERY) -> bool:
    """Count the active readers of each topic, unless that was done lately; whether it was done."""
    with database.read() as session:
        _, before = followers.kept(session)
        if before is not None and timedelta() <= now - before < every:
            return False
        counts = followers.count_all(session)
    with database.write() as session:
        followers.keep(session, counts, now)
    return True
