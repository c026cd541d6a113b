"""How many readers came, left and were there, by day: sums of the days that are over."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import func, insert, select, type_coerce
from sqlalchemy.orm import Session
from sqlalchemy.types import String

from digest.ground.database.tables.readers import EventKind, EventRow, SubscriberRow
from digest.ground.database.tables.statistics import ReaderDayRow
from digest.ground.time.due_times import start_of
from digest.statistics.store import readers


class ReaderDay(NamedTuple):
    """What a day brought, as `readers.count` counts it.

    suppressed: because of bounces or complaints. active and the like: how many there were at its
    end; None: unknown.
    """

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


def count_day(session: Session, day: date, zone: str) -> ReaderDay:
    """Count what one day in a time zone brought, by indexes on the moments."""
    counted = readers.count(session, day, zone)
    start, end = start_of(day, zone), start_of(day + timedelta(days=1), zone)
    asked = select(func.count()).select_from(EventRow)
    asked = asked.where(EventRow.kind == EventKind.ASKED, EventRow.at >= start, EventRow.at < end)
    suppressed = sum(counted[name] for name in (readers.BOUNCED, readers.COMPLAINED))
    return ReaderDay(
        day,
        asked=session.scalar(asked) or 0,
        joined=counted[readers.JOINED],
        left=sum(counted[name] for name in readers.WHY_LEFT) - suppressed,
        suppressed=suppressed,
        erased=counted[readers.ERASED],
    )


def add(session: Session, days: Sequence[ReaderDay]) -> None:
    """Keep the sums of days that are over."""
    if days:
        session.execute(insert(ReaderDayRow), [day._asdict() for day in days])


def count_states(session: Session) -> dict[str, int]:
    """Count all readers by state: goes through an index of all, so once a day."""
    state = type_coerce(SubscriberRow.state, String)
    return dict(session.execute(select(state, func.count()).group_by(state)).all())
