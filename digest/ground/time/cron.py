"""Schedules in cron syntax: five fields, read once, asked for the fires around a moment.

    minute (0-59)  hour (0-23)  day of the month (1-31)  month (1-12)  weekday (0-7 or sun-sat)

A field is `*`, a number, a range `a-b`, a list `a,b`, each with a step `/n`. As in cron, when both
days are restricted one of them suffices; 0 and 7 are Sunday. Times are local: an hour that the
clocks leave out fires after the jump, one that comes twice fires once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from digest.errors import InputError

_NAMES = {"sun": 0, "mon": 1, "tue": 2, "wed": 3, "thu": 4, "fri": 5, "sat": 6}
_FIELDS = (
    ("minute", 0, 59),
    ("hour", 0, 23),
    ("day", 1, 31),
    ("month", 1, 12),
    ("weekday", 0, 7),
)
_FARTHEST = timedelta(days=366 * 8 + 1)  # from one 29 February to the next, over 2100


@dataclass(frozen=True, slots=True)
class Cron:
    """A schedule in a time zone; `text` is what it was read from."""

    text: str
    zone: str
    times: Sequence[time]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    either_day: bool

    def next_after(self, moment: datetime) -> datetime:
        """Return the first fire after a moment (UTC)."""
        day = self._local(moment) - timedelta(days=1)
        while True:
            if self._is_day(day):
                for fire in self._fires(day):
                    if fire > moment:
                        return fire
            day += timedelta(days=1)

    def last_before(self, moment: datetime) -> datetime:
        """Return the last fire up to a moment, itself included (UTC)."""
        day = self._local(moment) + timedelta(days=1)
        while True:
            if self._is_day(day):
                for fire in reversed(self._fires(day)):
                    if fire <= moment:
                        return fire
            day -= timedelta(days=1)

    def _local(self, moment: datetime) -> date:
        return moment.astimezone(ZoneInfo(self.zone)).date()

    def _fires(self, day: date) -> list[datetime]:
        zone = ZoneInfo(self.zone)
        return sorted({datetime.combine(day, at, zone).astimezone(UTC) for at in self.times})

    def _is_day(self, day: date) -> bool:
        by_month = day.day in self.days
        by_week = day.isoweekday() % 7 in self.weekdays
        wanted = by_month or by_week if self.either_day else by_month and by_week
        return wanted and day.month in self.months


@cache
def parse_cron(text: str, zone: str) -> Cron:
    """Read a schedule; InputError says what is wrong with it."""
    fields = text.lower().split()
    if len(fields) != len(_FIELDS):
        raise InputError(f"{text!r} has {len(fields)} fields, not five such as in '0 6 * * *'")
    pairs = zip(fields, _FIELDS, strict=True)
    minutes, hours, days, months, weekdays = (_numbers(word, *field) for word, field in pairs)
    found = Cron(
        " ".join(fields),
        zone,
        [time(hour, minute) for hour in sorted(hours) for minute in sorted(minutes)],
        days,
        months,
        frozenset(day % 7 for day in weekdays),
        either_day=not fields[2].startswith("*") and not fields[4].startswith("*"),
    )
    if not found.either_day and not any(
        found._is_day(date(2096, 1, 1) + timedelta(days=step)) for step in range(_FARTHEST.days)
    ):
        raise InputError(f"{text!r} never comes: no month has such a day")
    return found


def _numbers(field: str, name: str, least: int, most: int) -> frozenset[int]:
    found: set[int] = set()
    for item in field.split(","):
        span, slash, step = item.partition("/")
        first, dash, last = span.partition("-")
        if span == "*":
            start, end = least, most
        else:
            start = _number(first, item, name, least, most)
            end = _number(last, item, name, least, most) if dash else (most if slash else start)
        if start > end:
            raise InputError(f"{name}: {item!r} ends before it begins")
        found.update(range(start, end + 1, _number(step, item, name, 1, most) if slash else 1))
    return frozenset(found)


def _number(word: str, item: str, name: str, least: int, most: int) -> int:
    if name == "weekday" and word in _NAMES:
        return _NAMES[word]
    if not (word.isascii() and word.isdigit() and least <= int(word) <= most):
        raise InputError(f"{name}: {item!r} is not made of numbers from {least} to {most}")
    return int(word)
