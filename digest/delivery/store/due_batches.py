"""Ask which batches are due."""

from datetime import date, datetime

from sqlalchemy import (
    func,
    select,
)
from sqlalchemy.orm import Session

from digest.delivery.store import stops
from digest.delivery.store.batches import is_due
from digest.ground.database.tables.delivery import BatchRow, EditionRow


def due_editions(session: Session, now: datetime) -> dict[date, int]:
    """Return the dates of the editions with something to send now, and in how many batches.

    Those that are paused, cancelled or not approved are left out.
    """
    query = (
        select(EditionRow.date, func.count())
        .join(BatchRow, BatchRow.edition_id == EditionRow.id)
        .where(*is_due(now), EditionRow.paused_at.is_(None), EditionRow.cancelled_at.is_(None))
        .where(stops.is_approved())
        .group_by(EditionRow.date)
        .order_by(EditionRow.date)
    )
    return dict(session.execute(query).all())


def due_batch(session: Session, edition_id: int, number: int, now: datetime) -> date | None:
    """Return the date of a batch's edition; None when it is not open and due, or may not go."""
    query = (
        select(EditionRow.date)
        .join(BatchRow, BatchRow.edition_id == EditionRow.id)
        .where(
            EditionRow.id == edition_id,
            BatchRow.number == number,
            *is_due(now),
            stops.may_go(edition_id, alone=False),
        )
    )
    return session.scalar(query)
