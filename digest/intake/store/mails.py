"""Mail that came in, as it is stored: what became of it, and what a person should look at."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.orm import Session

from digest.ground.database.statements import insert_new
from digest.ground.database.tables.intake import Fate, IncomingMailRow

LONGEST_RAW_BYTES, MOST_RAW = 256 * 1024, 1000  # of mails that a person should look at


@dataclass(frozen=True, slots=True)
class StoredMail:
    """A mail without its octets. has_raw: whether they are there."""

    id: int
    received_at: datetime
    way: str
    fate: Fate
    reason: str
    feedback: Sequence[Mapping[str, Any]]
    size_bytes: int
    has_raw: bool


def add(
    session: Session,
    reference: str,
    *,
    now: datetime,
    way: str,
    fate: Fate,
    reason: str,
    feedback: Sequence[Mapping[str, Any]],
    raw: bytes,
    keep: bool,
    most_raw: int = MOST_RAW,
) -> bool:
    """Store a mail; False when it is stored already.

    keep: its octets too, as far as they fit. most_raw: of so many mails, the newest.
    """
    row = {
        "reference": reference,
        "received_at": now,
        "way": way,
        "fate": fate,
        "reason": reason,
        "feedback": [dict(each) for each in feedback],
        "size_bytes": len(raw),
        "raw": raw[:LONGEST_RAW_BYTES] if keep else None,
    }
    added = insert_new(session, IncomingMailRow).values(row).returning(IncomingMailRow.id)
    number = session.scalar(added)
    if number is not None and keep:
        _forget_oldest_raw(session, most_raw)
    return number is not None


def newest(
    session: Session, *, limit: int | None, fates: Sequence[Fate] = ()
) -> Iterator[StoredMail]:
    """Yield mails, the newest first; fates: only these."""
    query = select(*_COLUMNS).order_by(IncomingMailRow.id.desc()).limit(limit)
    if fates:
        query = query.where(IncomingMailRow.fate.in_(fates))
    for row in session.execute(query):
        yield StoredMail(*row)


def find(session: Session, number: int) -> tuple[StoredMail, bytes | None] | None:
    """Return a mail and its octets; None when there is none of that number."""
    row = session.execute(
        select(*_COLUMNS, IncomingMailRow.raw).where(IncomingMailRow.id == number)
    ).first()
    return (StoredMail(*row[:-1]), row[-1]) if row else None


def counts(session: Session) -> Counter[Fate]:
    """Return how many mails are stored, by fate."""
    query = select(IncomingMailRow.fate, func.count()).group_by(IncomingMailRow.fate)
    found = Counter[Fate]()
    for fate, count in session.execute(query):
        found[fate] = count
    return found


def forget(session: Session, before: datetime) -> int:
    """Delete what came before a time; return how many mails that were."""
    gone = session.execute(delete(IncomingMailRow).where(IncomingMailRow.received_at < before))
    return int(gone.rowcount)  # type: ignore[attr-defined]


def _forget_oldest_raw(session: Session, most: int) -> None:
    """Whoever floods us with mail fills no disk: the newest are kept."""
    kept = IncomingMailRow.raw.is_not(None)
    oldest = (
        select(IncomingMailRow.id)
        .where(kept)
        .order_by(IncomingMailRow.id.desc())
        .offset(most)
        .limit(1)
        .scalar_subquery()
    )
    session.execute(
        update(IncomingMailRow).where(IncomingMailRow.id <= oldest, kept).values(raw=None)
    )


_COLUMNS: tuple[ColumnElement[Any] | Any, ...] = (
    IncomingMailRow.id,
    IncomingMailRow.received_at,
    IncomingMailRow.way,
    IncomingMailRow.fate,
    IncomingMailRow.reason,
    IncomingMailRow.feedback,
    IncomingMailRow.size_bytes,
    IncomingMailRow.raw.is_not(None),
)
