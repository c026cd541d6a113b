"""When each periodic task last ran, and how that went: one row a task, whoever runs it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from digest.ground.database.tables.operation import TaskRow


@dataclass(frozen=True, slots=True)
class LastRun:
    """The newest run of a task. error: what went wrong, empty when nothing did.

    finished_at: of the newest run that came to its end. report: of the newest that went well.
    """

    started_at: datetime
    finished_at: datetime | None
    error: str
    report: dict[str, Any] | None


def all_by_name(session: Session) -> dict[str, LastRun]:
    """Return the newest run of every task that has run, by its name."""
    return {row.name: _last_run(row) for row in session.scalars(select(TaskRow))}


def begin(session: Session, name: str, now: datetime) -> datetime | None:
    """Record that a task starts; return when it last did."""
    row = session.get(TaskRow, name)
    if row is None:
        session.add(TaskRow(name=name, last_started=now))
        return None
    before, row.last_started = row.last_started, now
    return before


def end(
    session: Session, name: str, now: datetime, *, error: str = "", report: Any | None = None
) -> None:
    """Record how a task ended."""
    row = session.get_one(TaskRow, name)
    row.last_finished = now
    row.last_error = error or None
    if report is not None:
        row.last_report = report


def _last_run(row: TaskRow) -> LastRun:
    return LastRun(row.last_started, row.last_finished, row.last_error or "", row.last_report)
