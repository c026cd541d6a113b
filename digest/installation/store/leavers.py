"""Who left, paused, came back or must not be mailed, as the record has it, for a copy of it."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from digest.ground.database.tables import EventKind, EventRow, SuppressionRow

LEAVING = (
    *(EventKind.UNSUBSCRIBED, EventKind.ERASED, EventKind.SUPPRESSED, EventKind.PAUSED),
    *(EventKind.CONFIRMED, EventKind.UNDONE, EventKind.RESUMED, EventKind.LIFTED),
)


def events_after(session: Session, event_id: int, but: Collection[int]) -> list[dict[str, Any]]:
    """Return what happened after an event, the oldest first, as JSON values without an address."""
    query = select(EventRow).where(EventRow.id > event_id, EventRow.kind.in_(LEAVING))
    return [
        {
            "at": row.at.isoformat(),
            "event": row.id,
            "subscriber": row.subscriber_id,
            "kind": row.kind.value,
            **({"until": row.detail["until"]} if "until" in row.detail else {}),
        }
        for row in session.scalars(query.order_by(EventRow.id))
        if row.id not in but
    ]


def suppressions_since(
    session: Session, moment: datetime | None, but: Collection[str]
) -> list[dict[str, Any]]:
    """Return the hashes of addresses suppressed at a moment or later, the oldest first."""
    query = select(SuppressionRow).order_by(SuppressionRow.created_at)
    if moment is not None:
        query = query.where(SuppressionRow.created_at >= moment)
    return [
        {"at": row.created_at.isoformat(), "address_hash": row.address_hash}
        for row in session.scalars(query)
        if row.address_hash not in but
    ]
