"""Store which dumps came, and what became of them."""

import datetime as dt
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, text, update
from sqlalchemy.orm import Session

from digest.ground.database.tables.papers import DumpRow, DumpStatus


@dataclass(frozen=True, slots=True)
class StoredDump:
    """A dump as it is stored."""

    id: int
    name: str
    status: DumpStatus
    reason: str
    date: dt.date | None
    entries: int
    ingested_at: datetime


def lock(session: Session) -> None:
    """Let one transaction at a time add dumps and papers; readers do not wait.

    On SQLite the write lock of BEGIN IMMEDIATE has done it already. On PostgreSQL the second
    ingest waits here, and then sees what the first has committed.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("LOCK TABLE dumps IN SHARE ROW EXCLUSIVE MODE"))


def find(session: Session, content_hash: str) -> StoredDump | None:
    """Return the dump with this content; None if there is none."""
    row = session.scalar(select(DumpRow).where(DumpRow.content_hash == content_hash))
    if row is None:
        return None
    return StoredDump(
        row.id, row.name, row.status, row.reason, row.date, row.entries, row.ingested_at
    )


def save_loaded(
    session: Session,
    content_hash: str,
    *,
    name: str,
    day: dt.date,
    now: datetime,
    source: str = "",
    ranked: bool = True,
) -> int:
    """Record a dump as loaded and return its id, also if it was refused before.

    source: the live source whose list of that day it is; a list of that day that it
    brought before is the same dump, with another content now.
    """
    fields: dict[str, object] = {
        "name": name,
        "status": DumpStatus.LOADED,
        "reason": "",
        "date": day,
        "ingested_at": now,
        "source": source or None,
        "unranked": not ranked,
    }
    same_list = select(DumpRow.id).where(DumpRow.source == source, DumpRow.date == day)
    earlier = session.scalar(same_list) if source else None
    if earlier is None:
        return _put(session, content_hash, fields)
    refused = DumpRow.status == DumpStatus.REFUSED
    session.execute(delete(DumpRow).where(DumpRow.content_hash == content_hash, refused))
    fields["content_hash"] = content_hash
    session.execute(update(DumpRow).where(DumpRow.id == earlier).values(**fields))
    return earlier


def count_entries(session: Session, dump_id: int, entries: int) -> None:
    """Record how many entries of the dump were loaded."""
    session.execute(update(DumpRow).where(DumpRow.id == dump_id).values(entries=entries))


def save_refused(
    session: Session, content_hash: str, *, name: str, reason: str, now: datetime
) -> None:
    """Record a dump as refused, and why; a loaded one stays loaded."""
    known = find(session, content_hash)
    if known is None or known.status is not DumpStatus.LOADED:
        fields = {"name": name, "status": DumpStatus.REFUSED, "reason": reason, "ingested_at": now}
        _put(session, content_hash, fields)


def _put(session: Session, content_hash: str, fields: dict[str, object]) -> int:
    known = find(session, content_hash)
    if known is not None:
        session.execute(update(DumpRow).where(DumpRow.id == known.id).values(**fields))
        return known.id
    row = DumpRow(content_hash=content_hash, **fields)
    session.add(row)
    session.flush()
    return row.id
