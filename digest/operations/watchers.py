"""Find what is wrong now: a list of small watchers, each of which checks one thing."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from digest.bounces.store import feedback
from digest.delivery.store import due_batches, stops
from digest.editions.rules.freshness import Freshness
from digest.editions.store import dump_lists, editions
from digest.ground.database.engine import Database
from digest.ground.time.due_times import local_date
from digest.installation.store import holds
from digest.operations import authentication
from digest.operations import feedback as feedback_figures
from digest.operations.outlook import find_outlook
from digest.operations.rules.alerts import (
    Alert,
    EditionProgress,
    batches_wait,
    expected_edition,
    held_mail,
    late_edition,
    nothing_brings_papers,
    outbox_fails,
    outbox_waits,
    run_remedy,
    source_alert,
    stopped_edition,
    unknown_zones,
)
from digest.operations.rules.feedback_alerts import blocked_alert, share_alerts
from digest.operations.rules.webhook_alerts import disabled_webhooks
from digest.operations.store import status
from digest.outbox.store import figures
from digest.runs.store import runs
from digest.setting_kinds import time_zones
from digest.settings import Settings
from digest.sources.rules.source_state import list_statuses
from digest.sources.store import sources as source_states
from digest.subscribers.store import schedules, subscribers
from digest.webhooks.store import webhooks

if TYPE_CHECKING:
    from digest.sources.kinds import Source


@dataclass(frozen=True, slots=True)
class Watch:
    """What a watcher needs. sources: as in the operator's file."""

    session: Session
    settings: Settings
    sources: "Sequence[Source]"
    now: datetime


def mail_is_not_held(watch: Watch) -> list[Alert]:
    """Check that no machine has seen more than the database knows."""
    held = holds.list_all(watch.session)
    return [held_mail([f"{one.name}: {one.reason}" for one in held])] if held else []


def edition_is_out(watch: Watch) -> list[Alert]:
    """Check that the day's edition is out by its deadline."""
    settings, session = watch.settings, watch.session
    if not settings.deadline_hours:
        return []
    expected = expected_edition(
        watch.now, ZoneInfo(settings.timezone), settings.send_hour, settings.deadline_hours
    )
    newest = editions.newest_standing(session)
    fresh = _freshness(settings)
    is_mailed = newest is not None and fresh.allows(newest.date, watch.now)
    progress = EditionProgress(
        readers=subscribers.any_active(session),
        newest_dump=dump_lists.newest_dump_date(session),
        newest_edition=newest.date if newest else None,
        waiting=status.count_waiting(session, watch.now).batches,
        stopped=newest is not None and stops.stop_of(session, newest.id) is not None,
        empty=newest.empty if newest else None,
        opened_on=local_date(settings.timezone, newest.opened_at) if newest and is_mailed else None,
        until=fresh.ends(newest.date) if newest else None,
    )
    alert = late_edition(expected, progress)
    return [alert] if alert else []


def papers_can_come(watch: Watch) -> list[Alert]:
    """Check that papers came once, or can come from somewhere, if there are readers."""
    found = find_outlook(watch.session, watch.settings, watch.sources, watch.now)
    if found.newest_dump is not None or found.is_fed:
        return []
    return [nothing_brings_papers()] if subscribers.any_active(watch.session) else []


def runs_end_well(watch: Watch) -> list[Alert]:
    """Check that the newest send ended well.

    A send that did nothing because its edition is stopped counts as well: see `nothing_is_stopped`.
    """
    for run in runs.list_newest(watch.session, 1, kind="send"):
        refused = run.report.get("stopped") and not run.report.get("run")
        if run.trouble and not refused:
            text = f"Run {run.name} of {run.started_at:%Y-%m-%d %H:%M} UTC: {run.trouble}"
            return [Alert("run", "The newest run went wrong", text, run_remedy(run.report))]
    return []


def tasks_end_well(watch: Watch) -> list[Alert]:
    """Check that no scheduled task ended in an error the last time."""
    return [
        Alert(
            f"task {task.name}",
            f"The scheduled task “{task.name}” fails",
            f"It was started at {task.started:%Y-%m-%d %H:%M} UTC: {task.error}"
            if task.started
            else task.error,
            "See `digest status` and the log.",
        )
        for task in status.list_tasks(watch.session)
        if task.error
    ]


def nothing_is_stale(watch: Watch) -> list[Alert]:
    """Check that no edition with mails to send became too old to be sent by the scheduler."""
    fresh = _freshness(watch.settings)
    stopped = {day for day, _, _ in stops.stopped(watch.session)}
    return [
        Alert(
            f"stale {day}",
            f"The edition of {day} is stale",
            f"The scheduler no longer sends it (DIGEST_STALE_AFTER), and {batches_wait(count)}.",
            f"To send it anyway: `digest send --date {day}`. To drop it: "
            f"`digest cancel --date {day}`.",
        )
        for day, count in due_batches.due_editions(watch.session, watch.now).items()
        if not fresh.allows(day, watch.now) and day not in stopped
    ]


def nothing_is_stopped(watch: Watch) -> list[Alert]:
    """Check that no edition is paused, or blocked by its pre-flight check."""
    return [stopped_edition(*stopped) for stopped in stops.stopped(watch.session)]


def sources_bring_news(watch: Watch) -> list[Alert]:
    """Check that no live source fails, repeats itself or is silent."""
    states = source_states.all_by_name(watch.session)
    found = map(source_alert, list_statuses(watch.sources, states, watch.now))
    return [alert for alert in found if alert]


def zones_are_known(watch: Watch) -> list[Alert]:
    """Check that no reader lives in a time zone that nobody knows (any more)."""
    lost = schedules.count_readers_elsewhere(watch.session, time_zones())
    return [unknown_zones(lost, watch.settings.timezone)] if lost else []


def single_mails_leave(watch: Watch) -> list[Alert]:
    """Check that mails to single readers are sent; alerts, which are mails too, do not count."""
    found = figures.counts(watch.session)
    outcomes = figures.settled_since(watch.session, watch.now - timedelta(days=1))
    alerts = (
        outbox_waits(found.untried, found.untried_since, watch.now),
        outbox_fails(outcomes),
    )
    return [alert for alert in alerts if alert]


def mail_is_welcome(watch: Watch) -> list[Alert]:
    """Check that servers take our mail, and that few readers call it spam or are not there."""
    blocked = feedback.blocked(watch.session, watch.now - timedelta(days=1))
    alert = blocked_alert(blocked)
    shares = share_alerts(feedback_figures.last_month(watch.session, watch.now))
    return [alert, *shares] if alert else shares


def mail_is_authentic(watch: Watch) -> list[Alert]:
    """Check that mail in our name passes DMARC, and that Gmail finds its requirements met."""
    return authentication.alerts(watch.session, watch.now)


def webhooks_are_told(watch: Watch) -> list[Alert]:
    """Check that no webhook was disabled, but for those that the operator disabled."""
    return disabled_webhooks(webhooks.list_all(watch.session))


def _freshness(settings: Settings) -> Freshness:
    return Freshness(timedelta(hours=settings.stale_after), settings.timezone)


WATCHERS: tuple[Callable[[Watch], list[Alert]], ...] = (
    mail_is_not_held,
    edition_is_out,
    papers_can_come,
    runs_end_well,
    tasks_end_well,
    nothing_is_stale,
    nothing_is_stopped,
    single_mails_leave,
    sources_bring_news,
    zones_are_known,
    mail_is_welcome,
    mail_is_authentic,
    webhooks_are_told,
)


def find_alerts(
    database: Database, settings: Settings, sources: "Sequence[Source]", now: datetime
) -> list[Alert]:
    """Return everything that is wrong now."""
    with database.read() as session:
        return alerts_now(Watch(session, settings, sources, now))


def alerts_now(watch: Watch) -> list[Alert]:
    """Return what all watchers find."""
    return [alert for watcher in WATCHERS for alert in watcher(watch)]
