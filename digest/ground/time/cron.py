"""Schedules in cron syntax, in a time zone: the fires around a moment. cronsim reads the syntax.

Where clocks are changed, the distinction is that of Debian's cron (cron(8)). A schedule whose
minute or hour begins with `*` goes by the time that passes: it goes on when clocks go back. A fixed
time that comes twice fires the first time. A fixed hour that the clocks leave out fires right after
the jump.
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
_LONGEST_SHIFT = timedelta(hours=3)  # of clocks; Antarctica/Troll shifts by two hours
_MINUTE = timedelta(minutes=1)
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
            fires = self._moments(wall_time)
            yield from fires
            if fires and (wall_time < end if reverse else wall_time > end):
                return

    def _moments(self, wall_time: datetime) -> list[datetime]:
        """Return when a time on the wall counts: mostly once; twice or never where clocks change.

        A fixed hour that the clocks leave out counts at the first minute after the jump. It counts
        never where a whole day is left out: who waits for that date waits for the next one.
        """
        zone = ZoneInfo(self.zone)
        minute, hour, *_ = self.text.split()
        first, second = _shown(wall_time, zone)
        if first > second:  # no clock shows it
            counts = not hour.startswith("*") and first - second <= _LONGEST_SHIFT
            return [_after_jump(wall_time, zone)] if counts else []
        comes_again = second > first and (minute.startswith("*") or hour.startswith("*"))
        return [first, second] if comes_again else [first]


def _shown(wall_time: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return when a clock on the wall shows a time, for the first and for the last time (UTC).

    Of a time that is left out, the first is after the second (PEP 495).
    """
    first, second = (wall_time.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    return first, second


def _after_jump(wall_time: datetime, zone: ZoneInfo) -> datetime:
    """Return the first minute that clocks show after they have left out a time (UTC)."""
    while True:
        wall_time += _MINUTE
        first, second = _shown(wall_time, zone)
        if first <= second:
            return first


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
