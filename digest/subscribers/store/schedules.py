"""Which schedules are due: a few hundred rows, however many readers there are."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Enum, Select, String, func, or_, select, type_coerce, update
from sqlalchemy.orm import Session

from digest.ground.database.statements import insert_new
from digest.ground.database.tables.readers import DeliveryScheduleRow, SubscriberRow
from digest.model import DeliverySchedule, SubscriberState
from digest.subscribers.store import preferences

_FAR = timedelta(days=30)
_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


class DueSchedule(NamedTuple):
    """A schedule, and when it is due.

    next_due_at: None when somebody came to it, or changed to it, since it was looked at.
    tried: the edition that was planned for it in the period that is due; others wait for another.
    """

    id: int
    schedule: DeliverySchedule
    next_due_at: datetime | None
    tried: int | None


def ids(session: Session, wanted: Collection[DeliverySchedule]) -> dict[DeliverySchedule, int]:
    """Return the ids of the rows for these schedules, making those that are new."""
    columns = {one: preferences.schedule_columns(one) for one in wanted}
    known = _known(session)
    if new := [each for each in columns.values() if _key(each) not in known]:
        session.execute(insert_new(session, DeliveryScheduleRow), new)
        known = _known(session)
    return {one: known[_key(each)] for one, each in columns.items()}


def list_due(session: Session, now: datetime) -> list[DueSchedule]:
    """Return the schedules that are due, or to be looked at, by id."""
    is_due = or_(DeliveryScheduleRow.next_due_at.is_(None), DeliveryScheduleRow.next_due_at <= now)
    return [_turn(*row) for row in session.execute(_select().where(is_due))]


def list_odd(session: Session, now: datetime) -> list[int]:
    """Return the schedules that are due at no time of ours: never again, or before there was mail.

    No period is longer than a week. On SQLite a text that is no time is one of those, too.
    """
    moment = DeliveryScheduleRow.next_due_at
    is_odd = or_(moment > now + _FAR, moment < _LONG_AGO)
    return list(session.scalars(select(DeliveryScheduleRow.id).where(is_odd)))


def list_all(session: Session) -> list[DueSchedule]:
    """Return all schedules by id."""
    return [_turn(*row) for row in session.execute(_select())]


def count_readers_elsewhere(session: Session, zones: Collection[str]) -> dict[str, int]:
    """Return how many active readers there are in each time zone that is none of these."""
    row = DeliveryScheduleRow
    schedules: dict[str, list[int]] = defaultdict(list)
    for id_, zone in session.execute(select(row.id, row.timezone)):
        if zone not in zones:
            schedules[zone].append(id_)
    found = {}
    for zone, ids in sorted(schedules.items()):
        query = select(func.count()).where(
            SubscriberRow.state == SubscriberState.ACTIVE, SubscriberRow.schedule_id.in_(ids)
        )
        found[zone] = session.scalar(query) or 0
    return {zone: count for zone, count in found.items() if count}


def advance(
    session: Session, turn: DueSchedule, *, next_due_at: datetime, tried: int | None = None
) -> bool:
    """Write how far a schedule is; False, and nothing written, when it is not as `turn` says.

    Of two who plan the same schedule one wins, and the other finds out here.
    """
    change = (
        update(DeliveryScheduleRow)
        .where(
            DeliveryScheduleRow.id == turn.id,
            DeliveryScheduleRow.next_due_at.is_not_distinct_from(turn.next_due_at),
            DeliveryScheduleRow.tried_edition_id.is_not_distinct_from(turn.tried),
        )
        .values(next_due_at=next_due_at, tried_edition_id=tried)
    )
    return bool(session.execute(change).rowcount)  # type: ignore[attr-defined]


def finish(session: Session, next_due_at: Mapping[int, datetime]) -> None:
    """Let schedules that this transaction has claimed rest until a moment each, by their ids."""
    rows = [
        {"id": id_, "next_due_at": moment, "tried_edition_id": None}
        for id_, moment in next_due_at.items()
    ]
    if rows:
        session.execute(update(DeliveryScheduleRow), rows)


def look_again(session: Session, schedule_ids: Iterable[int] | None = None) -> None:
    """Have schedules looked at by the next plan: somebody came to them. Left out: all of them."""
    change = update(DeliveryScheduleRow).values(next_due_at=None, tried_edition_id=None)
    if schedule_ids is not None:
        change = change.where(DeliveryScheduleRow.id.in_(sorted(schedule_ids)))
    session.execute(change)


def look_again_for(session: Session, subscriber_ids: Collection[int]) -> None:
    """Have the schedules of subscribers looked at: they get mail from now on."""
    theirs = select(SubscriberRow.schedule_id).where(SubscriberRow.id.in_(subscriber_ids))
    change = update(DeliveryScheduleRow).where(DeliveryScheduleRow.id.in_(theirs))
    session.execute(
        change.values(next_due_at=None, tried_edition_id=None),
        execution_options={"synchronize_session": False},
    )


def _known(session: Session) -> dict[tuple[Any, ...], int]:
    """Return the ids of all schedules, by what their columns hold."""
    columns = (getattr(DeliveryScheduleRow, name) for name in preferences.SCHEDULE_COLUMNS)
    texts = (type_coerce(one, String) if isinstance(one.type, Enum) else one for one in columns)
    rows = session.execute(select(DeliveryScheduleRow.id, *texts))
    return {tuple(when): id_ for id_, *when in rows}


def _key(columns: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(columns[name] for name in preferences.SCHEDULE_COLUMNS)


def _select() -> Select[Any]:
    row = DeliveryScheduleRow
    cadence = type_coerce(row.cadence, String)  # an odd word must not spoil the other rows
    when = (cadence, row.weekday, row.hour, row.timezone)
    columns: tuple[Any, ...] = (row.id, *when, row.next_due_at, row.tried_edition_id)
    return select(*columns).order_by(row.id)


def _turn(
    id_: int,
    cadence: str,
    weekday: int,
    hour: int,
    timezone: str,
    next_due_at: datetime | None,
    tried: int | None,
) -> DueSchedule:
    schedule = preferences.schedule(cadence=cadence, weekday=weekday, hour=hour, timezone=timezone)
    return DueSchedule(id_, schedule, next_due_at, tried)
