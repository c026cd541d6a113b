"""Local time: the one place of the code that knows time zones."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


def send_time(on: date, *, hour: int, zone: str, now: datetime) -> datetime:
    """Return the Date of an edition's messages: the newest `hour` o'clock in `zone` up to `now`.

    It is never before that hour of the edition's own date. So it depends on the day and not on
    the minute: a dry run in the morning and the send at noon write the same bytes, and an edition
    that is sent late still carries a Date near its sending (receivers distrust old ones).
    now: aware. The answer is in UTC. In a DST gap the hour is the one after the jump.
    """
    day = now.astimezone(ZoneInfo(zone)).date()
    while (newest := _at(day, hour, zone)) > now:  # at most twice: a zone may leave out a day
        day -= timedelta(days=1)
    return max(newest, _at(on, hour, zone))


def _at(day: date, hour: int, zone: str) -> datetime:
    return datetime.combine(day, time(hour), ZoneInfo(zone)).astimezone(UTC)
