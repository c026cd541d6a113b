"""When something is wrong enough to tell the operator, and in which words."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from digest.model import DeliveryState, Stop, StopKind

MOST_FAILED = 0.05  # of a run's mails; addresses go bad every day
MOST_DEFERRED = 0.5  # they are tried again, so only many of them mean something
FAILING_FOR = timedelta(hours=24)
SILENT_FOR = timedelta(days=4)  # a long weekend brings no list
_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Alert:
    """Something that the operator should know. name: the same trouble has the same one each day.

    title: a line. text: what is known. remedy: what to do.
    """

    name: str
    title: str
    text: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Standing:
    """What tells whether the editions come out. waiting: batches that should have been sent.

    stopped: whether the newest edition is held, paused or cancelled.
    """

    readers: int
    newest_dump: date | None
    newest_edition: date | None
    waiting: int
    stopped: bool = False


def run_trouble(outcomes: Mapping[DeliveryState, int], *, balanced: bool) -> str:
    """Say what was wrong with a run as a whole; empty when nothing was.

    Single mails that fail or wait are in the ledger and need nobody's attention.
    """
    if not balanced:
        return "the ledger does not add up"
    skipped = outcomes.get(DeliveryState.SKIPPED, 0)
    total = sum(outcomes.values()) - skipped
    failed = outcomes.get(DeliveryState.FAILED, 0) + outcomes.get(DeliveryState.UNCERTAIN, 0)
    deferred = outcomes.get(DeliveryState.DEFERRED, 0)
    if failed > total * MOST_FAILED:
        return f"{failed} of {total} mails failed, or nobody knows whether they arrived"
    if deferred > total * MOST_DEFERRED:
        return f"{deferred} of {total} mails were put off"
    return ""


def run_remedy(report: Mapping[str, Any]) -> str:
    """Say what to do about a run in trouble; report: what it left, with its error if it broke off.

    Only mails that were tried can be looked up in the ledger.
    """
    if "error" not in report:
        return "See `digest deliveries --state failed` (or deferred, uncertain) and the log."
    hint = f"{report['hint']}. " if report.get("hint") else "See the log. "
    return f"{hint}The next send that ends well ends this: `digest send` goes on where it stopped."


def expected_edition(now: datetime, zone: ZoneInfo, send_hour: int, deadline_hours: int) -> date:
    """Return the newest date whose edition should be out: its deadline has passed."""
    day = now.astimezone(zone).date()
    grace = timedelta(hours=deadline_hours)
    while True:
        sends_at = datetime(day.year, day.month, day.day, send_hour, tzinfo=zone)
        if now.timestamp() >= sends_at.timestamp() + grace.total_seconds():
            return day
        day -= timedelta(days=1)


def late_edition(expected: date, standing: Standing) -> Alert | None:
    """Say that the edition of a date is not out although its deadline has passed.

    Nothing is late without readers, before the first dump, or on a Saturday or Sunday for which no
    dump came: the lists are not made on these days. An edition that is stopped is not late: that it
    is stopped is a trouble of its own, or was wanted.
    """
    newest, dump = standing.newest_edition, standing.newest_dump
    if not standing.readers or (newest is None and dump is None):
        return None
    if newest is not None and newest >= expected:
        if newest > expected or not standing.waiting or standing.stopped:
            return None
        text = f"The edition of {newest} is open, and {waits(standing.waiting)}."
        remedy = (
            "See `digest status` and the log; it goes on where it stopped with "
            f"`digest send --date {newest}`."
        )
    elif dump is not None and dump >= expected:
        text = f"The dump of {dump} is there, but its edition was not opened."
        remedy = "See that the clock runs (`digest status`), or run `digest send`."
    elif expected.weekday() >= _SATURDAY:
        return None
    else:
        text = f"No dump came for this date; the newest is of {dump or 'no date'}."
        remedy = "See the sources and the inbox folder, or load one: `digest ingest FILE`."
    return Alert("edition", f"The edition of {expected} is not out", text, remedy)


def waits(batches: int) -> str:
    """Say how much mail waits, as far as that is known without counting it."""
    each = "of up to 500 mails"
    return f"1 batch {each} waits" if batches == 1 else f"{batches} batches {each} wait"


def stopped_edition(day: date, stop: Stop, batches: int) -> Alert:
    """Say that an edition is paused, or held by the check before a send, and what it waits for."""
    rest = waits(batches) if batches else "nobody was planned for it yet"
    text = f"Since {stop.since:%Y-%m-%d %H:%M} UTC ({rest}): {stop.reason}"
    cancel = f"end it with `digest send --cancel --date {day}`"
    if stop.kind is StopKind.PAUSED:
        name, title = "paused", f"The edition of {day} is paused"
        failed = f"`digest deliveries --date {day} --state failed` lists what failed of it. "
        remedy = (
            f"{failed if batches else ''}Let it go on with "
            f"`digest send --resume --date {day}`, or {cancel}."
        )
    else:
        name, title = "check", f"The edition of {day} is held by the check before a send"
        remedy = (
            f"`digest lint --date {day}` says what to mend. It is checked again with each send; to "
            f"send it as it is: `digest send --force --date {day}`. Or {cancel}."
        )
    return Alert(f"{name} {day}", title, text, remedy)


def stale_source(
    name: str,
    now: datetime,
    last_new_at: datetime | None,
    failing_since: datetime | None,
    error: str,
) -> Alert | None:
    """Say that a live source fails for a day, or has had nothing new for days."""
    remedy = "See `digest status`; the editions go on from what the other sources bring."
    if failing_since is not None and now - failing_since > FAILING_FOR:
        text = f"Since {failing_since:%Y-%m-%d %H:%M} UTC: {error}"
    elif last_new_at is not None and now - last_new_at > SILENT_FOR:
        text = f"It brought its last new list at {last_new_at:%Y-%m-%d %H:%M} UTC."
    else:
        return None
    return Alert(f"source {name}", f"The source “{name}” brings nothing new", text, remedy)
