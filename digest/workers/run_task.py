"""Run one tick so that it ends nothing but itself, and leaves word of how it went."""

import logging
import traceback
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.exc import IntegrityError

from digest.errors import DigestError
from digest.ground.database.engine import Database
from digest.ground.time.cron import Cron
from digest.runs.store import tasks
from digest.subscribers.store import schedules

WENT_BACK = timedelta(minutes=5)  # less is two machines that do not agree to the second
_log = logging.getLogger(__name__)

Report = Mapping[str, Any] | None


def run(
    database: Database, name: str, work: Callable[[], Report], clock: Callable[[], datetime]
) -> Report:
    """Do the work of a tick and note it; an error is logged and noted with its place.

    Returns the report, None after an error. When the clock was set back since the last run, the
    rota is looked at anew: what it says of the future came from a wrong clock.
    """
    try:
        _begin(database, name, clock())
        report = work()
    except DigestError as exc:  # the relay or the database is away: words are enough
        _log.error("The tick %r failed: %s", name, exc)
        _note(database, name, clock(), error=str(exc))
        return None
    except Exception as exc:  # whatever it is: the next tick gets its turn
        _log.exception("The tick %r failed.", name)
        _note(database, name, clock(), error=_words(exc))
        return None
    _note(database, name, clock(), report=report)
    return report


def missed(database: Database, schedules: Mapping[str, Cron], now: datetime) -> set[str]:
    """Return which ticks should have run since they last did; several times count as one."""
    with database.read() as session:
        known = tasks.all_by_name(session)
    return {
        name
        for name, cron in schedules.items()
        if name not in known or known[name].started_at < cron.last_before(now)
    }


def _begin(database: Database, name: str, now: datetime) -> None:
    try:
        with database.write() as session:
            before = tasks.begin(session, name, now)
            if before is not None and before - now > WENT_BACK:
                _log.warning("The clock was set back by %s.", before - now)
                schedules.look_again(session)
    except IntegrityError:  # another scheduler ran it for the first time at this moment
        with database.write() as session:
            tasks.begin(session, name, now)


def _note(
    database: Database, name: str, now: datetime, *, error: str = "", report: Report = None
) -> None:
    try:
        with database.write() as session:
            tasks.end(session, name, now, error=error, report=dict(report) if report else None)
    except DigestError as exc:  # the database itself is the trouble
        _log.error("How the tick %r went could not be noted: %s", name, exc)
    except Exception:
        _log.exception("How the tick %r went could not be noted.", name)


def _words(exc: Exception) -> str:
    """What went wrong and where: the innermost line."""
    place = traceback.extract_tb(exc.__traceback__)[-1]
    return f"{type(exc).__name__}: {exc} ({place.filename}, line {place.lineno})"
