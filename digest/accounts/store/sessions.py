"""Browsers that are signed in, or about to be, found by the hash of their cookie."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from digest.ground.database.tables.accounts import AccountSessionRow
from digest.model import Stage


@dataclass(frozen=True, slots=True)
class SignIn:
    """A session; see `AccountSessionRow`."""

    id: int
    account_id: int | None
    stage: Stage
    by_link: bool
    failures: int
    challenge: bytes | None
    browser: str
    created_at: datetime
    seen_at: datetime
    ends_at: datetime


def add(
    session: Session,
    secret_hash: str,
    account_id: int | None,
    stage: Stage,
    *,
    by_link: bool,
    browser: str,
    now: datetime,
    ends_at: datetime,
    challenge: bytes | None = None,
) -> int:
    """Add a session; return its id."""
    row = AccountSessionRow(
        secret_hash=secret_hash,
        account_id=account_id,
        stage=stage,
        by_link=by_link,
        failures=0,
        challenge=challenge,
        browser=browser,
        created_at=now,
        seen_at=now,
        ends_at=ends_at,
    )
    session.add(row)
    session.flush()
    return row.id


def by_hash(session: Session, secret_hash: str) -> SignIn | None:
    """Return the session of a cookie."""
    row = session.scalar(
        select(AccountSessionRow).where(AccountSessionRow.secret_hash == secret_hash)
    )
    return _sign_in(row) if row else None


def of_account(session: Session, account_id: int, now: datetime) -> list[SignIn]:
    """Return an account's full sessions, the one used last first."""
    rows = session.scalars(
        select(AccountSessionRow)
        .where(AccountSessionRow.account_id == account_id, AccountSessionRow.stage == Stage.FULL)
        .where(AccountSessionRow.ends_at > now)
        .order_by(AccountSessionRow.seen_at.desc())
    )
    return [_sign_in(row) for row in rows]


def change(session: Session, session_id: int, **values: Any) -> None:
    """Set columns of a session."""
    row = AccountSessionRow.id == session_id
    session.execute(update(AccountSessionRow).where(row).values(**values))


def locked(session: Session, session_id: int) -> SignIn | None:
    """Return a session that nobody else counts on until the transaction ends; None if it ended."""
    row = select(AccountSessionRow).where(AccountSessionRow.id == session_id).with_for_update()
    found = session.scalar(row)
    return _sign_in(found) if found else None


def fail(session: Session, session_id: int) -> int:
    """Count a wrong code; return how many there were."""
    row = AccountSessionRow.id == session_id
    more = AccountSessionRow.failures + 1
    session.execute(update(AccountSessionRow).where(row).values(failures=more))
    return session.scalar(select(AccountSessionRow.failures).where(row)) or 0


def take_challenge(session: Session, session_id: int) -> bytes | None:
    """Return what a passkey was to sign, for the one who comes first."""
    row = AccountSessionRow.id == session_id
    challenge = session.scalar(select(AccountSessionRow.challenge).where(row))
    if challenge is None:
        return None
    still = update(AccountSessionRow).where(row, AccountSessionRow.challenge == challenge)
    done = session.execute(still.values(challenge=None))
    return challenge if done.rowcount else None  # type: ignore[attr-defined]


def end(session: Session, session_id: int, account_id: int | None = None) -> bool:
    """End a session, of an account if one is named; False when there is none."""
    query = delete(AccountSessionRow).where(AccountSessionRow.id == session_id)
    if account_id is not None:
        query = query.where(AccountSessionRow.account_id == account_id)
    return bool(session.execute(query).rowcount)  # type: ignore[attr-defined]


def end_all(session: Session, account_id: int, *, but: int | None = None) -> int:
    """End the sessions of an account; return how many. but: this one stays."""
    query = delete(AccountSessionRow).where(AccountSessionRow.account_id == account_id)
    if but is not None:
        query = query.where(AccountSessionRow.id != but)
    return int(session.execute(query).rowcount)  # type: ignore[attr-defined]


def delete_ended(session: Session, now: datetime) -> int:
    """Delete the sessions that are too old; return how many."""
    done = session.execute(delete(AccountSessionRow).where(AccountSessionRow.ends_at <= now))
    return int(done.rowcount)  # type: ignore[attr-defined]


def _sign_in(row: AccountSessionRow) -> SignIn:
    return SignIn(
        row.id,
        row.account_id,
        row.stage,
        row.by_link,
        row.failures,
        row.challenge,
        row.browser,
        row.created_at,
        row.seen_at,
        row.ends_at,
    )
