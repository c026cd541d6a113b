"""Read the service's state in a few cheap queries, for `digest status`, metrics and alerts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, and_, column, func, or_, select, table
from sqlalchemy.orm import Session

from digest.delivery.store import counts, stops
from digest.editions.store import editions
from digest.ground.database.columns import UtcDateTime
from digest.ground.database.tables.delivery import BatchRow, BatchState, EditionRow
from digest.ground.database.tables.papers import DumpRow

_TASKS = table(
    "tasks",
    column("name"),
    column("last_started", UtcDateTime()),
    column("last_finished", UtcDateTime()),
    column("last_error"),
    column("last_report", JSON()),
)


@dataclass(frozen=True, slots=True)
class Waiting:
    """The batches of the newest edition that could be sent now; since: when the first could."""

    batches: int
    since: datetime | None


@dataclass(frozen=True, slots=True)
class TaskRun:
    """A scheduled task. error: how it ended the last time, empty when well.

    report: what it reported when it last ended well.
    """

    name: str
    started: datetime
    finished: datetime | None
    error: str
    report: Mapping[str, Any]


def count_waiting(session: Session, now: datetime) -> Waiting:
    """Count the batches that could be sent and are not; leased ones count until they are done.

    One that is paused or not approved has none. A blocked one has: they wait only for what the
    check found.
    """
    newest = editions.newest(session)
    if newest is None:
        return Waiting(0, None)
    is_due = or_(BatchRow.not_before.is_(None), BatchRow.not_before <= now)
    goes = (EditionRow.paused_at.is_(None), stops.is_approved())
    begun = and_(EditionRow.sends_at <= now, *goes)
    query = (
        select(
            EditionRow.sends_at,
            EditionRow.opened_at,
            func.count(),
            func.count(BatchRow.not_before),
            func.min(BatchRow.not_before),
        )
        .join(BatchRow, BatchRow.edition_id == EditionRow.id)
        .where(EditionRow.id == newest.id, BatchRow.state != BatchState.DONE, is_due, begun)
        .group_by(EditionRow.id, EditionRow.sends_at, EditionRow.opened_at)
    )
    for sends_at, opened_at, batches, retries, first_retry in session.execute(query):
        if retries == batches:
            return Waiting(batches, first_retry)
        return Waiting(batches, max(sends_at, opened_at))
    return Waiting(0, None)


def newest_write(session: Session) -> datetime | None:
    """Return the newest time at which a dump, an edition or a delivery was written."""
    newest = editions.newest(session)
    moments = (
        session.scalar(select(func.max(DumpRow.ingested_at))),
        session.scalar(select(func.max(EditionRow.opened_at))),
        counts.newest_settlement(session, newest.id) if newest else None,
    )
    return max((moment for moment in moments if moment is not None), default=None)


def list_tasks(session: Session) -> list[TaskRun]:
    """Return the scheduled tasks by name; none before a scheduler has run."""
    rows = session.execute(select(_TASKS).order_by(_TASKS.c.name))
    return [
        TaskRun(name, started, done, error or "", report or {})
        for name, started, done, error, report in rows
    ]
