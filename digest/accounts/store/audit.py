"""The audit log: who changed what, when, from what to what."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from digest.ground.database.tables.accounts import AuditRow


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One change; see `AuditRow`."""

    id: int
    at: datetime
    account: str
    action: str
    subject: str
    asked: Mapping[str, Any]
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    ended_at: datetime | None
    error: str | None


def begin(
    session: Session,
    account: str,
    action: str,
    subject: str,
    asked: Mapping[str, Any],
    now: datetime,
) -> int:
    """Add the entry of a change that is about to be made; return its id."""
    row = AuditRow(at=now, account=account, action=action, subject=subject, asked=dict(asked))
    session.add(row)
    session.flush()
    return row.id


def complete(
    session: Session,
    entry_id: int,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
    error: str | None,
    now: datetime,
) -> None:
    """Say how a change ended."""
    session.execute(
        update(AuditRow)
        .where(AuditRow.id == entry_id)
        .values(before=before, after=after, error=error, ended_at=now)
    )


def count_since(session: Session, account: str, action: str, since: datetime) -> int:
    """Count an account's entries of one kind after a moment."""
    query = select(func.count()).select_from(AuditRow)
    which = (AuditRow.account == account, AuditRow.action == action, AuditRow.at > since)
    return session.scalar(query.where(*which)) or 0


def newest(
    session: Session,
    limit: int,
    *,
    below: int | None = None,
    account: str = "",
    subject: str = "",
) -> list[AuditEntry]:
    """Return entries, the newest first. below: only those with smaller ids (the next page)."""
    query = select(AuditRow).order_by(AuditRow.id.desc()).limit(limit)
    if below is not None:
        query = query.where(AuditRow.id < below)
    if account:
        query = query.where(AuditRow.account == account)
    if subject:
        query = query.where(AuditRow.subject == subject)
    return [
        AuditEntry(
            row.id,
            row.at,
            row.account,
            row.action,
            row.subject,
            row.asked,
            row.before,
            row.after,
            row.ended_at,
            row.error,
        )
        for row in session.scalars(query)
    ]
