"""Who has had the mail of a period: the ledger's `day`, compared with the period's first date.

A delivery has the reader's own date on which it was planned. A period's mail was had when there is
a delivery on its first date or later, whatever became of it and by whichever schedule it came.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import ColumnElement, Date, case, func, literal, select
from sqlalchemy.orm import Session

from digest.ground.database.tables.delivery import BatchRow, DeliveryRow, EditionRow
from digest.ground.database.tables.readers import SubscriberRow
from digest.model import SubscriberState

_LOCK = 0x706C616E  # "plan": any number that nobody else locks in our database
_AROUND = timedelta(days=2)  # a reader's date is never that far from ours


@dataclass(frozen=True, slots=True)
class DuePeriods:
    """The schedules whose mail is due: schedule id -> the first date of the period that it is for.

    latest: the latest date that it is anywhere now. A later one comes from a clock that was wrong,
    and counts for nobody.
    """

    first: Mapping[int, date]
    latest: date


def lock(session: Session) -> None:
    """Let nobody else plan until this transaction ends; who tries, waits.

    Two editions planned at once would not see each other's deliveries. On SQLite the write lock
    that every writing transaction holds does that.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(_LOCK)))


def is_due(session: Session, due: DuePeriods) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions on a subscriber's row under which a mail is due to it now."""
    conditions = (
        SubscriberRow.state == SubscriberState.ACTIVE,
        SubscriberRow.schedule_id.in_(due.first),
    )
    planned = _recent(session, min(due.first.values(), default=due.latest))
    if not planned:
        return conditions
    had = select(DeliveryRow.subscriber_id).where(
        DeliveryRow.edition_id.in_(planned),
        DeliveryRow.subscriber_id == SubscriberRow.id,
        DeliveryRow.day >= date_by_schedule(due.first),
        DeliveryRow.day <= due.latest,
    )
    return (*conditions, ~had.correlate(SubscriberRow).exists())


def count_due(session: Session, due: DuePeriods, *, had: int | None = None) -> dict[int, int]:
    """Count the readers whose mail is due, by schedule id; schedules without any are left out.

    had: only those who have had this edition already, so that they wait for another one.
    """
    if not due.first or (had is not None and not _is_planned(session, had)):
        return {}
    query = select(SubscriberRow.schedule_id, func.count()).where(*is_due(session, due))
    if had is not None:
        theirs = select(DeliveryRow.subscriber_id).where(
            DeliveryRow.edition_id == had, DeliveryRow.subscriber_id == SubscriberRow.id
        )
        query = query.where(theirs.exists())
    return dict(session.execute(query.group_by(SubscriberRow.schedule_id)).all())


def date_by_schedule(dates: Mapping[int, date]) -> ColumnElement[date]:
    """Return the date that belongs to a subscriber's schedule, as SQL; it is one of these."""
    schedules: dict[date, list[int]] = defaultdict(list)
    for schedule_id, day in dates.items():
        schedules[day].append(schedule_id)
    if not schedules:
        return literal(None, Date)
    *rare, most = sorted(schedules, key=lambda day: (len(schedules[day]), day))
    whens = [(SubscriberRow.schedule_id.in_(schedules[day]), literal(day, Date)) for day in rare]
    return case(*whens, else_=literal(most, Date)) if whens else literal(most, Date)


def _is_planned(session: Session, edition_id: int) -> bool:
    """Return whether anybody has this edition: that mostly spares a query over all readers."""
    query = select(BatchRow.number).where(BatchRow.edition_id == edition_id).limit(1)
    return session.scalar(query) is not None


def _recent(session: Session, first: date) -> list[int]:
    """Return the editions that may have deliveries for a date since `first`: a few."""
    since = datetime.combine(first - _AROUND, time(), UTC)
    return list(session.scalars(select(EditionRow.id).where(EditionRow.planned_at >= since)))
