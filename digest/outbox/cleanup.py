"""Forget the mails of the outbox that were settled long ago."""

from datetime import datetime, timedelta

from digest.ground.database.engine import Database
from digest.outbox.store import mails

KEPT_FOR = timedelta(days=30)


def forget_settled(database: Database, now: datetime) -> int:
    """Delete the mails that were settled a month ago; return how many. Again is harmless."""
    with database.write() as session:
        return mails.forget_settled(session, now - KEPT_FOR)
