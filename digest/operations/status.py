"""How the service stands: a list of small sections, to which each part of it may add its own."""

import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from digest.delivery.send_report import stop_to_json
from digest.delivery.store import ledger, stops
from digest.editions.store import editions
from digest.ground.database.engine import Database
from digest.model import DeliveryState
from digest.operations.store import status as standing
from digest.operations.watchers import Watch, troubles_now
from digest.papers.store import listings
from digest.runs.runs import run_to_json
from digest.runs.store import runs as watching
from digest.settings import Settings
from digest.subscribers.store import subscribers

UNSETTLED = (
    DeliveryState.QUEUED,
    DeliveryState.SENDING,
    DeliveryState.DEFERRED,
    DeliveryState.UNCERTAIN,
)
Section = Callable[["View"], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class View:
    """What a section looks with. folders: where the service writes."""

    session: Session
    database: Database
    settings: Settings
    folders: tuple[Path, ...]
    now: datetime


def what_there_is(view: View) -> dict[str, Any]:
    """Subscribers by state, papers, dumps."""
    return {
        "subscribers": subscribers.counts(view.session),
        "papers": listings.count_papers(view.session),
        "dumps": listings.count_dumps(view.session),
        "newest_dump": _iso(editions.newest_dump_date(view.session)),
    }


def newest_edition(view: View) -> dict[str, Any]:
    """The newest edition, what stops it, its deliveries by state, what waits since when."""
    newest = editions.newest(view.session)
    found = editions.get(view.session, newest) if newest else None
    piles = ledger.piles(view.session, found.id) if found else []
    waits = {
        pile.state.value: {
            "count": pile.count,
            "since": _iso(pile.since or (found.opened_at if found else None)),
            "next": _iso(pile.next),
        }
        for pile in piles
        if pile.state in UNSETTLED
    }
    return {
        "newest_edition": _iso(newest),
        "candidates": len(found.edition.candidates) if found else 0,
        "stopped": stop_to_json(stops.stop_of(view.session, found.id)) if found else None,
        "deliveries": {pile.state.value: pile.count for pile in piles},
        "waiting": waits,
    }


def schedule(view: View) -> dict[str, Any]:
    """How far behind sending is, and when the next edition is due."""
    since = standing.count_waiting(view.session, view.now).since
    behind = (view.now - since).total_seconds() if since else 0.0
    next_due = next_send_time(view.now, view.settings.timezone, view.settings.send_hour)
    return {"behind_seconds": round(behind, 1), "next_due": _iso(next_due)}


def clock(view: View) -> dict[str, Any]:
    """The periodic tasks, and how the last of each ended."""
    return {
        "tasks": [
            {
                "name": task.name,
                "last_started": _iso(task.started),
                "last_finished": _iso(task.finished),
                "last_error": task.error,
            }
            for task in standing.list_tasks(view.session)
        ]
    }


def sources(view: View) -> dict[str, Any]:
    """The live sources, as they stand."""
    rows = [asdict(each) for each in standing.sources(view.session)]
    return {"sources": [{name: _plain(value) for name, value in row.items()} for row in rows]}


def troubles(view: View) -> dict[str, Any]:
    """The newest run, and what is wrong now; since: when a watcher saw it first, if one did."""
    runs = watching.list_newest(view.session, 1)
    since = {each.name: each.since for each in watching.list_alerts(view.session)}
    wrong = troubles_now(Watch(view.session, view.settings, view.now))
    return {
        "last_run": run_to_json(runs[0]) if runs else None,
        "alerts": [
            {"name": each.name, "title": each.title, "since": _iso(since.get(each.name))}
            for each in wrong
        ],
    }


def disk(view: View) -> dict[str, Any]:
    """The room that is left where the service writes."""
    return {"disk": {str(each): shutil.disk_usage(each).free for each in view.folders}}


SECTIONS: tuple[Section, ...] = (
    what_there_is,
    newest_edition,
    schedule,
    clock,
    sources,
    troubles,
    disk,
)


def status(
    database: Database, settings: Settings, folders: tuple[Path, ...], now: datetime
) -> dict[str, Any]:
    """Return what all sections say, in one consistent view of the database."""
    with database.read() as session:
        view = View(session, database, settings, folders, now)
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


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value
