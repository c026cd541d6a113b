"""Which editions before the newest one still need somebody."""

from datetime import date

from sqlalchemy import and_, exists, or_, select
from sqlalchemy.orm import Session

from digest.delivery.store import stops
from digest.ground.database.tables.delivery import BatchRow, BatchState, EditionRow

_OPEN = (BatchState.OPEN, BatchState.LEASED)


def dates_before(session: Session, newest: date, limit: int) -> list[date]:
    """Return the dates of earlier editions with mail that waits, newest first.

    So are those that are paused or not approved, unless they are empty; cancelled ones are not.
    """
    waits = exists().where(BatchRow.edition_id == EditionRow.id, BatchRow.state.in_(_OPEN))
    is_held = or_(EditionRow.paused_at.is_not(None), ~stops.is_approved())
    query = (
        select(EditionRow.date)
        .where(EditionRow.date < newest, EditionRow.cancelled_at.is_(None))
        .where(or_(waits, and_(is_held, EditionRow.empty.is_(None))))
        .order_by(EditionRow.date.desc())
        .limit(limit)
    )
    return list(session.scalars(query))
