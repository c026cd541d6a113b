"""When something is wrong enough to tell the operator, and in which words."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from digest.model import State

MOST_FAILED = 0.05  # of a run's mails; addresses go bad every day
MOST_DEFERRED = 0.5  # they are tried again, so only many of them mean something
FAILING_FOR = timedelta(hours=24)
SILENT_FOR = timedelta(days=4)  # a long weekend brings no list
_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that the operator should know. name: the same trouble has the same one each day.

    title: a line. text: what is known. remedy: what to do.
    """

    name: str
    title: str
    text: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Standing:
    """What tells whether the editions come out. waiting: batches that should have been sent."""

    readers: int
    newest_dump: date | None
    newest_edition: date | None
    waiting: int


def run_trouble(outcomes: Mapping[State, int], *, balanced: bool) -> str:
    """Say what was wrong with a run as a whole; empty when nothing was.

    Single mails that fail or wait are in the ledger and need nobody's attention.
    """
    if not balanced:
        return "the ledger does not add up"
    skipped = outcomes.get(State.SKIPPED, 0)
    total = sum(outcomes.values()) - skipped
    failed = outcomes.get(State.FAILED, 0) + outcomes.get(State.UNCERTAIN, 0)
    deferred = outcomes.get(State.DEFERRED, 0)
    if failed > total * MOST_FAILED:
        return f"{failed} of {total} mails failed, or nobody knows whether they arrived"
    if deferred > total * MOST_DEFERRED:
        return f"{deferred} of {total} mails were put off"
    return ""


def expected_edition(now: datetime, zone: ZoneInfo, send_hour: int, deadline_hours: int) -> date:
    """Return the newest date whose edition should be out: its deadline has passed."""
    day = now.astimezone(zone).date()
    grace = timedelta(hours=deadline_hours)
    while True:
        sends_at = datetime(day.year, day.month, day.day, send_hour, tzinfo=zone)
        if now.timestamp() >= sends_at.timestamp() + grace.total_seconds():
            return day
        day -= timedelta(days=1)


def late_edition(expected: date, standing: Standing) -> Trouble | None:
    """Say that the edition of a date is not out although its deadline has passed.

    Nothing is late without readers, before the first dump, or on a Saturday or Sunday for which no
    dump came: the lists are not made on these days.
    """
    newest, dump = standing.newest_edition, standing.newest_dump
    if not standing.readers or (newest is None and dump is None):
        return None
    if newest is not None and newest >= expected:
        if newest > expected or not standing.waiting:
            return None
        text = f"The edition of {newest} is open, and {standing.waiting} batches of it wait."
        remedy = "See `digest status` and the log; `digest send` goes on where it stopped."
    elif dump is not None and dump >= expected:
        text = f"The dump of {dump} is there, but its edition was not opened."
        remedy = "See that the clock runs (`digest status`), or run `digest send`."
    elif expected.weekday() >= _SATURDAY:
        return None
    else:
        text = f"No dump came for this date; the newest is of {dump or 'no date'}."
        remedy = "See the sources and the inbox folder, or load one: `digest ingest FILE`."
    return Trouble("edition", f"The edition of {expected} is not out", text, remedy)


def stale_source(
    name: str,
    now: datetime,
    last_new_at: datetime | None,
    failing_since: datetime | None,
    error: str,
) -> Trouble | None:
    """Say that a live source fails for a day, or has had nothing new for days."""
    remedy = "See `digest status`; the editions go on from what the other sources bring."
    if failing_since is not None and now - failing_since > FAILING_FOR:
        text = f"Since {failing_since:%Y-%m-%d %H:%M} UTC: {error}"
    elif last_new_at is not None and now - last_new_at > SILENT_FOR:
        text = f"It brought its last new list at {last_new_at:%Y-%m-%d %H:%M} UTC."
    else:
        return None
    return Trouble(f"source {name}", f"The source “{name}” brings nothing new", text, remedy)
