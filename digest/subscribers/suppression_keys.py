"""Keep the hashes of suppressed addresses under a key that the newest secret key protects."""

from datetime import datetime

from digest.ground.database.engine import Database
from digest.subscribers.store import suppression_keys


def protect(database: Database, now: datetime) -> int:
    """Put hashes without a key under one, and wrap keys by the newest secret key.

    Return how many rows changed; again is harmless. SettingsError without a secret key, or without
    the former one while it wraps a key.
    """
    with database.read() as session:
        if not suppression_keys.is_needed(session):
            return 0
    with database.write() as session:
        changed = suppression_keys.put_under_key(session, now)
        return changed + suppression_keys.wrap_anew(session)
