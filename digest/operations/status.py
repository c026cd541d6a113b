"""Say how the service does: a list of small sections, one for each part of it."""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from digest.delivery.send_report import stop_to_json
from digest.delivery.store import counts as counts_of_states
from digest.delivery.store import stops
from digest.editions.store import dump_lists, editions
from digest.ground.database.engine import Database
from digest.installation.store import holds
from digest.model import DeliveryState
from digest.operations import authentication as authenticity
from digest.operations import feedback as feedback_figures
from digest.operations.outlook import find_outlook
from digest.operations.rules.outlook import describe, expects_edition
from digest.operations.store import status as store
from digest.operations.watchers import Watch, alerts_now
from digest.outbox.store import figures
from digest.papers.store import listings
from digest.runs.runs import run_to_json
from digest.runs.store import runs
from digest.settings import Settings
from digest.sources.rules.source_state import SourceStatus, list_statuses
from digest.sources.store import sources as source_states
from digest.subscribers.store import subscribers

if TYPE_CHECKING:
    from digest.sources.kinds import Source

UNSETTLED = (
    DeliveryState.QUEUED,
    DeliveryState.SENDING,
    DeliveryState.DEFERRED,
    DeliveryState.UNCERTAIN,
)
Section = Callable[["View"], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class View:
    """What a section needs. folders: where the service writes."""

    session: Session
    settings: Settings
    sources: "Sequence[Source]"
    folders: tuple[Path, ...]
    now: datetime


def counts(view: View) -> dict[str, Any]:
    """Count subscribers by state, papers and dumps."""
    return {
        "subscribers": subscribers.counts(view.session),
        "papers": listings.count_papers(view.session),
        "dumps": listings.count_dumps(view.session),
        "newest_dump": _iso(dump_lists.newest_dump_date(view.session)),
    }


def newest_edition(view: View) -> dict[str, Any]:
    """Return the newest edition, what stops it, its deliveries by state, and what waits."""
    found = editions.newest_standing(view.session)
    counted = counts_of_states.of_edition(view.session, found.id).values() if found else ()
    waits = {
        one.state.value: {
            "count": one.count,
            "since": _iso(one.since or (found.opened_at if found else None)),
            "next": _iso(one.next),
        }
        for one in counted
        if one.state in UNSETTLED
    }
    return {
        "newest_edition": _iso(found.date if found else None),
        "candidates": found.papers if found else 0,
        "stopped": stop_to_json(stops.stop_of(view.session, found.id)) if found else None,
        "deliveries": {one.state.value: one.count for one in counted},
        "waiting": waits,
    }


def outlook(view: View) -> dict[str, Any]:
    """Say in words which edition opens next, or why none does; and when, if one is expected."""
    found = find_outlook(view.session, view.settings, view.sources, view.now)
    due = next_send_time(view.now, view.settings.timezone, view.settings.send_hour)
    return {"outlook": describe(found), "next_due": _iso(due if expects_edition(found) else None)}


def schedule(view: View) -> dict[str, Any]:
    """Say how far behind sending is."""
    since = store.count_waiting(view.session, view.now).since
    behind = (view.now - since).total_seconds() if since else 0.0
    return {"behind_seconds": round(behind, 1)}


def outbox(view: View) -> dict[str, Any]:
    """Count the mails to single readers of the last 30 days, and say how long the oldest waits."""
    found = figures.counts(view.session)
    return {
        "outbox": {
            "states": {state.value: count for state, count in found.states.items()},
            "waiting": found.waiting,
            "since": _iso(found.since),
        }
    }


def tasks(view: View) -> dict[str, Any]:
    """Return the scheduled tasks, and how the last run of each ended."""
    return {
        "tasks": [
            {
                "name": task.name,
                "last_started": _iso(task.started),
                "last_finished": _iso(task.finished),
                "last_error": task.error,
            }
            for task in store.list_tasks(view.session)
        ]
    }


def sources(view: View) -> dict[str, Any]:
    """Return the live sources and how each does."""
    states = source_states.all_by_name(view.session)
    return {
        "sources": [_source_to_json(one) for one in list_statuses(view.sources, states, view.now)]
    }


def alerts(view: View) -> dict[str, Any]:
    """Return the newest run, and what is wrong now.

    since: when the scheduler or `digest alerts --send` first saw it.
    """
    last = runs.list_newest(view.session, 1)
    since = {alert.name: alert.since for alert in runs.list_alerts(view.session)}
    wrong = alerts_now(Watch(view.session, view.settings, view.sources, view.now))
    return {
        "last_run": run_to_json(last[0]) if last else None,
        "alerts": [
            {"name": one.name, "title": one.title, "since": _iso(since.get(one.name))}
            for one in wrong
        ],
    }


def held(view: View) -> dict[str, Any]:
    """Return the machines that hold all mail, as the database is behind what they have seen."""
    return {
        "held": [
            {"machine": one.name, "since": _iso(one.since), "reason": one.reason}
            for one in holds.list_all(view.session)
        ]
    }


def feedback(view: View) -> dict[str, Any]:
    """Return what came back of the mail, and how many addresses are suppressed."""
    return {"feedback": feedback_figures.to_json(view.session, view.now)}


def authentication(view: View) -> dict[str, Any]:
    """Return what receivers say of mail in our name."""
    return {"authentication": authenticity.to_json(view.session, view.now)}


def disk(view: View) -> dict[str, Any]:
    """Return the free bytes where the service writes."""
    return {"disk": {str(folder): shutil.disk_usage(folder).free for folder in view.folders}}


SECTIONS: tuple[Section, ...] = (
    counts,
    newest_edition,
    outlook,
    schedule,
    outbox,
    tasks,
    sources,
    alerts,
    held,
    feedback,
    authentication,
    disk,
)


def status(
    database: Database,
    settings: Settings,
    sources: "Sequence[Source]",
    folders: tuple[Path, ...],
    now: datetime,
) -> dict[str, Any]:
    """Return what all sections say, from one consistent view of the database."""
    with database.read() as session:
        view = View(session, settings, sources, folders, now)
        return {name: value for section in SECTIONS for name, value in section(view).items()}


def next_send_time(now: datetime, timezone: str, send_hour: int) -> datetime:
    """Return the next time that the service's own hour comes round."""
    zone = ZoneInfo(timezone)
    day = now.astimezone(zone).date()
    while True:
        due = datetime(day.year, day.month, day.day, send_hour, tzinfo=zone)
        if due.timestamp() > now.timestamp():
            return due
        day += timedelta(days=1)


def _iso(moment: date | None) -> str | None:
    return moment.isoformat() if moment else None


def _source_to_json(source: SourceStatus) -> dict[str, Any]:
    state = source.state
    times = ("last_success_at", "last_new_at", "repeating_since", "failing_since")
    return {
        "name": source.name,
        "state": source.health.value,
        **{name: _iso(getattr(state, name)) if state else None for name in times},
        "failures": state.failures if state else 0,
        "error": state.error if state else "",
    }
