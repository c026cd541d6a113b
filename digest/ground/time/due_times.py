"""Local time: the one place of the code that knows time zones, and when readers want mail.

A reader has one mail in each *period*: their local date (daily; on weekdays only from Monday to
Friday) or their ISO week (weekly). It is due at their hour of that date, or of the weekday of that
week, and from then on until the period is over.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from digest.model import Cadence, DeliverySchedule
from digest.setting_kinds import time_zones

_SATURDAY = 5
_DAY = timedelta(days=1)
EARLIEST_ZONE = "Etc/GMT-14"  # where every date begins


class Period(NamedTuple):
    """One period of a schedule.

    key: names it: "2026-11-21", or "2026-W47" for a week. first: its first local date; whoever was
    served on that date or a later one has had its mail. due_at: UTC; before it nothing is due.
    """

    key: str
    first: date
    due_at: datetime


def period(schedule: DeliverySchedule, now: datetime) -> Period | None:
    """Return the period that `now` lies in; None on a weekend for those who want weekdays only."""
    return _period_of(schedule, local_date(schedule.timezone, now))


def next_due(schedule: DeliverySchedule, after: datetime) -> datetime:
    """Return the first moment after `after` at which a mail of this schedule is due (UTC)."""
    day = local_date(schedule.timezone, after) - _DAY
    while (found := _period_of(schedule, day)) is None or found.due_at <= after:
        day += _DAY
    return found.due_at


def is_awake(schedule: DeliverySchedule, now: datetime) -> bool:
    """Whether the reader's hour of the day has come: late mail waits for it on each day."""
    hour = _moment(local_date(schedule.timezone, now), schedule.hour, ZoneInfo(schedule.timezone))
    return hour is not None and now >= hour


def known_zone(zone: str, otherwise: str) -> str:
    """Return the zone if there is such a one, else the other: zones are renamed, and go."""
    return zone if zone in time_zones() else otherwise


def local_date(zone: str, now: datetime) -> date:
    """Return the date that a calendar in this zone shows."""
    return now.astimezone(ZoneInfo(zone)).date()


def start_of(day: date, zone: str) -> datetime:
    """Return midnight of a date in a zone, in UTC; in a DST gap the moment of the jump."""
    return _at(day, 0, zone)


def send_time(on: date, *, hour: int, zone: str, now: datetime) -> datetime:
    """Return when an edition that opens now is due: the newest `hour` o'clock in `zone`.

    It is never before that hour of the edition's own date. Lateness counts from it; the Date of a
    message is decided with its delivery. now: aware. The answer is in UTC. In a DST gap the hour is
    the one after the jump.
    """
    day = now.astimezone(ZoneInfo(zone)).date()
    while (newest := _at(day, hour, zone)) > now:  # at most twice: a zone may leave out a day
        day -= timedelta(days=1)
    return max(newest, _at(on, hour, zone))


def _period_of(schedule: DeliverySchedule, day: date) -> Period | None:
    """Return the period that a local date lies in; None for one that has no mail, or no such day.

    Where a zone leaves out the weekday of a weekly mail, the next day of that week takes its place,
    and the day before it where the week has no next one.
    """
    zone = ZoneInfo(schedule.timezone)
    if schedule.cadence is not Cadence.WEEKLY:
        due_at = _moment(day, schedule.hour, zone)
        rests = schedule.cadence is Cadence.WEEKDAYS and day.weekday() >= _SATURDAY
        return None if due_at is None or rests else Period(day.isoformat(), day, due_at)
    monday = day - day.weekday() * _DAY
    order = (*range(schedule.weekday, 7), *range(schedule.weekday - 1, -1, -1))
    due_at = _first(_moment(monday + place * _DAY, schedule.hour, zone) for place in order)
    year, week, _ = day.isocalendar()
    return None if due_at is None else Period(f"{year}-W{week:02}", monday, due_at)


def _first(moments: Iterable[datetime | None]) -> datetime | None:
    return next((moment for moment in moments if moment is not None), None)


def _moment(day: date, hour: int, zone: ZoneInfo) -> datetime | None:
    """Return when it is `hour` o'clock on a local date, in UTC; None when there is no such date.

    An hour that comes twice counts the first time. One that the clocks leave out is the one after
    the jump, or before it where the jump leads into the next day (Nuuk, 30 March 2024, 23:00).
    """
    for fold in (0, 1):
        moment = datetime.combine(day, time(hour, fold=fold), zone).astimezone(UTC)
        if moment.astimezone(zone).date() == day:
            return moment
    return None


def _at(day: date, hour: int, zone: str) -> datetime:
    return datetime.combine(day, time(hour), ZoneInfo(zone)).astimezone(UTC)
