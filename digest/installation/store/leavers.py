"""Who left, paused, came back or must not be mailed, as the record has it, for a copy of it."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from digest.ground.database.tables.feedback import SuppressionKeyRow
from digest.ground.database.tables.readers import EventKind, EventRow, SubscriberRow, SuppressionRow
from digest.ground.tokens.nonces import hash_nonce

LEAVING = (
    *(EventKind.UNSUBSCRIBED, EventKind.ERASED, EventKind.SUPPRESSED, EventKind.PAUSED),
    *(EventKind.CONFIRMED, EventKind.UNDONE, EventKind.RESUMED, EventKind.LIFTED),
    EventKind.RELINKED,
)
_COPIED = ("until", "former")  # of the details


def events_after(session: Session, event_id: int, but: Collection[int]) -> list[dict[str, Any]]:
    """Return what happened after an event, the oldest first, as JSON values without an address.

    reader: hash of their nonce (`hash_nonce`), as an id can be given out twice; empty when it is
    not known any more. former: of RELINKED, the hash of the nonce that ended.
    """
    columns = (EventRow.id, EventRow.at, EventRow.subscriber_id, EventRow.kind, EventRow.detail)
    query = select(*columns, SubscriberRow.nonce)
    query = query.outerjoin(SubscriberRow, SubscriberRow.id == EventRow.subscriber_id)
    query = query.where(EventRow.id > event_id, EventRow.kind.in_(LEAVING))
    return [
        {
            "at": row.at.isoformat(),
            "event": row.id,
            "subscriber": row.subscriber_id,
            "kind": row.kind.value,
            "reader": row.detail.get("reader") or hash_nonce(row.nonce),
            **{name: row.detail[name] for name in _COPIED if name in row.detail},
        }
        for row in session.execute(query.order_by(EventRow.id))
        if row.id not in but
    ]


def suppressions_since(
    session: Session, moment: datetime | None, but: Collection[str]
) -> list[dict[str, Any]]:
    """Return the hashes of addresses suppressed at a moment or later, the oldest first.

    key: the wrapped key of each hash (`wrapped_keys`), as a backup of before may lack it; empty for
    a hash without one.
    """
    key = SuppressionKeyRow.id == SuppressionRow.key_id
    query = select(SuppressionRow, SuppressionKeyRow.wrapped).outerjoin(SuppressionKeyRow, key)
    query = query.order_by(SuppressionRow.created_at)
    if moment is not None:
        query = query.where(SuppressionRow.created_at >= moment)
    return [
        {
            "at": row.created_at.isoformat(),
            "address_hash": row.address_hash,
            "key": (wrapped or b"").hex(),
        }
        for row, wrapped in session.execute(query)
        if row.address_hash not in but
    ]
