"""The record of subscriptions: who asked, confirmed, changed and left, and when."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, insert, literal, select, update
from sqlalchemy.orm import Session

from digest.ground.database.bulk import insert_rows
from digest.ground.database.engine import LEFT
from digest.ground.database.statements import each_of
from digest.ground.database.tables.readers import EventKind, EventRow
from digest.installation.store.leavers import LEAVING
from digest.webhooks.store import telling

__all__ = [
    "Event",
    "EventKind",
    "Line",
    "add_lines",
    "delete_old",
    "for_subscriber",
    "for_subscribers",
    "forget",
    "get",
    "newest",
    "newest_ids",
    "record",
    "record_all",
    "record_each",
]

_PASSING = (EventKind.CHANGED, EventKind.PAUSED, EventKind.RESUMED, EventKind.REMINDED)


Line = tuple[int, EventKind, datetime, Mapping[str, Any]]  # subscriber id, kind, when, detail


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the record. `detail` holds JSON values; what is in it depends on the kind."""

    id: int
    subscriber_id: int
    kind: EventKind
    at: datetime
    detail: Mapping[str, Any]


def record(
    session: Session,
    subscriber_id: int,
    kind: EventKind,
    *,
    at: datetime,
    detail: Mapping[str, Any] | None = None,
) -> int:
    """Add a line, and tell webhooks of it; return its id."""
    row = EventRow(subscriber_id=subscriber_id, kind=kind, at=at, detail=dict(detail or {}))
    session.add(row)
    session.flush()
    telling.tell_events(session, [(subscriber_id, kind, row.detail)], at)
    if kind in LEAVING:
        session.info[LEFT] = True
    return row.id


def record_each(
    session: Session,
    kind: EventKind,
    details: Sequence[tuple[int, Mapping[str, Any]]],
    *,
    at: datetime,
) -> list[int]:
    """Add a line for each of these subscribers, and tell webhooks; return the lines' ids in order.

    details: subscriber id and detail of each line.
    """
    if not details:
        return []
    rows = [
        {"subscriber_id": one, "kind": kind, "at": at, "detail": dict(detail)}
        for one, detail in details
    ]
    added = insert(EventRow).returning(EventRow.id, sort_by_parameter_order=True)
    ids = list(session.scalars(added, rows))
    telling.tell_events(session, [(one, kind, detail) for one, detail in details], at)
    if kind in LEAVING:
        session.info[LEFT] = True
    return ids


def record_all(
    session: Session,
    subscriber_ids: Sequence[int],
    kind: EventKind,
    *,
    at: datetime,
    detail: Mapping[str, Any],
) -> None:
    """Add the same line for each of these subscribers, and tell webhooks of it."""
    said = dict(detail)
    line = {"kind": kind, "at": at, "detail": said}
    theirs = select(
        each_of(session, subscriber_ids),
        *(literal(value, getattr(EventRow, name).type) for name, value in line.items()),
    )
    session.execute(insert(EventRow).from_select(["subscriber_id", *line], theirs))
    telling.tell_events(session, [(one, kind, said) for one in subscriber_ids], at)


def add_lines(session: Session, lines: Sequence[Line]) -> None:
    """Add lines to the record, in this order; webhooks are told nothing of them."""
    insert_rows(session, EventRow, ("subscriber_id", "kind", "at", "detail"), lines)


def newest(session: Session, subscriber_id: int, *kinds: EventKind) -> Event | None:
    """Return the subscriber's newest event of these kinds."""
    query = select(EventRow).where(
        EventRow.subscriber_id == subscriber_id, EventRow.kind.in_(kinds)
    )
    row = session.scalar(query.order_by(EventRow.id.desc()).limit(1))
    return _event(row) if row else None


def newest_ids(session: Session, subscriber_ids: Sequence[int], kind: EventKind) -> dict[int, int]:
    """Return the id of the newest event of a kind, by subscriber (at most ~1,000) who has one."""
    query = select(EventRow.subscriber_id, func.max(EventRow.id)).where(
        EventRow.subscriber_id.in_(subscriber_ids), EventRow.kind == kind
    )
    return dict(session.execute(query.group_by(EventRow.subscriber_id)).all())


def get(session: Session, event_id: int) -> Event | None:
    """Return one event."""
    row = session.get(EventRow, event_id)
    return _event(row) if row else None


def for_subscriber(session: Session, subscriber_id: int) -> list[Event]:
    """Return all events of a subscriber, the oldest first."""
    query = select(EventRow).where(EventRow.subscriber_id == subscriber_id)
    return [_event(row) for row in session.scalars(query.order_by(EventRow.id))]


def for_subscribers(session: Session, subscriber_ids: Sequence[int]) -> dict[int, list[Event]]:
    """Return all events of some subscribers (at most ~1,000), each one's oldest first."""
    found: dict[int, list[Event]] = {}
    query = select(EventRow).where(EventRow.subscriber_id.in_(subscriber_ids))
    for row in session.scalars(query.order_by(EventRow.id)):
        found.setdefault(row.subscriber_id, []).append(_event(row))
    return found


def forget(session: Session, subscriber_id: int) -> None:
    """Empty the details of a subscriber who is erased: they hold IP addresses and preferences.

    Those of RELINKED stay: hashes of nonces, by which the logs of leavers know who it was.
    """
    theirs = EventRow.subscriber_id == subscriber_id, EventRow.kind != EventKind.RELINKED
    change = update(EventRow).where(*theirs)
    session.execute(change.values(detail={}))


def delete_old(session: Session, before: datetime) -> int:
    """Delete what readers changed before a moment; return how many events.

    What says that somebody agreed, left, was suppressed or erased is kept.
    """
    old = delete(EventRow).where(EventRow.kind.in_(_PASSING), EventRow.at < before)
    return int(session.execute(old).rowcount)  # type: ignore[attr-defined]


def _event(row: EventRow) -> Event:
    return Event(row.id, row.subscriber_id, row.kind, row.at, row.detail)
