"""Accounts, their passkeys and the links that sign them in."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from digest.ground.database.tables.accounts import (
    AccountLinkRow,
    AccountRow,
    AccountSessionRow,
    PasskeyRow,
)
from digest.model import Role


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who may use the console. has_code: an authenticator is set up.

    passkeys: how many.
    """

    id: int
    address: str
    role: Role
    has_password: bool
    has_code: bool
    passkeys: int
    nonce: bytes
    created_at: datetime
    seen_at: datetime | None

    @property
    def has_second_factor(self) -> bool:
        """Whether they can finish signing in."""
        return self.has_code or self.passkeys > 0


def any_account(session: Session) -> bool:
    """Whether there is an account at all."""
    return session.scalar(select(AccountRow.id).limit(1)) is not None


def add(session: Session, address: str, role: Role, nonce: bytes, now: datetime) -> int:
    """Add an account whose address is not taken; return its id."""
    row = AccountRow(address=address, role=role, nonce=nonce, created_at=now, code_step=0)
    session.add(row)
    session.flush()
    return row.id


def by_address(session: Session, address: str) -> Account | None:
    """Return the account of an address."""
    return _one(session, AccountRow.address == address)


def by_id(session: Session, account_id: int) -> Account | None:
    """Return an account."""
    return _one(session, AccountRow.id == account_id)


def list_all(session: Session) -> list[Account]:
    """Return all accounts by address."""
    counts = _passkey_counts(session)
    rows = session.scalars(select(AccountRow).order_by(AccountRow.address))
    return [_account(row, counts.get(row.id, 0)) for row in rows]


def count_owners(session: Session) -> int:
    """Count the owners; on PostgreSQL their rows stay locked until the transaction ends."""
    owners = select(AccountRow.id).where(AccountRow.role == Role.OWNER).with_for_update()
    return len(session.scalars(owners).all())


def password_hash(session: Session, account_id: int) -> str | None:
    """Return the hash of an account's password; None without one."""
    return session.scalar(select(AccountRow.password_hash).where(AccountRow.id == account_id))


def code_key(session: Session, account_id: int) -> tuple[bytes | None, int]:
    """Return the wrapped key of an account's codes, and the period of the one used last."""
    row = session.execute(
        select(AccountRow.code_key, AccountRow.code_step).where(AccountRow.id == account_id)
    ).one()
    return row.code_key, row.code_step


def use_code(session: Session, account_id: int, step: int) -> bool:
    """Note the period of a code; False when one as new was used meanwhile."""
    change = update(AccountRow).where(AccountRow.id == account_id, AccountRow.code_step < step)
    return bool(session.execute(change.values(code_step=step)).rowcount)  # type: ignore[attr-defined]


def change(session: Session, account_id: int, **values: Any) -> None:
    """Set columns of an account."""
    session.execute(update(AccountRow).where(AccountRow.id == account_id).values(**values))


def remove(session: Session, account_id: int) -> None:
    """Delete an account and all that belongs to it; the audit log keeps its address."""
    for table in (AccountSessionRow, AccountLinkRow, PasskeyRow):
        session.execute(delete(table).where(table.account_id == account_id))
    session.execute(delete(AccountRow).where(AccountRow.id == account_id))


def add_link(session: Session, account_id: int, now: datetime, ends_at: datetime) -> int:
    """Add a link; return its id."""
    row = AccountLinkRow(account_id=account_id, created_at=now, ends_at=ends_at)
    session.add(row)
    session.flush()
    return row.id


def good_link(session: Session, account_id: int, link_id: int, now: datetime) -> Account | None:
    """Return the account of a link; None when that is used, or has ended."""
    row = session.get(AccountLinkRow, link_id)
    if row is None or row.account_id != account_id or row.used_at or now >= row.ends_at:
        return None
    return by_id(session, account_id)


def link_ends_at(session: Session, link_id: int) -> datetime | None:
    """Return when a link ends."""
    return session.scalar(select(AccountLinkRow.ends_at).where(AccountLinkRow.id == link_id))


def use_link(session: Session, link_id: int, now: datetime) -> bool:
    """Use a link up; False when somebody else did."""
    unused = update(AccountLinkRow).where(
        AccountLinkRow.id == link_id, AccountLinkRow.used_at.is_(None)
    )
    return bool(session.execute(unused.values(used_at=now)).rowcount)  # type: ignore[attr-defined]


def count_links_since(session: Session, account_id: int, since: datetime) -> int:
    """Count the links that an account was given since a moment."""
    query = select(func.count()).select_from(AccountLinkRow)
    theirs = AccountLinkRow.account_id == account_id
    return session.scalar(query.where(theirs, AccountLinkRow.created_at > since)) or 0


def delete_links(session: Session, before: datetime) -> int:
    """Delete the links that ended before a moment; return how many."""
    done = session.execute(delete(AccountLinkRow).where(AccountLinkRow.ends_at < before))
    return int(done.rowcount)  # type: ignore[attr-defined]


def _one(session: Session, which: Any) -> Account | None:
    row = session.scalar(select(AccountRow).where(which))
    return _account(row, _passkey_counts(session, row.id).get(row.id, 0)) if row else None


def _passkey_counts(session: Session, account_id: int | None = None) -> dict[int, int]:
    query = select(PasskeyRow.account_id, func.count()).group_by(PasskeyRow.account_id)
    if account_id is not None:
        query = query.where(PasskeyRow.account_id == account_id)
    return {account: count for account, count in session.execute(query)}  # noqa: C416 -- typed


def _account(row: AccountRow, passkeys: int) -> Account:
    return Account(
        row.id,
        row.address,
        row.role,
        row.password_hash is not None,
        row.code_key is not None,
        passkeys,
        row.nonce,
        row.created_at,
        row.seen_at,
    )
