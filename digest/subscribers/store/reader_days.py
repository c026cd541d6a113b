"""How many readers came and left, by day in UTC: sums of the days that are over."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, func, insert, select, type_coerce
from sqlalchemy.orm import Session
from sqlalchemy.types import String

from digest.ground.database.tables import EventKind, EventRow, ReaderDayRow, SubscriberRow

_KINDS = {
    "asked": EventKind.ASKED,
    "left": EventKind.UNSUBSCRIBED,
    "suppressed": EventKind.SUPPRESSED,
    "erased": EventKind.ERASED,
}
_DAY = timedelta(days=1)


class ReaderDay(NamedTuple):
    """What a day brought. active and the like: how many there were at its end; None: unknown."""

    day: date
    asked: int = 0
    joined: int = 0
    left: int = 0
    suppressed: int = 0
    erased: int = 0
    active: int | None = None
    paused: int | None = None
    pending: int | None = None


def listed(session: Session, first: date) -> list[ReaderDay]:
    """Return the sums from a day on, by day."""
    query = select(*(getattr(ReaderDayRow, name) for name in ReaderDay._fields))
    query = query.where(ReaderDayRow.day >= first).order_by(ReaderDayRow.day)
    return [ReaderDay(*row) for row in session.execute(query)]


def last_day(session: Session) -> date | None:
    """Return the newest day that was summed up."""
    return session.scalar(select(func.max(ReaderDayRow.day)))


def first_event(session: Session) -> datetime | None:
    """Return when the first reader came; None before that."""
    newest = select(SubscriberRow.confirmed_at).where(SubscriberRow.confirmed_at.is_not(None))
    joined = session.scalar(newest.order_by(SubscriberRow.confirmed_at).limit(1))
    event = session.scalar(select(EventRow.at).order_by(EventRow.id).limit(1))
    return min(filter(None, (joined, event)), default=None)


def count_day(session: Session, day: date) -> ReaderDay:
    """Count what one day brought, by indexes on the moments."""
    found: dict[str, Any] = {
        name: _count(session, EventRow.kind == kind, *_within(EventRow.at, day))
        for name, kind in _KINDS.items()
    }
    joined = select(func.count()).select_from(SubscriberRow)
    joined = joined.where(*_within(SubscriberRow.confirmed_at, day))
    return ReaderDay(day, joined=session.scalar(joined) or 0, **found)


def add(session: Session, days: Sequence[ReaderDay]) -> None:
    """Keep the sums of days that are over."""
    if days:
        session.execute(insert(ReaderDayRow), [day._asdict() for day in days])


def count_states(session: Session) -> dict[str, int]:
    """Count all readers by state: goes through an index of all, so once a day."""
    state = type_coerce(SubscriberRow.state, String)
    return dict(session.execute(select(state, func.count()).group_by(state)).all())


def _count(session: Session, *conditions: ColumnElement[bool]) -> int:
    query = select(func.count()).select_from(EventRow).where(*conditions)
    return session.scalar(query) or 0


def _within(column: Any, day: date) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    start = datetime.combine(day, time(), UTC)
    return column >= start, column < start + _DAY
