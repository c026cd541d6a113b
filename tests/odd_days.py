"""Every moment from 2024 to 2030 at which the clocks of a time zone are changed."""

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from digest.setting_kinds import time_zones

FIRST, END = datetime(2024, 1, 1, tzinfo=UTC), datetime(2031, 1, 1, tzinfo=UTC)
_STEP, _SECOND = timedelta(days=7), timedelta(seconds=1)  # no zone changes twice within a step


class Change(NamedTuple):
    """zone: one of those that change so. at: UTC. before, after: the offsets from UTC."""

    zone: str
    at: datetime
    before: timedelta
    after: timedelta

    @property
    def wall_time(self) -> datetime:
        """What the clock would show, were it not changed."""
        return (self.at + self.before).replace(tzinfo=None)

    @property
    def shape(self) -> tuple[timedelta, str]:
        return self.after - self.before, f"{self.wall_time:%H:%M}"


@cache
def all_changes() -> tuple[Change, ...]:
    """Of zones that agree on a change, the first by name stands for all."""
    found = {}
    for zone in sorted(time_zones()):
        for change in _changes(zone):
            found.setdefault(change[1:], change)
    return tuple(found.values())


@cache
def one_of_each_shape() -> tuple[Change, ...]:
    """One for each difference and hour of the day."""
    return tuple({change.shape: change for change in reversed(all_changes())}.values())


def offset(moment: datetime, zone: str) -> timedelta:
    return moment.astimezone(ZoneInfo(zone)).utcoffset() or timedelta()


def _changes(zone: str) -> list[Change]:
    found, day, before = [], FIRST, offset(FIRST, zone)
    while day < END:
        after = offset(day + _STEP, zone)
        if after != before:
            found.append(Change(zone, _first_with(zone, day, after), before, after))
            before = after
        day += _STEP
    return found


def _first_with(zone: str, day: datetime, after: timedelta) -> datetime:
    early, late = day, day + _STEP
    while late - early > _SECOND:
        middle = (early + (late - early) / 2).replace(microsecond=0)
        early, late = (early, middle) if offset(middle, zone) == after else (middle, late)
    return late
