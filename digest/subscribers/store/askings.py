"""What was typed into the form and is not looked at yet."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from digest.ground.database.tables.askings import AskingRow


def add(session: Session, detail: Mapping[str, Any]) -> None:
    """Note a request."""
    session.add(AskingRow(detail=dict(detail)))
    session.flush()


def is_empty(session: Session) -> bool:
    """Return whether there is no request."""
    return session.scalar(select(AskingRow.id).limit(1)) is None


def take(session: Session) -> dict[str, Any] | None:
    """Remove the oldest request that nobody else is at, and return it; None for none."""
    query = select(AskingRow).order_by(AskingRow.id).limit(1).with_for_update(skip_locked=True)
    row = session.scalars(query).first()
    if row is None:
        return None
    detail = dict(row.detail)
    session.execute(delete(AskingRow).where(AskingRow.id == row.id))
    return detail
