"""What is wrong at the moment: a list of small watchers, each looking at one thing."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from digest.delivery.store import batches, stops
from digest.editions.open_edition import Freshness
from digest.editions.store import editions
from digest.ground.database.engine import Database
from digest.model import SubscriberState
from digest.operations.rules.alerts import (
    Alert,
    Standing,
    expected_edition,
    late_edition,
    run_remedy,
    stale_source,
    stopped_edition,
    waits,
)
from digest.operations.store import status
from digest.runs.store import runs
from digest.settings import Settings
from digest.subscribers.store import subscribers


@dataclass(frozen=True, slots=True)
class Watch:
    """What a watcher looks with."""

    session: Session
    settings: Settings
    now: datetime


def edition_is_out(watch: Watch) -> list[Alert]:
    """The day's edition is out by its deadline."""
    settings, session = watch.settings, watch.session
    if not settings.deadline_hours:
        return []
    expected = expected_edition(
        watch.now, ZoneInfo(settings.timezone), settings.send_hour, settings.deadline_hours
    )
    newest = status.newest_edition(session)
    found = Standing(
        readers=subscribers.counts(session).get(SubscriberState.ACTIVE, 0),
        newest_dump=editions.newest_dump_date(session),
        newest_edition=editions.newest(session),
        waiting=status.count_waiting(session, watch.now).batches,
        stopped=newest is not None and stops.stop_of(session, newest) is not None,
    )
    trouble = late_edition(expected, found)
    return [trouble] if trouble else []


def runs_end_well(watch: Watch) -> list[Alert]:
    """The newest send ended without trouble.

    One that did nothing since its edition was stopped is none: see `nothing_is_stopped`.
    """
    for run in runs.list_newest(watch.session, 1, kind="send"):
        refused = run.report.get("stopped") and not run.report.get("run")
        if run.trouble and not refused:
            text = f"Run {run.name} of {run.started_at:%Y-%m-%d %H:%M} UTC: {run.trouble}"
            return [Alert("run", "The newest run ended in trouble", text, run_remedy(run.report))]
    return []


def ticks_end_well(watch: Watch) -> list[Alert]:
    """No tick of the clock ended in an error the last time."""
    return [
        Alert(
            f"tick {task.name}",
            f"The clock's tick “{task.name}” fails",
            f"It was started at {task.started:%Y-%m-%d %H:%M} UTC: {task.error}"
            if task.started
            else task.error,
            "See `digest status` and the log.",
        )
        for task in status.list_tasks(watch.session)
        if task.error
    ]


def nothing_is_held(watch: Watch) -> list[Alert]:
    """No edition with mails to send became too old to send by itself."""
    fresh = Freshness(timedelta(hours=watch.settings.stale_after), watch.settings.timezone)
    stopped = {day for day, _, _ in stops.stopped(watch.session)}
    return [
        Alert(
            f"held {day}",
            f"The edition of {day} is held",
            f"It became too old to go out by itself (DIGEST_STALE_AFTER), and {waits(count)}.",
            f"If it should still go out: `digest send --date {day}`; if not, "
            f"`digest send --cancel --date {day}`.",
        )
        for day, count in batches.due_editions(watch.session, watch.now).items()
        if not fresh.allows(day, watch.now) and day not in stopped
    ]


def nothing_is_stopped(watch: Watch) -> list[Alert]:
    """No edition is paused, by the operator or by what watches a send, or held by its check."""
    return [stopped_edition(*each) for each in stops.stopped(watch.session)]


def sources_bring_news(watch: Watch) -> list[Alert]:
    """No live source has failed, repeated itself or been silent for days."""
    found = (
        stale_source(each.name, watch.now, each.last_new_at, each.failing_since, each.error)
        for each in status.sources(watch.session)
    )
    return [trouble for trouble in found if trouble]


WATCHERS: tuple[Callable[[Watch], list[Alert]], ...] = (
    edition_is_out,
    runs_end_well,
    ticks_end_well,
    nothing_is_held,
    nothing_is_stopped,
    sources_bring_news,
)


def look(database: Database, settings: Settings, now: datetime) -> list[Alert]:
    """Return everything that is wrong now."""
    with database.read() as session:
        return troubles_now(Watch(session, settings, now))


def troubles_now(watch: Watch) -> list[Alert]:
    """Return what all watchers see."""
    return [trouble for watcher in WATCHERS for trouble in watcher(watch)]
