"""Passkeys of accounts."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from digest.ground.database.tables.accounts import PasskeyRow


@dataclass(frozen=True, slots=True)
class Passkey:
    """A passkey; see `PasskeyRow`."""

    id: int
    account_id: int
    credential_id: bytes
    public_key: bytes
    sign_count: int
    name: str
    created_at: datetime
    used_at: datetime | None


def add(
    session: Session,
    account_id: int,
    credential_id: bytes,
    public_key: bytes,
    sign_count: int,
    name: str,
    now: datetime,
) -> None:
    """Add a passkey that no account has yet."""
    session.add(
        PasskeyRow(
            account_id=account_id,
            credential_id=credential_id,
            public_key=public_key,
            sign_count=sign_count,
            name=name,
            created_at=now,
        )
    )
    session.flush()


def by_credential(session: Session, credential_id: bytes) -> Passkey | None:
    """Return the passkey that a browser names."""
    row = session.scalar(select(PasskeyRow).where(PasskeyRow.credential_id == credential_id))
    return _passkey(row) if row else None


def of_account(session: Session, account_id: int) -> list[Passkey]:
    """Return the passkeys of an account, the oldest first."""
    query = select(PasskeyRow).where(PasskeyRow.account_id == account_id).order_by(PasskeyRow.id)
    return [_passkey(row) for row in session.scalars(query)]


def mark_used(session: Session, passkey_id: int, sign_count: int, now: datetime) -> None:
    """Note that a passkey was used."""
    row = update(PasskeyRow).where(PasskeyRow.id == passkey_id)
    session.execute(row.values(sign_count=sign_count, used_at=now))


def remove(session: Session, account_id: int, passkey_id: int | None = None) -> int:
    """Delete a passkey of an account, or all of them; return how many."""
    query = delete(PasskeyRow).where(PasskeyRow.account_id == account_id)
    if passkey_id is not None:
        query = query.where(PasskeyRow.id == passkey_id)
    return int(session.execute(query).rowcount)  # type: ignore[attr-defined]


def _passkey(row: PasskeyRow) -> Passkey:
    return Passkey(
        row.id,
        row.account_id,
        row.credential_id,
        row.public_key,
        row.sign_count,
        row.name,
        row.created_at,
        row.used_at,
    )
