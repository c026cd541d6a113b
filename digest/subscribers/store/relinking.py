"""End all links of a reader, and record it so that the log of leavers can tell whose they were."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from digest.ground.tokens.nonces import hash_nonce
from digest.subscribers.store import events, subscribers
from digest.subscribers.store.events import EventKind


def relink(
    session: Session, subscriber_id: int, now: datetime, detail: Mapping[str, Any] | None = None
) -> bool:
    """Draw a new nonce, and record the hashes of both; False when there is no such subscriber."""
    before = subscribers.by_id(session, subscriber_id, lock=True)
    if before is None:
        return False
    subscribers.renew_nonce(session, subscriber_id)
    after = subscribers.binding(session, subscriber_id)
    hashes = {
        "former": hash_nonce(before.nonce),
        "reader": hash_nonce(after.nonce if after else b""),
    }
    detail = {**hashes, **(detail or {})}
    events.record(session, subscriber_id, EventKind.RELINKED, at=now, detail=detail)
    return True
