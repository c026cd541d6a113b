"""Labs: when each runs, what it compares, and what it has found."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, or_, select, text, update
from sqlalchemy.orm import Session

from digest.ground.database.tables.lab import LabRow
from digest.lab.rules.verdict import Finding
from digest.selection.interleaving import Interleaving


@dataclass(frozen=True, slots=True)
class Lab:
    """A comparison of two rankings, as its row has it. planned: mails with a vote."""

    id: int
    name: str
    a: str
    b: str
    seed: bytes = field(repr=False)
    planned: int
    opened_at: datetime
    closed_at: datetime | None
    counted_at: datetime | None
    finding: Finding | None
    found_at: datetime | None

    @property
    def interleaving(self) -> Interleaving:
        """How its mails are mixed."""
        return Interleaving(self.a, self.b, self.seed)


def add(
    session: Session, name: str, a: str, b: str, *, seed: bytes, planned: int, now: datetime
) -> Lab:
    """Open a lab; no other one is open, and none has this name."""
    row = LabRow(name=name, a=a, b=b, seed=seed, planned=planned, opened_at=now)
    session.add(row)
    session.flush()
    return _lab(row)


def lock(session: Session) -> None:
    """Let no other transaction open a lab until this one ends; others wait.

    On SQLite the write lock that every writing transaction holds does that.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("LOCK TABLE labs IN SHARE ROW EXCLUSIVE MODE"))


def running(session: Session) -> Lab | None:
    """Return the lab that is open, if one is."""
    row = session.scalar(select(LabRow).where(LabRow.closed_at.is_(None)))
    return _lab(row) if row else None


def of_edition(session: Session, opened_at: datetime) -> Lab | None:
    """Return the lab of an edition: the one that ran when the edition was opened.

    So neither opening nor closing a lab changes an edition that is open already.
    """
    query = select(LabRow).where(LabRow.opened_at <= opened_at, _open_after(opened_at))
    row = session.scalar(query.order_by(LabRow.id.desc()).limit(1))
    return _lab(row) if row else None


def countable(session: Session, since: datetime) -> list[Lab]:
    """Return the labs that are open, or were at a moment."""
    rows = session.scalars(select(LabRow).where(_open_after(since)).order_by(LabRow.id))
    return [_lab(row) for row in rows]


def newest(session: Session, limit: int) -> list[Lab]:
    """Return the labs that were opened last, the newest first."""
    rows = session.scalars(select(LabRow).order_by(LabRow.id.desc()).limit(limit))
    return [_lab(row) for row in rows]


def named(session: Session, name: str) -> Lab | None:
    """Return the lab of a name."""
    row = session.scalar(select(LabRow).where(LabRow.name == name))
    return _lab(row) if row else None


def close(session: Session, lab_id: int, now: datetime) -> None:
    """End a lab: editions that are opened from now on are not part of it."""
    session.execute(update(LabRow).where(LabRow.id == lab_id).values(closed_at=now))


def note_counted(session: Session, lab_id: int, now: datetime) -> None:
    """Note when a lab's votes were last counted."""
    session.execute(update(LabRow).where(LabRow.id == lab_id).values(counted_at=now))


def note_finding(session: Session, lab_id: int, finding: Finding, now: datetime) -> None:
    """Note what a lab has found; what it found before stays."""
    change = update(LabRow).where(LabRow.id == lab_id, LabRow.finding.is_(None))
    session.execute(change.values(finding=finding.value, found_at=now))


def _open_after(moment: datetime) -> ColumnElement[bool]:
    return or_(LabRow.closed_at.is_(None), LabRow.closed_at > moment)


def _lab(row: LabRow) -> Lab:
    return Lab(
        row.id,
        row.name,
        row.a,
        row.b,
        row.seed,
        row.planned,
        row.opened_at,
        row.closed_at,
        row.counted_at,
        Finding(row.finding) if row.finding else None,
        row.found_at,
    )
