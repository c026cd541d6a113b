"""Keys to the API, found by the hash of their secret."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from digest.ground.database.statements import insert_new
from digest.ground.database.tables.api import ApiKeyRow


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key without its secret."""

    id: int
    name: str
    secret_hash: str
    scopes: tuple[str, ...]
    created_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


def add(
    session: Session, name: str, secret_hash: str, scopes: Sequence[str], now: datetime
) -> bool:
    """Add a key; False when the name is taken, be it by a revoked one."""
    row = {"name": name, "secret_hash": secret_hash, "scopes": list(scopes), "created_at": now}
    added = insert_new(session, ApiKeyRow).values(row).returning(ApiKeyRow.id)
    return session.scalar(added) is not None


def find(session: Session, secret_hash: str) -> ApiKey | None:
    """Return the key of a secret, revoked or not."""
    row = session.scalar(select(ApiKeyRow).where(ApiKeyRow.secret_hash == secret_hash))
    return _key(row) if row else None


def list_all(session: Session) -> list[ApiKey]:
    """Return all keys, the oldest first."""
    return [_key(row) for row in session.scalars(select(ApiKeyRow).order_by(ApiKeyRow.id))]


def revoke(session: Session, name: str, now: datetime) -> bool:
    """End a key for good; False when there is none of that name that still works."""
    change = update(ApiKeyRow).where(ApiKeyRow.name == name, ApiKeyRow.revoked_at.is_(None))
    return _changed(session, change.values(revoked_at=now))


def mark_used(session: Session, key_id: int, now: datetime) -> bool:
    """Note when a key was last used; False when there is no such key."""
    return _changed(
        session, update(ApiKeyRow).where(ApiKeyRow.id == key_id).values(last_used_at=now)
    )


def _changed(session: Session, change: Any) -> bool:
    return bool(session.execute(change).rowcount)  # type: ignore[attr-defined]


def _key(row: ApiKeyRow) -> ApiKey:
    return ApiKey(
        row.id,
        row.name,
        row.secret_hash,
        tuple(row.scopes),
        row.created_at,
        row.last_used_at,
        row.revoked_at,
    )
