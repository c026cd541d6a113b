"""What has to be done to subscriptions when time has passed; whoever has a clock calls it."""

from dataclasses import dataclass
from datetime import datetime

from digest.ground.database.engine import Database
from digest.subscribers.opt_in import forget_unconfirmed
from digest.subscribers.rules.asking import REFUSED_FOR, SILENCE
from digest.subscribers.store import asked_addresses
from digest.subscribers.update_preferences import resume_rested


@dataclass(frozen=True, slots=True)
class Tidied:
    """How many addresses were forgotten, and how many pauses have ended."""

    forgotten: int
    resumed: int


def tidy(database: Database, now: datetime) -> Tidied:
    """Forget who did not confirm for a week, and resume who paused until now; again is harmless.

    On SQLite the write-ahead log is emptied afterwards: it still holds those who were erased.
    """
    with database.write() as session:
        asked_addresses.forget_silent(session, asked=now - SILENCE, refused=now - REFUSED_FOR)
    tidied = Tidied(forget_unconfirmed(database, now), resume_rested(database, now))
    database.fold_log(wait_seconds=1)
    return tidied
