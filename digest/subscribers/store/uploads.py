"""The table of files that are looked at before they are imported, and what became of them."""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from digest.ground.database.tables.intake import ReaderUploadRow

_ROW = ReaderUploadRow


@dataclass(frozen=True, slots=True)
class Upload:
    """A file without its content. report: what became of its records; None until then.

    seen_at: when whoever imports it last said so. problem: why it could not be imported.
    """

    id: int
    account_id: int
    name: str
    size_bytes: int
    ends_at: datetime
    begun_at: datetime | None
    seen_at: datetime | None
    read_bytes: int
    report: Mapping[str, Any] | None
    problem: str


def add(
    session: Session, account_id: int, name: str, content: bytes, *, now: datetime, ends: datetime
) -> int:
    """Keep a file; return its number."""
    row = ReaderUploadRow(
        account_id=account_id,
        name=name,
        content=zlib.compress(content, 1),
        size_bytes=len(content),
        created_at=now,
        ends_at=ends,
    )
    session.add(row)
    session.flush()
    return row.id


def get(session: Session, upload_id: int, account_id: int, now: datetime) -> Upload | None:
    """Return a file of an account; None when there is none, or its time is over."""
    columns: tuple[Any, ...] = (
        *(_ROW.id, _ROW.account_id, _ROW.name, _ROW.size_bytes, _ROW.ends_at, _ROW.begun_at),
        *(_ROW.seen_at, _ROW.read_bytes, _ROW.report, _ROW.problem),
    )
    theirs = (_ROW.id == upload_id, _ROW.account_id == account_id, _ROW.ends_at > now)
    found = session.execute(select(*columns).where(*theirs)).first()
    return Upload(*found) if found else None


def count(session: Session, account_id: int, now: datetime) -> int:
    """Count the files of an account whose content is kept."""
    query = select(func.count()).select_from(_ROW)
    theirs = (_ROW.account_id == account_id, _ROW.ends_at > now, _ROW.content.is_not(None))
    return session.scalar(query.where(*theirs)) or 0


def content(session: Session, upload_id: int) -> bytes | None:
    """Return what a file says; None when it is gone."""
    packed = session.scalar(select(_ROW.content).where(_ROW.id == upload_id))
    return zlib.decompress(packed) if packed is not None else None


def hold(session: Session, upload_id: int) -> bool:
    """Let nobody delete a file before the transaction ends; False when it is gone already."""
    query = select(_ROW.id).where(_ROW.id == upload_id, _ROW.content.is_not(None))
    return session.scalar(query.with_for_update()) is not None


def begin(session: Session, upload_id: int, *, now: datetime, unseen_since: datetime) -> bool:
    """Claim the import of a file; False when somebody is at it, or it is done."""
    nobody = (_ROW.seen_at.is_(None)) | (_ROW.seen_at < unseen_since)
    change = update(_ROW).where(
        _ROW.id == upload_id, _ROW.report.is_(None), _ROW.content.is_not(None), nobody
    )
    values = {"begun_at": now, "seen_at": now, "read_bytes": 0, "problem": ""}
    return bool(session.execute(change.values(values)).rowcount)  # type: ignore[attr-defined]


def note_progress(session: Session, upload_id: int, read_bytes: int, now: datetime) -> None:
    """Say how much of a file is imported, and that somebody is at it."""
    change = update(_ROW).where(_ROW.id == upload_id)
    session.execute(change.values(read_bytes=read_bytes, seen_at=now))


def finish(session: Session, upload_id: int, report: Mapping[str, Any], *, ends: datetime) -> None:
    """Keep what became of a file, and let go of its content."""
    change = update(_ROW).where(_ROW.id == upload_id)
    session.execute(change.values(report=dict(report), content=None, ends_at=ends))


def fail(session: Session, upload_id: int, problem: str) -> None:
    """Note why a file could not be imported; it can be tried again."""
    change = update(_ROW).where(_ROW.id == upload_id)
    session.execute(change.values(problem=problem, seen_at=None, begun_at=None))


def drop(session: Session, upload_id: int, account_id: int) -> bool:
    """Delete a file of an account; False when there is none."""
    gone = delete(_ROW).where(_ROW.id == upload_id, _ROW.account_id == account_id)
    return bool(session.execute(gone).rowcount)  # type: ignore[attr-defined]


def forget(session: Session, now: datetime) -> int:
    """Delete the files whose time is over; count them."""
    gone = session.execute(delete(_ROW).where(_ROW.ends_at <= now))
    return int(gone.rowcount)  # type: ignore[attr-defined]


def forget_all(session: Session) -> int:
    """Delete every file and report, as any may name somebody who is erased; count them."""
    gone = session.execute(delete(_ROW))
    return int(gone.rowcount)  # type: ignore[attr-defined]
