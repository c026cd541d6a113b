"""How the number of readers grows, by day; days that are over are summed up once."""

from datetime import datetime, timedelta

from digest.ground.database.engine import Database
from digest.ground.time.due_times import local_date
from digest.model import SubscriberState
from digest.statistics.store import reader_days
from digest.statistics.store.reader_days import ReaderDay

_DAY = timedelta(days=1)
_AT_ONCE = 400  # days that one call sums up
_NOW_KNOWN = (SubscriberState.ACTIVE, SubscriberState.PAUSED, SubscriberState.PENDING)


def sum_up(database: Database, zone: str, now: datetime) -> int:
    """Keep the sums of the days that are over and were not summed up; return how many days.

    How many readers there are is only known of yesterday. Again is harmless; what one call has no
    time for is left to the next one.
    """
    today = local_date(zone, now)
    with database.write() as session:
        last = reader_days.last_day(session)
        if last is None:
            first = reader_days.first_event(session)
            start = local_date(zone, first) if first else today
        else:
            start = last + _DAY
        count = min(max((today - start).days, 0), _AT_ONCE)
        over = [start + _DAY * number for number in range(count)]
        days = [reader_days.count_day(session, day, zone) for day in over]
        if days and days[-1].day == today - _DAY:
            states = reader_days.count_states(session)
            active, paused, pending = (states.get(state.value, 0) for state in _NOW_KNOWN)
            days[-1] = days[-1]._replace(active=active, paused=paused, pending=pending)
        reader_days.add(session, days)
    return len(days)


def growth(database: Database, zone: str, now: datetime, days: int) -> list[ReaderDay]:
    """Return the last days up to today, the oldest first; a day without a sum is counted now.

    Only days since the first that was summed up are there, and today.
    """
    today = local_date(zone, now)
    with database.read() as session:
        found = reader_days.listed(session, today - _DAY * (days - 1))
        return [*found, reader_days.count_day(session, today, zone)]
