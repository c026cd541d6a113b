"""How things stand, in a few cheap queries: for `digest status`, the metrics and the watchers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, and_, column, func, or_, select, table
from sqlalchemy.orm import Session

from digest.ground.database.columns import UtcDateTime
from digest.ground.database.tables import BatchRow, BatchState, DeliveryRow, DumpRow, EditionRow

_TASKS = table(
    "tasks",
    column("name"),
    column("last_started", UtcDateTime()),
    column("last_finished", UtcDateTime()),
    column("last_error"),
    column("last_report", JSON()),
)
_SOURCES = table(
    "sources",
    column("name"),
    column("last_success_at", UtcDateTime()),
    column("last_new_at", UtcDateTime()),
    column("repeating_since", UtcDateTime()),
    column("failing_since", UtcDateTime()),
    column("failures"),
    column("error"),
)


@dataclass(frozen=True, slots=True)
class Waiting:
    """The newest edition's batches that could be sent now; since: when the first of them could."""

    batches: int
    since: datetime | None


@dataclass(frozen=True, slots=True)
class TaskRun:
    """One of the clock's ticks. error: how it ended the last time, empty when well.

    report: what it had to say when it last ended well.
    """

    name: str
    started: datetime
    finished: datetime | None
    error: str
    report: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Source:
    """A live source. failures: in a row; error: the last one's words."""

    name: str
    last_success_at: datetime | None
    last_new_at: datetime | None
    repeating_since: datetime | None
    failing_since: datetime | None
    failures: int
    error: str


def count_waiting(session: Session, now: datetime) -> Waiting:
    """Count what could be sent and is not; leased batches count until they are done.

    Nothing of a paused edition could be sent. What a check holds could, were what it found mended.
    """
    newest = select(func.max(EditionRow.date)).scalar_subquery()
    is_due = or_(BatchRow.not_before.is_(None), BatchRow.not_before <= now)
    begun = and_(EditionRow.sends_at <= now, EditionRow.paused_at.is_(None))
    query = (
        select(
            EditionRow.sends_at,
            EditionRow.opened_at,
            func.count(),
            func.count(BatchRow.not_before),
            func.min(BatchRow.not_before),
        )
        .join(BatchRow, BatchRow.edition_id == EditionRow.id)
        .where(EditionRow.date == newest, BatchRow.state != BatchState.DONE, is_due, begun)
        .group_by(EditionRow.id, EditionRow.sends_at, EditionRow.opened_at)
    )
    for sends_at, opened_at, batches, retries, first_retry in session.execute(query):
        if retries == batches:
            return Waiting(batches, first_retry)
        return Waiting(batches, max(sends_at, opened_at))
    return Waiting(0, None)


def newest_edition(session: Session) -> int | None:
    """Return the id of the newest edition."""
    return session.scalar(select(EditionRow.id).order_by(EditionRow.date.desc()).limit(1))


def newest_write(session: Session) -> datetime | None:
    """Return the newest time that any row was written at, of those that tell."""
    of_newest = DeliveryRow.edition_id == newest_edition(session)
    moments = (
        session.scalar(select(func.max(DumpRow.ingested_at))),
        session.scalar(select(func.max(EditionRow.opened_at))),
        session.scalar(select(func.max(DeliveryRow.settled_at)).where(of_newest)),
    )
    return max((moment for moment in moments if moment is not None), default=None)


def list_tasks(session: Session) -> list[TaskRun]:
    """Return the clock's ticks by name; none before a clock has run."""
    rows = session.execute(select(_TASKS).order_by(_TASKS.c.name))
    return [
        TaskRun(name, started, done, error or "", report or {})
        for name, started, done, error, report in rows
    ]


def sources(session: Session) -> list[Source]:
    """Return the live sources by name; none before there are any."""
    return [Source(*row) for row in session.execute(select(_SOURCES).order_by(_SOURCES.c.name))]
