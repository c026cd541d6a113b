"""What the service remembers of itself: runs, troubles, how fast the relay answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.orm import Session

from digest.ground.database.statements import insert_new
from digest.ground.database.tables.operation import AlertRow, LatencyRow, RunRow

RUNS_KEPT = 2_000


@dataclass(frozen=True, slots=True)
class Run:
    """One run. kind: what it did, such as "send". trouble: for the operator; empty when good."""

    name: str
    kind: str
    started_at: datetime
    finished_at: datetime
    trouble: str
    report: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class OpenAlert:
    """A trouble that is not over. told_at: the last mail about it; None: none went out."""

    name: str
    title: str
    since: datetime
    told_at: datetime | None

    @property
    def is_told(self) -> bool:
        """Whether a mail went out since it began."""
        return self.told_at is not None and self.told_at >= self.since


@dataclass(frozen=True, slots=True)
class PastAlert:
    """A trouble that is over. told_at: the last mail about it, which says so; None: none went."""

    name: str
    title: str
    since: datetime
    told_at: datetime | None
    over_at: datetime | None


def add_run(session: Session, run: Run) -> bool:
    """Keep a run's report and drop the oldest ones; False when the run is known already."""
    values = {
        "name": run.name,
        "kind": run.kind,
        "started_at": run.started_at,
        "finished_at": run.finished_at,
        "trouble": run.trouble,
        "report": dict(run.report),
    }
    added = session.scalar(insert_new(session, RunRow).values(**values).returning(RunRow.id))
    newest = session.scalar(select(func.max(RunRow.id))) or 0
    session.execute(delete(RunRow).where(RunRow.id <= newest - RUNS_KEPT))
    return added is not None


def list_newest(
    session: Session,
    limit: int,
    *,
    kind: str | None = None,
    troubled: bool | None = None,
    search: str | None = None,
) -> list[Run]:
    """Return the newest runs, the newest first.

    troubled: only those with trouble, or only those without. search: only those with this in their
    name, kind or trouble, whatever the case.
    """
    query = select(RunRow).order_by(RunRow.id.desc()).limit(limit)
    if kind is not None:
        query = query.where(RunRow.kind == kind)
    if troubled is not None:
        query = query.where(RunRow.trouble != "" if troubled else RunRow.trouble == "")
    if search is not None:
        columns = (RunRow.name, RunRow.kind, RunRow.trouble)
        query = query.where(or_(*(one.icontains(search, autoescape=True) for one in columns)))
    return [_run(row) for row in session.scalars(query)]


def page(
    session: Session, limit: int, *, below: int | None = None, troubled: bool = False
) -> list[tuple[int, Run]]:
    """Return runs with their keys, the newest first. below: only those before this key.

    troubled: only those with trouble.
    """
    query = select(RunRow).order_by(RunRow.id.desc()).limit(limit)
    if below is not None:
        query = query.where(RunRow.id < below)
    if troubled:
        query = query.where(RunRow.trouble != "")
    return [(row.id, _run(row)) for row in session.scalars(query)]


def get(session: Session, name: str) -> Run | None:
    """Return a run by its name."""
    row = session.scalar(select(RunRow).where(RunRow.name == name))
    return _run(row) if row else None


def list_past_alerts(session: Session, limit: int) -> list[PastAlert]:
    """Return troubles that are over, what ended last first, each as it was the last time."""
    query = select(AlertRow).where(AlertRow.over_at.is_not(None))
    rows = session.scalars(query.order_by(AlertRow.over_at.desc(), AlertRow.name).limit(limit))
    return [PastAlert(row.name, row.title, row.since, row.told_at, row.over_at) for row in rows]


def list_alerts(session: Session) -> list[OpenAlert]:
    """Return every trouble that is not over, the oldest first."""
    query = select(AlertRow).where(AlertRow.over_at.is_(None)).order_by(AlertRow.since)
    return [
        OpenAlert(row.name, row.title, row.since, row.told_at) for row in session.scalars(query)
    ]


def raise_alert(
    session: Session, name: str, title: str, *, now: datetime, midnight: datetime
) -> bool:
    """Note that there is a trouble; return whether a mail about it falls to whoever asks.

    Of any number of callers since `midnight`, the beginning of the day, one is told yes.
    """
    session.execute(insert_new(session, AlertRow).values(name=name, title=title, since=now))
    anew = update(AlertRow).where(AlertRow.name == name, AlertRow.over_at.is_not(None))
    session.execute(anew.values(since=now, over_at=None))
    mine = (
        update(AlertRow)
        .where(AlertRow.name == name)
        .where(or_(AlertRow.told_at.is_(None), AlertRow.told_at < midnight))
        .values(title=title, told_at=now)
    )
    return bool(session.execute(mine).rowcount)  # type: ignore[attr-defined]


def end_alert(session: Session, name: str, now: datetime) -> bool:
    """Note that a trouble is over; return whether it is the caller who has ended it."""
    query = update(AlertRow).where(AlertRow.name == name, AlertRow.over_at.is_(None))
    return bool(session.execute(query.values(over_at=now)).rowcount)  # type: ignore[attr-defined]


def add_latencies(
    session: Session, counts: Mapping[int, int], seconds: Mapping[int, float]
) -> None:
    """Add a run's messages to the buckets, smallest first so that two runs cannot deadlock."""
    for bucket in sorted(counts):
        empty = insert_new(session, LatencyRow).values(upto_ms=bucket, count=0, seconds=0.0)
        session.execute(empty)
        more = update(LatencyRow).where(LatencyRow.upto_ms == bucket)
        added = {
            "count": LatencyRow.count + counts[bucket],
            "seconds": LatencyRow.seconds + seconds[bucket],
        }
        session.execute(more.values(added))


def load_latencies(session: Session) -> dict[int, tuple[int, float]]:
    """Return messages and seconds by bucket (milliseconds at most; 0: longer)."""
    query = select(LatencyRow.upto_ms, LatencyRow.count, LatencyRow.seconds)
    return {upto: (count, seconds) for upto, count, seconds in session.execute(query)}


def _run(row: RunRow) -> Run:
    return Run(row.name, row.kind, row.started_at, row.finished_at, row.trouble, row.report)
