"""Store what the editors change about editions; what shapes mails raises the version."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, exists, select, update
from sqlalchemy.orm import Session

from digest.ground.database.tables.delivery import EditionChangeRow, EditionPaperRow, EditionRow
from digest.model import Approval, Change, ChangeKind


@dataclass(frozen=True, slots=True)
class EditingState:
    """What decides whether an edition may be changed, and whether it may go.

    waits: what it waits for, or waited for before it was approved; None: it needs no approval.
    """

    opened_at: datetime
    version: int
    begun_at: datetime | None
    cancelled_at: datetime | None
    waits: Approval | None
    approved_at: datetime | None


_SHAPING = (ChangeKind.DROP, ChangeKind.PIN, ChangeKind.MOVE, ChangeKind.CLAIM, ChangeKind.NOTE)


def locked(session: Session, edition_id: int) -> EditionRow:
    """Return the row of an edition that exists; nobody else changes it until the transaction ends.

    What the session knew of it before is forgotten.
    """
    query = select(EditionRow).where(EditionRow.id == edition_id).with_for_update()
    return session.scalars(query.execution_options(populate_existing=True)).one()


def state(session: Session, edition_id: int) -> EditingState:
    """Return how an edition that exists stands."""
    stands = (EditionRow.opened_at, EditionRow.version, EditionRow.begun_at)
    waits = (EditionRow.approve_by, EditionRow.approval_late, EditionRow.approved_at)
    query = select(*stands, EditionRow.cancelled_at, *waits).where(EditionRow.id == edition_id)
    opened, version, begun, cancelled, by, late, approved = session.execute(query).one()
    approval = Approval(by, late or "") if by is not None else None
    return EditingState(opened, version, begun, cancelled, approval, approved)


def set_approved(session: Session, edition_id: int, at: datetime | None) -> None:
    """Set when an edition was approved; None: it is not."""
    change = update(EditionRow).where(EditionRow.id == edition_id)
    session.execute(change.values(approved_at=at))


def overdue(session: Session, now: datetime) -> list[tuple[int, Approval]]:
    """Return the editions that nobody approved in time and that are not to wait on, oldest first.

    With each what it waited for.
    """
    query = (
        select(EditionRow.id, EditionRow.approve_by, EditionRow.approval_late)
        .where(EditionRow.approve_by <= now, EditionRow.approved_at.is_(None))
        .where(EditionRow.cancelled_at.is_(None), EditionRow.approval_late != "hold")
        .order_by(EditionRow.id)
    )
    return [(id_, Approval(by, late)) for id_, by, late in session.execute(query) if by and late]


def add(
    session: Session,
    edition_id: int,
    kind: ChangeKind,
    *,
    paper_id: int | None = None,
    value: str = "",
    who: str,
    now: datetime,
) -> int:
    """Add an entry, and raise the version if it shapes mails; return the entry's id."""
    row = EditionChangeRow(
        edition_id=edition_id, kind=kind, paper_id=paper_id, value=value, who=who, at=now
    )
    session.add(row)
    session.flush()
    if kind in _SHAPING:
        _raise_version(session, edition_id)
    return row.id


def undo(session: Session, edition_id: int, ids: Collection[int], who: str, now: datetime) -> None:
    """Let entries of an edition count no more, and raise its version."""
    ours = (EditionChangeRow.edition_id == edition_id, EditionChangeRow.id.in_(ids))
    change = update(EditionChangeRow).where(*ours, EditionChangeRow.undone_at.is_(None))
    session.execute(change.values(undone_at=now, undone_by=who))
    _raise_version(session, edition_id)


def of_edition(session: Session, edition_id: int) -> list[Change]:
    """Return all entries of an edition, oldest first, those that were undone among them."""
    query = (
        select(EditionChangeRow)
        .where(EditionChangeRow.edition_id == edition_id)
        .order_by(EditionChangeRow.id)
    )
    return [
        Change(
            row.id,
            row.kind,
            row.paper_id,
            row.value,
            row.who,
            row.at,
            row.undone_at,
            row.undone_by or "",
        )
        for row in session.scalars(query)
    ]


def shaping(session: Session, edition_id: int) -> list[Change]:
    """Return the entries that shape the mails of an edition, oldest first."""
    found = of_edition(session, edition_id)
    return [each for each in found if each.kind in _SHAPING and each.undone_at is None]


def versions(session: Session, edition_ids: Collection[int]) -> dict[int, int]:
    """Return the versions of editions by id."""
    query = select(EditionRow.id, EditionRow.version).where(EditionRow.id.in_(edition_ids))
    return dict(session.execute(query).all())


def dropped_anywhere(session: Session, paper_ids: Collection[int]) -> set[int]:
    """Return which of these papers the editors have taken out of an edition."""
    query = select(EditionChangeRow.paper_id).where(_is_drop()).distinct()
    return {each for each in session.scalars(query) if each is not None} & set(paper_ids)


def is_offered() -> ColumnElement[bool]:
    """Return the condition on a candidate that the editors have not taken it out."""
    taken_out = exists().where(
        EditionChangeRow.edition_id == EditionPaperRow.edition_id,
        EditionChangeRow.paper_id == EditionPaperRow.paper_id,
        _is_drop(),
    )
    return ~taken_out.correlate(EditionPaperRow)


def _is_drop() -> ColumnElement[bool]:
    drops = EditionChangeRow.kind == ChangeKind.DROP
    return drops & EditionChangeRow.undone_at.is_(None)


def _raise_version(session: Session, edition_id: int) -> None:
    change = update(EditionRow).where(EditionRow.id == edition_id)
    session.execute(change.values(version=EditionRow.version + 1))
