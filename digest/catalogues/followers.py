"""Count who follows each topic now and then, so that no page has to read all readers for it."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from digest.catalogues.store import followers
from digest.ground.database.engine import Database

COUNTED_EVERY = timedelta(hours=1)


def count_followers(database: Database, topics: Iterable[str], now: datetime) -> bool:
    """Count the active readers of each topic, unless that was done lately; whether it was done.

    topics: slugs that are kept also when nobody follows them.
    """
    with database.read() as session:
        _, before = followers.kept(session)
        if before is not None and timedelta() <= now - before < COUNTED_EVERY:
            return False
        counts = followers.count_all(session)
    with database.write() as session:
        followers.keep(session, dict.fromkeys(topics, 0) | counts, now)
    return True
