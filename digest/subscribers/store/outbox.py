"""Write a mail to one reader into the outbox, in the transaction of the event it tells of."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert, or_, select, update
from sqlalchemy.orm import Session

from digest.ground.database.tables.outbox import OutboxRow
from digest.model import DeliveryState, MailKind

OPERATOR = 0  # instead of a subscriber's id; of who is erased, too
_WAITING = (DeliveryState.QUEUED, DeliveryState.DEFERRED)


def add(
    session: Session,
    kind: MailKind,
    subscriber_id: int,
    event_id: int,
    *,
    now: datetime,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Queue a mail about an event. detail: what it is composed from beside event and reader."""
    _add(session, kind, subscriber_id, event_id, "", detail or {}, now)


def add_all(
    session: Session, kind: MailKind, told: Sequence[tuple[int, int]], *, now: datetime
) -> None:
    """Queue a mail of a kind for each of these subscribers. told: subscriber id and event id."""
    rows = [
        {"kind": kind, "subscriber_id": one, "event_id": event, "detail": {}, "created_at": now}
        for one, event in told
    ]
    if rows:
        session.execute(insert(OutboxRow), rows)


def add_alert(session: Session, name: str, *, now: datetime, detail: Mapping[str, Any]) -> None:
    """Queue a mail to the operator; one about the same alert that still waits is not sent."""
    waiting = update(OutboxRow).where(
        OutboxRow.kind == MailKind.ALERT,
        OutboxRow.subject == name,
        OutboxRow.state.in_(_WAITING),
        OutboxRow.lease.is_(None),
    )
    skipped: dict[str, Any] = {
        "state": DeliveryState.SKIPPED,
        "reply": "a newer mail about this alert takes its place",
        "detail": {},
        "not_before": None,
        "settled_at": now,
    }
    session.execute(waiting.values(skipped), execution_options={"synchronize_session": False})
    _add(session, MailKind.ALERT, OPERATOR, 0, name, detail, now)


def add_erased(session: Session, address: str, language: str, *, now: datetime) -> None:
    """Queue the last mail to a reader who is erased: its address goes when it is settled."""
    detail = {"address": address, "language": language}
    _add(session, MailKind.ERASED, OPERATOR, 0, "", detail, now)


def skip_waiting(session: Session, reason: str, before: datetime, now: datetime) -> int:
    """Send nothing of what waits for readers since before a moment, whoever has leased it.

    Return how many mails.
    """
    waiting = update(OutboxRow).where(
        OutboxRow.kind != MailKind.ALERT,
        OutboxRow.created_at < before,
        or_(OutboxRow.state.in_(_WAITING), OutboxRow.not_before.is_not(None)),
    )
    skipped: dict[str, Any] = {
        "state": DeliveryState.SKIPPED,
        "reply": reason,
        "detail": {},
        "not_before": None,
        "settled_at": now,
        "lease": None,
    }
    done = session.execute(
        waiting.values(skipped), execution_options={"synchronize_session": False}
    )
    return int(done.rowcount)  # type: ignore[attr-defined]


def had_since(
    session: Session, subscriber_ids: Collection[int], kind: MailKind, since: datetime
) -> set[int]:
    """Return which readers were written a mail of a kind after a moment, sent or not yet."""
    query = select(OutboxRow.subscriber_id).where(
        OutboxRow.subscriber_id.in_(subscriber_ids),
        OutboxRow.kind == kind,
        OutboxRow.created_at > since,
        OutboxRow.state != DeliveryState.SKIPPED,
    )
    return set(session.scalars(query))


def forget(session: Session, subscriber_id: int) -> None:
    """Empty what the mails to a subscriber who is erased hold of them; a reply may name them."""
    theirs = update(OutboxRow).where(OutboxRow.subscriber_id == subscriber_id)
    emptied = theirs.values(detail={}, reply=None)
    session.execute(emptied, execution_options={"synchronize_session": False})


def _add(
    session: Session,
    kind: MailKind,
    subscriber_id: int,
    event_id: int,
    subject: str,
    detail: Mapping[str, Any],
    now: datetime,
) -> None:
    row = OutboxRow(
        kind=kind,
        subscriber_id=subscriber_id,
        event_id=event_id,
        subject=subject,
        detail=dict(detail),
        created_at=now,
    )
    session.add(row)
    session.flush()
