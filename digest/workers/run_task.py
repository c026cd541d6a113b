"""Run one periodic task so that it ends nothing but itself, and record how it went."""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.exc import IntegrityError

from digest.errors import SchemaError
from digest.ground.database.engine import Database
from digest.ground.logs import describe_error, log_error
from digest.ground.time.cron import Cron
from digest.runs.store import tasks
from digest.subscribers.store import schedules

WENT_BACK = timedelta(minutes=5)  # less is two machines that do not agree to the second
_log = logging.getLogger(__name__)

Report = Mapping[str, Any] | None


def run(
    database: Database, name: str, work: Callable[[], Report], clock: Callable[[], datetime]
) -> Report:
    """Do the work of a task and record it; an error is logged and recorded with its place.

    Returns the report, None after an error. SchemaError alone is raised: it ends the process. When
    the clock was set back since the last run, all due schedules are looked at anew: what they say
    of the future came from a wrong clock.
    """
    try:
        _begin(database, name, clock())
        report = work()
    except SchemaError:
        raise
    except Exception as exc:  # whatever it is: the next task gets its turn
        log_error(_log, f"The periodic task {name!r} failed", exc)
        _record(database, name, clock(), error=describe_error(exc))
        return None
    _record(database, name, clock(), report=report)
    return report


def find_missed(database: Database, schedules: Mapping[str, Cron], now: datetime) -> set[str]:
    """Return which tasks should have run since they last did; several times count as one."""
    with database.read() as session:
        last_runs = tasks.all_by_name(session)
    return {
        name
        for name, cron in schedules.items()
        if name not in last_runs or last_runs[name].started_at < cron.last_before(now)
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


def _record(
    database: Database, name: str, now: datetime, *, error: str = "", report: Report = None
) -> None:
    try:
        with database.write() as session:
            tasks.end(session, name, now, error=error, report=dict(report) if report else None)
    except SchemaError:
        raise
    except Exception as exc:  # the database itself may be what failed
        log_error(_log, f"How the periodic task {name!r} went could not be recorded", exc)
