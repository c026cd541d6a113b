"""Addresses that are never mailed again: hashes, so that they outlive their subscribers."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import delete
from sqlalchemy.orm import Session

from digest.ground.database.engine import LEFT, insert_new
from digest.ground.database.tables import SuppressionRow
from digest.subscribers.store.subscribers import address_hash


class Suppression(NamedTuple):
    """Why an address is never mailed again, and since when."""

    reason: str
    since: datetime


def add(session: Session, address: str, reason: str, *, now: datetime) -> bool:
    """Suppress a normalised address; False, and nothing changed, when it is suppressed already."""
    row = {"address_hash": address_hash(address), "reason": reason, "created_at": now}
    added = insert_new(session, SuppressionRow).values(row).returning(SuppressionRow.address_hash)
    session.info[LEFT] = True
    return session.scalar(added) is not None


def get(session: Session, address: str) -> Suppression | None:
    """Return the suppression of a normalised address; None when it may be mailed."""
    row = session.get(SuppressionRow, address_hash(address))
    return Suppression(row.reason, row.created_at) if row else None


def remove(session: Session, address: str) -> bool:
    """Lift the suppression of a normalised address; False when there is none."""
    gone = delete(SuppressionRow).where(SuppressionRow.address_hash == address_hash(address))
    return bool(session.execute(gone).rowcount)  # type: ignore[attr-defined]
