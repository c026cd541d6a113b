"""Which of the past editions a schedule would have had, and how much that is in a week. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from digest.ground.time.due_times import period
from digest.model import Cadence, DeliverySchedule

PERIODS_A_WEEK = {Cadence.DAILY: 7, Cadence.WEEKDAYS: 5, Cadence.WEEKLY: 1}
_NOON = time(12, tzinfo=UTC)
_DAY = timedelta(days=1)


def editions_had(
    days: Sequence[date],
    schedule: DeliverySchedule,
    is_fresh: Callable[[date, datetime], bool],
) -> list[date | None]:
    """Return the date of the edition of each period, oldest first; None for one without any.

    days: the dates of the editions, oldest first. The periods are those that began, and whose mail
    was due, between the first and the last of them. is_fresh: whether an edition may still go out
    (`Freshness.allows`). As in planning, a period has the newest edition on its first day that has
    a fresh one, and no edition comes twice. Each edition counts as open on its date when the mail
    is due: hour and zone make no difference.
    """
    if not days:
        return []
    anywhere = replace(schedule, hour=0, timezone="UTC")
    begin = datetime.combine(days[0], time(), UTC)
    found: dict[str, date | None] = {}
    place = 0
    for day in _calendar(days[0], days[-1]):
        while place + 1 < len(days) and days[place + 1] <= day:
            place += 1
        now = datetime.combine(day, _NOON)
        one = period(anywhere, now)
        if one is None or not begin <= one.due_at <= now or found.get(one.key):
            continue
        newest = days[place]
        is_new = newest not in found.values() and is_fresh(newest, now)
        found[one.key] = newest if is_new else None
    return list(found.values())


def a_week(counts: Sequence[int], cadence: Cadence) -> float | None:
    """Return how many a week come, from how many came in each period; None if that cannot be said.

    The first period counts for nothing: its mail has the choice among all that an edition kept of
    the days before, and so brings more than those that follow.
    """
    later = counts[1:]
    return PERIODS_A_WEEK[cadence] * sum(later) / len(later) if later else None


def _calendar(first: date, last: date) -> list[date]:
    return [first + number * _DAY for number in range((last - first).days + 1)]
