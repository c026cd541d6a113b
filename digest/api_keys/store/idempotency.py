"""Requests that name themselves: claimed before they run, kept with their answer afterwards."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.orm import Session

from digest.ground.database.statements import insert_new
from digest.ground.database.tables.api import IdempotencyRow


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request was answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Claim:
    """A request that came before. answer: None while it runs, or if it was killed."""

    fingerprint: str
    created_at: datetime
    answer: Answer | None


def claim(
    session: Session, api_key_id: int, key: str, fingerprint: str, now: datetime
) -> Claim | None:
    """Claim a key for a request; None when it is ours now, else who has it."""
    row = {"api_key_id": api_key_id, "key": key, "fingerprint": fingerprint, "created_at": now}
    added = insert_new(session, IdempotencyRow).values(row).returning(IdempotencyRow.key)
    if session.scalar(added) is not None:
        return None
    found = session.scalars(select(IdempotencyRow).where(*_is(api_key_id, key))).one()
    answer = None
    if found.status is not None:
        answer = Answer(found.status, found.headers or {}, found.body or b"")
    return Claim(found.fingerprint, found.created_at, answer)


def save(session: Session, api_key_id: int, key: str, since: datetime, answer: Answer) -> None:
    """Keep the answer of a request that was claimed at `since` and not taken over."""
    values = {"status": answer.status, "headers": dict(answer.headers), "body": answer.body}
    session.execute(update(IdempotencyRow).where(*_ours(api_key_id, key, since)).values(**values))


def release(session: Session, api_key_id: int, key: str, since: datetime) -> None:
    """Give up a claim, so that the request can be tried again."""
    session.execute(delete(IdempotencyRow).where(*_ours(api_key_id, key, since)))


def forget(session: Session, before: datetime, *, unanswered_before: datetime) -> int:
    """Delete what is older, or was claimed so long ago without an answer; return how many."""
    old = IdempotencyRow.created_at < before
    dead = IdempotencyRow.status.is_(None) & (IdempotencyRow.created_at < unanswered_before)
    gone = session.execute(delete(IdempotencyRow).where(old | dead))
    return int(gone.rowcount)  # type: ignore[attr-defined]


def _is(api_key_id: int, key: str) -> tuple[ColumnElement[bool], ...]:
    return (IdempotencyRow.api_key_id == api_key_id, IdempotencyRow.key == key)


def _ours(api_key_id: int, key: str, since: datetime) -> tuple[ColumnElement[bool], ...]:
    unanswered = IdempotencyRow.status.is_(None)
    return (*_is(api_key_id, key), IdempotencyRow.created_at == since, unanswered)
