"""Count by day: days that are over are kept once, and only the others are counted when asked.

What is counted happens at the moment at which it is written down, so a day that has been over for
`SETTLED` gets nothing more. What is kept outlives the rows that it was counted from.
"""

from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from digest.ground.database.engine import Database
from digest.ground.database.statements import chunks
from digest.ground.time.due_times import local_date, start_of
from digest.statistics.store import daily_counts

Count = Callable[[Session, datetime, datetime], Counter[str]]
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
    return {day: kept[day] if day in kept else count(session, *_bounds(day, zone)) for day in days}


def keep(database: Database, subject: str, count: Count, zone: str, now: datetime) -> int:
    """Keep the counts of MOST_DAYS days that are over, those not kept yet; return how many."""
    over = list_days(zone, now - SETTLED, MOST_DAYS)[:-1]
    with database.read() as session:
        kept = daily_counts.load(session, subject, over[0], over[-1])
    missing = [day for day in over if day not in kept]
    for some in chunks(missing, _AT_ONCE):
        with database.write() as session:
            for day in some:
                found = count(session, *_bounds(day, zone))
                daily_counts.keep(session, subject, day, found, now)
    return len(missing)


def _bounds(day: date, zone: str) -> tuple[datetime, datetime]:
    return start_of(day, zone), start_of(day + timedelta(days=1), zone)
