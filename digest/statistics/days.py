"""Count by day: days that are over are kept once, and only the others are counted when asked.

What happens on a day is written down at once, so a day that has been over for `SETTLED` gets
nothing more; for what comes in later, `keep` takes longer to be told. What is kept outlives the
rows that it was counted from.
"""

from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from digest.ground.database.engine import Database
from digest.ground.database.statements import chunks
from digest.ground.time.due_times import local_date
from digest.statistics.store import daily_counts

Count = Callable[[Session, date, str], Counter[str]]  # of a day in a time zone
First = Callable[[Session, str], date | None]  # a day before which there is nothing to count
SETTLED = timedelta(hours=1)  # transactions that began on the day have ended
MOST_DAYS = 400
_AT_ONCE = 20  # days in a transaction


def list_days(zone: str, now: datetime, days: int) -> list[date]:
    """Return so many dates in a time zone, the last of them today's."""
    today = local_date(zone, now)
    return [today - timedelta(days=back) for back in reversed(range(days))]


def load(
    session: Session, subject: str, count: Count, days: list[date], zone: str
) -> dict[date, Counter[str]]:
    """Return the counts of days, which follow each other: those that are kept, and the others."""
    kept = daily_counts.load(session, subject, days[0], days[-1])
    return {day: kept[day] if day in kept else count(session, day, zone) for day in days}


def keep(
    database: Database,
    subject: str,
    count: Count,
    first: First,
    zone: str,
    now: datetime,
    settled: timedelta = SETTLED,
) -> int:
    """Keep the counts of MOST_DAYS days that are over, those not kept yet; return how many.

    settled: how long after its end a day gets nothing more. Days before `first` are kept as empty
    at once; a new service has several hundred of them.
    """
    over = list_days(zone, now - settled, MOST_DAYS)[:-1]
    with database.read() as session:
        kept = daily_counts.load(session, subject, over[0], over[-1])
        begins = first(session, zone) or over[-1] + timedelta(days=1)
    missing = [day for day in over if day not in kept]
    if before := [day for day in missing if day < begins]:
        with database.write() as session:
            daily_counts.keep_nothing(session, subject, before, now)
    for some in chunks(missing[len(before) :], _AT_ONCE):
        with database.write() as session:
            for day in some:
                daily_counts.keep(session, subject, day, count(session, day, zone), now)
    return len(missing)
