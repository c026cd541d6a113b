"""The dates of editions, beside each other."""

from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from digest.ground.database.tables.delivery import EditionRow


def newest(session: Session, limit: int) -> list[date]:
    """Return the dates of the newest editions, newest first, empty ones among them."""
    query = select(EditionRow.date).order_by(EditionRow.date.desc()).limit(limit)
    return list(session.scalars(query))


def around(session: Session, on: date) -> tuple[date | None, date | None]:
    """Return the dates of the editions before and after a date."""
    before = session.scalar(select(func.max(EditionRow.date)).where(EditionRow.date < on))
    after = session.scalar(select(func.min(EditionRow.date)).where(EditionRow.date > on))
    return before, after
