"""Decide when to alert the operator, and in which words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from digest.ground.text.counts import counted
from digest.model import DeliveryState, Empty, Stop, StopKind
from digest.operations.rules.outlook import HOW_TO_BRING_PAPERS, NOTHING_BRINGS_PAPERS
from digest.sources.rules.source_state import SourceStatus

MOST_FAILED = 0.05  # of a run's mails; addresses go bad every day
MOST_DEFERRED = 0.5  # they are tried again, so only many of them matter
OUTBOX_PATIENCE = timedelta(minutes=30)
FEWEST_FAILED = 5  # of a day's single mails: people mistype their addresses
_SATURDAY = 5
_WEEKEND_DAYS = 2  # from a Friday's dump to a Sunday
_NO_LIST = (Empty.NO_DUMP, Empty.SOURCE_STALE)
_NAMED = 5  # of a list in an alert


@dataclass(frozen=True, slots=True)
class Alert:
    """Something that the operator should know.

    name: the same every day while it lasts. title: one line. text: what is known. remedy: what to
    do about it.
    """

    name: str
    title: str
    text: str
    remedy: str


@dataclass(frozen=True, slots=True)
class EditionProgress:
    """What tells whether the editions come out.

    waiting: how many batches should have been sent. stopped: whether the newest edition is blocked,
    paused or cancelled. empty: why nothing in it is new, if so. opened_on: when it opened, by the
    calendar of the service; None when it is too old to be mailed. until: when an empty one can no
    longer open.
    """

    readers: bool  # whether anybody gets mail
    newest_dump: date | None
    newest_edition: date | None
    waiting: int
    stopped: bool = False
    empty: Empty | None = None
    opened_on: date | None = None
    until: datetime | None = None

    @property
    def served_on(self) -> date | None:
        """The newest date whose readers have an edition: of that date, or late of one before."""
        if self.newest_edition is None or self.opened_on is None or self.empty:
            return self.newest_edition
        return max(self.newest_edition, self.opened_on)


def judge_run(outcomes: Mapping[DeliveryState, int], *, balanced: bool) -> str:
    """Say what is wrong with a run as a whole; empty when nothing is.

    Single mails that fail or wait are in the ledger and need no attention.
    """
    if not balanced:
        return "the ledger does not add up"
    skipped = outcomes.get(DeliveryState.SKIPPED, 0)
    total = sum(outcomes.values()) - skipped
    failed = outcomes.get(DeliveryState.FAILED, 0) + outcomes.get(DeliveryState.UNCERTAIN, 0)
    deferred = outcomes.get(DeliveryState.DEFERRED, 0)
    if failed > total * MOST_FAILED:
        return f"{failed} of {counted(total, 'mail')} failed, or may not have arrived"
    if deferred > total * MOST_DEFERRED:
        were = "was" if deferred == 1 else "were"
        return f"{deferred} of {counted(total, 'mail')} {were} deferred"
    return ""


def run_remedy(report: Mapping[str, Any]) -> str:
    """Say what to do about a run that went wrong.

    report: what it left behind, with its error if it broke off: then no mails of it are in the
    ledger.
    """
    if "error" not in report:
        return "See `digest deliveries --state failed` (or deferred, uncertain) and the log."
    hint = f"{report['hint']}. " if report.get("hint") else "See the log. "
    return f"{hint}`digest send` continues where it stopped; a send that ends well ends this alert."


def expected_edition(now: datetime, zone: ZoneInfo, send_hour: int, deadline_hours: int) -> date:
    """Return the newest date whose edition should be out: its deadline has passed."""
    day = now.astimezone(zone).date()
    grace = timedelta(hours=deadline_hours)
    while True:
        sends_at = datetime(day.year, day.month, day.day, send_hour, tzinfo=zone)
        if now.timestamp() >= sends_at.timestamp() + grace.total_seconds():
            return day
        day -= timedelta(days=1)


def late_edition(expected: date, progress: EditionProgress) -> Alert | None:
    """Say that the edition of a date is not out although its deadline has passed.

    Nothing is late without readers, before the first dump, or on a Saturday or Sunday without a
    dump: no lists are made on these days. A stopped edition is not late: it has an alert of its
    own, or was cancelled on purpose. One that was closed as no dump came is.
    """
    newest, dump, served = progress.newest_edition, progress.newest_dump, progress.served_on
    if not progress.readers or (newest is None and dump is None):
        return None
    if newest is not None and served is not None and served >= expected:
        if progress.empty in _NO_LIST and newest == expected and not progress.stopped:
            return _no_list(expected, progress)
        if newest > expected or not progress.waiting or progress.stopped:
            return None
        text = f"The edition of {newest} is open, and {batches_wait(progress.waiting)}."
        remedy = f"See `digest status` and the log; continue with `digest send --date {newest}`."
    elif dump is not None and dump >= expected:
        text = f"The dump of {dump} is loaded, but its edition was not opened."
        remedy = "Check that the scheduler runs (`digest status`), or run `digest send`."
    else:
        return _no_list(expected, progress)
    return Alert("edition", f"The edition of {expected} is not out", text, remedy)


def _no_list(expected: date, progress: EditionProgress) -> Alert | None:
    """Say that no list came for a date, and what becomes of its edition."""
    dump = progress.newest_dump
    days = (expected - dump).days if dump else 0
    if expected.weekday() >= _SATURDAY and days <= _WEEKEND_DAYS:
        return None
    age = f", {days} days before" if days > 1 else ""
    text = f"No dump came for this date; the newest is dated {dump or 'no date'}{age}."
    if progress.empty and progress.until:
        text += (
            " So it is closed as empty. It opens if new papers come before "
            f"{progress.until:%Y-%m-%d %H:%M} UTC."
        )
    remedy = "Check the sources and the watched folder, or load a dump: `digest ingest FILE`."
    return Alert("edition", f"The edition of {expected} is not out", text, remedy)


def nothing_brings_papers() -> Alert:
    """Say that readers wait, and that papers can come from nowhere."""
    return Alert(
        "papers",
        "Nothing brings papers",
        f"{NOTHING_BRINGS_PAPERS}.",
        f"{HOW_TO_BRING_PAPERS.capitalize()}.",
    )


def batches_wait(batches: int) -> str:
    """Say how much mail waits, without counting every mail."""
    each = "of up to 500 mails"
    return f"1 batch {each} waits" if batches == 1 else f"{batches} batches {each} wait"


def stopped_edition(day: date, stop: Stop, batches: int) -> Alert:
    """Say that an edition is paused, unapproved or blocked by its check, and what it waits for."""
    rest = batches_wait(batches) if batches else "no mail is planned yet"
    text = f"Since {stop.since:%Y-%m-%d %H:%M} UTC ({rest}): {stop.reason}"
    cancel = f"end it with `digest cancel --date {day}`"
    if stop.kind is StopKind.PAUSED:
        name, title = "paused", f"The edition of {day} is paused"
        failed = f"`digest deliveries --date {day} --state failed` lists what failed of it. "
        remedy = (
            f"{failed if batches else ''}Let it go on with "
            f"`digest resume --date {day}`, or {cancel}."
        )
    elif stop.kind is StopKind.UNAPPROVED:
        name, title = "approval", f"The edition of {day} waits to be approved"
        remedy = (
            f"Look at it: `digest edition show --date {day}`, or the console. Then let it go with "
            f"`digest edition approve --date {day}`, or {cancel}."
        )
    else:
        name, title = "check", f"The pre-flight check blocks the edition of {day}"
        remedy = (
            f"`digest lint --date {day}` says what to fix. Each send checks it again. To send it "
            f"as it is: `digest send --force --date {day}`. Or {cancel}."
        )
    return Alert(f"{name} {day}", title, text, remedy)


def held_mail(reasons: Sequence[str]) -> Alert:
    """Say that all mail is held, as the database is behind. reasons: a line a machine."""
    return Alert(
        "held",
        "All mail is held: the database is behind",
        "It was restored, or a failover lost something, so it does not know who was mailed and who "
        f"has left. {' '.join(reasons)}",
        "On each of these machines: `digest restore --check` says what is missing, `digest restore "
        "--accept` merges what is known and lets mail go on.",
    )


def outbox_waits(waiting: int, since: datetime | None, now: datetime) -> Alert | None:
    """Say that mails to single readers are not even tried. since: when the oldest was written."""
    if since is None or now - since < OUTBOX_PATIENCE:
        return None
    mails = "1 mail waits" if waiting == 1 else f"{waiting:,} mails wait"
    return Alert(
        "outbox",
        "Mails to single readers wait",
        f"{mails}, the oldest since {since:%Y-%m-%d %H:%M} UTC: confirmations, welcomes and such.",
        "See `digest deliveries --kind confirm` and the log. `digest serve`, `run` and `worker` "
        "send them; so does `digest send`.",
    )


def outbox_fails(outcomes: Mapping[DeliveryState, int]) -> Alert | None:
    """Say that most mails to single readers fail or are deferred; outcomes: of the last day's."""
    failed = outcomes.get(DeliveryState.FAILED, 0) + outcomes.get(DeliveryState.DEFERRED, 0)
    tried = sum(outcomes.values()) - outcomes.get(DeliveryState.SKIPPED, 0)
    if failed < FEWEST_FAILED or failed * 2 <= tried:
        return None
    return Alert(
        "outbox failed",
        "Most mails to single readers fail",
        f"{failed} of {counted(tried, 'mail')} of the last day failed or were deferred.",
        "See `digest deliveries --state failed` (or deferred); `digest retry` queues them again.",
    )


def unknown_zones(readers: Mapping[str, int], instead: str) -> Alert:
    """Say that readers are in time zones that do not exist. readers: how many, by zone."""
    named = ", ".join(f"{zone!r} ({count})" for zone, count in sorted(readers.items())[:_NAMED])
    more = f" and {len(readers) - _NAMED} more" if len(readers) > _NAMED else ""
    return Alert(
        "zones",
        "Readers have a time zone that does not exist",
        f"The zones, with their readers: {named}{more}. They get their mail by the clock of "
        f"{instead} (DIGEST_TIMEZONE).",
        "Update the package tzdata. If the zone was renamed, set the new name for these readers.",
    )


def source_alert(source: SourceStatus) -> Alert | None:
    """Say that a live source fails, repeats itself or is silent, once it needs attention."""
    if not source.needs_attention:
        return None
    remedy = "See `digest sources`. Nothing is lost while other sources bring the papers."
    title = f"The source “{source.name}” brings nothing new"
    return Alert(f"source {source.name}", title, f"{source.words}.", remedy)
