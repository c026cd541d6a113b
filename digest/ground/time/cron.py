"""Schedules in cron syntax, in a time zone: the fires around a moment. cronsim reads the syntax.

When clocks go forward, what the missing hour would have had fires as much after the jump. When they
go back, a fixed hour fires once, the first time; one that begins with `*` goes on through both.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from digest.errors import InputError

_FIELDS = {  # as cronsim calls them: what they are called here, and what they may hold
    "minute": ("minute", "numbers from 0 to 59"),
    "hour": ("hour", "numbers from 0 to 23"),
    "day-of-month": ("day", "numbers from 1 to 31, and a day that one of the months has"),
    "month": ("month", "numbers from 1 to 12, or jan to dec"),
    "day-of-week": ("weekday", "numbers from 0 to 7, or sun to sat; 0 and 7 are Sunday"),
}
_LONGEST_SHIFT = timedelta(hours=3)  # of clocks; those of our time shift by one hour at most
_ANY = datetime(2000, 1, 1)  # noqa: DTZ001 -- cronsim is asked in local time


@dataclass(frozen=True, slots=True)
class Cron:
    """A schedule in a time zone."""

    text: str
    zone: str

    def next_after(self, moment: datetime) -> datetime:
        """Return the first fire after a moment (UTC)."""
        return min(fire for fire in self._fires_near(moment, reverse=False) if fire > moment)

    def last_before(self, moment: datetime) -> datetime:
        """Return the last fire up to a moment, itself included (UTC)."""
        return max(fire for fire in self._fires_near(moment, reverse=True) if fire <= moment)

    def _fires_near(self, moment: datetime, *, reverse: bool) -> Iterator[datetime]:
        """Yield what fires near a moment and at least one fire beyond it, in no exact order."""
        local = moment.astimezone(ZoneInfo(self.zone)).replace(tzinfo=None)
        shift = -_LONGEST_SHIFT if reverse else _LONGEST_SHIFT
        end = local + shift
        for wall_time in CronSim(self.text, local - shift, reverse):
            yield from self._moments(wall_time)
            if wall_time < end if reverse else wall_time > end:
                return

    def _moments(self, wall_time: datetime) -> Iterator[datetime]:
        """Yield when a clock on the wall shows this time; twice when clocks go back over it."""
        zone = ZoneInfo(self.zone)
        first, second = (
            wall_time.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)
        )
        yield first
        if second > first and self.text.split()[1].startswith("*"):
            yield second


def parse_cron(text: str, zone: str) -> Cron:
    """Read a schedule; InputError says what is wrong with it."""
    fields = text.lower().split()
    if len(fields) != len(_FIELDS):
        raise InputError(f"{text!r} has {len(fields)} fields, not five such as in '0 6 * * *'")
    try:
        CronSim(text, _ANY)
    except CronSimError as exc:
        wrong = str(exc).removeprefix("Bad ")
        name, allowed = _FIELDS[wrong]
        word = fields[list(_FIELDS).index(wrong)]
        raise InputError(f"{name}: {word!r} is not made of {allowed}") from None
    return Cron(" ".join(fields), zone)
