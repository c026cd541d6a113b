"""Subscribers, their preferences and the schedules they share."""

import logging
from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, String, func, select, type_coerce, update
from sqlalchemy.orm import Session

from digest.ground.database.statements import among, insert_new
from digest.ground.database.tables.readers import DeliveryScheduleRow, SubscriberRow, new_nonce
from digest.ground.tokens.nonces import Binding
from digest.model import DeliverySchedule, Layout, Origin, Preferences, Subscriber, SubscriberState
from digest.subscribers.store import preferences, schedules

_STATE = type_coerce(SubscriberRow.state, String)  # an odd word must not spoil the other rows
_SUBSCRIBER: tuple[Any, ...] = (
    SubscriberRow.id,
    SubscriberRow.address,
    SubscriberRow.name,
    _STATE,
    SubscriberRow.created_at,
    SubscriberRow.nonce,
    SubscriberRow.paused_until,
)
_GREATEST_ID = 2**31 - 1  # that the column of ids holds on PostgreSQL; a token may name any
_UNSEEN = {"synchronize_session": False}
_log = logging.getLogger(__name__)


def schedule_id(session: Session, schedule: DeliverySchedule) -> int:
    """Return the id of the one row for this schedule, making it when it is new."""
    columns = preferences.schedule_columns(schedule)
    query = select(DeliveryScheduleRow.id).filter_by(**columns)
    found = session.scalar(query)
    if found is None:  # another transaction may be making it at this moment
        session.execute(insert_new(session, DeliveryScheduleRow), [columns])
        found = session.scalars(query).one()
    return found


def add_all(
    session: Session,
    readers: Sequence[tuple[str, str, Preferences]],
    *,
    state: SubscriberState,
    now: datetime,
    origin: Origin = Origin.UNKNOWN,
) -> set[str]:
    """Insert (address, name, preferences) rows; return which of the addresses were new.

    The addresses are normalised, each given once. Existing rows are left as they are.
    """
    wanted = {prefs.schedule for _, _, prefs in readers}
    known_schedules = {one: schedule_id(session, one) for one in wanted}
    confirmed = now if state is SubscriberState.ACTIVE else None
    rows = [
        {
            "address": address,
            "name": name,
            "state": state,
            "created_at": now,
            "confirmed_at": confirmed,
            "origin": origin,
            "schedule_id": known_schedules[prefs.schedule],
            **preferences.own_columns(prefs),
        }
        for address, name, prefs in readers
    ]
    if not rows:
        return set()
    added = insert_new(session, SubscriberRow).returning(SubscriberRow.address)
    new = set(session.scalars(added, rows))
    if new and state is SubscriberState.ACTIVE:
        schedules.look_again(session, known_schedules.values())
    return new


def get(session: Session, address: str) -> Subscriber | None:
    """Return the subscriber with this normalised address."""
    found = session.execute(select_all().where(SubscriberRow.address == address)).first()
    return to_model(found) if found else None


def by_id(session: Session, subscriber_id: int, *, lock: bool = False) -> Subscriber | None:
    """Return the subscriber with this id; None when it was erased.

    lock: nobody else changes the row until this transaction ends (on SQLite nobody can anyway).
    """
    query = select_all().where(SubscriberRow.id == subscriber_id)
    if lock:
        query = query.with_for_update(of=SubscriberRow)
    found = session.execute(query).first()
    return to_model(found) if found else None


def binding(session: Session, subscriber_id: int) -> Binding | None:
    """Return what the tokens of a subscriber are bound to; None when nobody has the id."""
    if subscriber_id > _GREATEST_ID:
        return None
    columns = (SubscriberRow.nonce, SubscriberRow.former_links)
    row = session.execute(select(*columns).where(SubscriberRow.id == subscriber_id)).first()
    return Binding(row.nonce, row.former_links) if row and row.nonce else None


def bound(
    session: Session, subscriber_ids: Collection[int], *, lock: bool = False
) -> dict[int, tuple[Subscriber, Binding | None]]:
    """Return subscribers (at most ~1,000) by id, each with what their tokens are bound to.

    lock: as in `by_id`; in the order of their ids, so that no two transactions wait for each other.
    """
    known = [one for one in subscriber_ids if one <= _GREATEST_ID]
    query = select_all().add_columns(SubscriberRow.former_links)
    query = query.where(SubscriberRow.id.in_(known)).order_by(SubscriberRow.id)
    if lock:
        query = query.with_for_update(of=SubscriberRow)
    found = {}
    for *row, former in session.execute(query):
        reader = to_model(row)
        found[reader.id] = (reader, Binding(reader.nonce, former) if reader.nonce else None)
    return found


def renew_nonce(session: Session, subscriber_id: int) -> bool:
    """End all tokens of the subscriber; False when there is no such subscriber."""
    values = {"nonce": new_nonce(), "former_links": False}
    change = update(SubscriberRow).where(SubscriberRow.id == subscriber_id).values(values)
    return bool(session.execute(change).rowcount)  # type: ignore[attr-defined]


def by_addresses(session: Session, addresses: Collection[str]) -> dict[str, Subscriber]:
    """Return who there is of these normalised addresses."""
    found = session.execute(select_all().where(among(session, SubscriberRow.address, addresses)))
    return {one.address: one for one in map(to_model, found)}


def newest_id(session: Session) -> int:
    """Return the greatest id; 0 when there is nobody."""
    return session.scalar(select(func.max(SubscriberRow.id))) or 0


def page(session: Session, *, after: int, limit: int) -> list[Subscriber]:
    """Return the next subscribers by id, whoever they are."""
    query = select_all().where(SubscriberRow.id > after).order_by(SubscriberRow.id).limit(limit)
    return [to_model(row) for row in session.execute(query)]


def counts(session: Session) -> dict[str, int]:
    """Return how many subscribers are in which state, from an index of nothing else."""
    query = select(_STATE, func.count()).group_by(SubscriberRow.state)
    return dict(session.execute(query).all())


def any_active(session: Session) -> bool:
    """Return whether anybody gets mail."""
    query = select(SubscriberRow.id).where(SubscriberRow.state == SubscriberState.ACTIVE)
    return session.scalar(query.limit(1)) is not None


def variants(session: Session) -> set[tuple[Layout, str]]:
    """Return the layouts and languages in which active subscribers get their mail."""
    layouts = type_coerce(SubscriberRow.layout, String)
    query = select(layouts, SubscriberRow.language).distinct()
    found = session.execute(query.where(SubscriberRow.state == SubscriberState.ACTIVE))
    known = {layout.value: layout for layout in Layout}
    return {(known[layout], language) for layout, language in found if layout in known}


def set_state(session: Session, subscriber_id: int, state: SubscriberState) -> bool:
    """Change the state; False when there is no such subscriber."""
    if state is SubscriberState.ACTIVE:
        schedules.look_again_for(session, [subscriber_id])
    change = update(SubscriberRow).where(SubscriberRow.id == subscriber_id).values(state=state)
    return bool(session.execute(change).rowcount)  # type: ignore[attr-defined]


def end_all(session: Session, subscriber_ids: Collection[int]) -> int:
    """Make subscribers (at most ~1,000) unsubscribed; return how many there are."""
    change = update(SubscriberRow).where(SubscriberRow.id.in_(subscriber_ids))
    done = session.execute(
        change.values(state=SubscriberState.UNSUBSCRIBED), execution_options=_UNSEEN
    )
    return int(done.rowcount)  # type: ignore[attr-defined]


def confirm_all(session: Session, subscriber_ids: Collection[int], now: datetime) -> int:
    """Make subscribers (at most ~1,000) active as of now; return how many there are."""
    schedules.look_again_for(session, subscriber_ids)
    values = {"state": SubscriberState.ACTIVE, "confirmed_at": now, "paused_until": None}
    change = update(SubscriberRow).where(SubscriberRow.id.in_(subscriber_ids)).values(values)
    done = session.execute(change, execution_options=_UNSEEN)
    return int(done.rowcount)  # type: ignore[attr-defined]


def pause(session: Session, subscriber_id: int, until: date) -> bool:
    """Let the subscriber pause until a date; False when there is no such subscriber."""
    values = {"state": SubscriberState.PAUSED, "paused_until": until}
    change = update(SubscriberRow).where(SubscriberRow.id == subscriber_id).values(values)
    return bool(session.execute(change).rowcount)  # type: ignore[attr-defined]


def resume(session: Session, subscriber_id: int) -> bool:
    """End a pause; False when there is no such subscriber."""
    schedules.look_again_for(session, [subscriber_id])
    values = {"state": SubscriberState.ACTIVE, "paused_until": None}
    change = update(SubscriberRow).where(SubscriberRow.id == subscriber_id).values(values)
    return bool(session.execute(change).rowcount)  # type: ignore[attr-defined]


def confirmed_at(session: Session, subscriber_id: int) -> datetime | None:
    """Return when the subscriber was confirmed; None when they never were."""
    query = select(SubscriberRow.confirmed_at).where(SubscriberRow.id == subscriber_id)
    return session.scalar(query)


def origin(session: Session, subscriber_id: int) -> Origin:
    """Return how a subscriber came."""
    query = select(SubscriberRow.origin).where(SubscriberRow.id == subscriber_id)
    return session.scalar(query) or Origin.UNKNOWN


def unconfirmed(session: Session, before: datetime) -> list[int]:
    """Return the ids of the pending subscribers that were made before a moment."""
    query = select(SubscriberRow.id).where(
        SubscriberRow.state == SubscriberState.PENDING, SubscriberRow.created_at < before
    )
    return list(session.scalars(query.order_by(SubscriberRow.id)))


def resting(session: Session, until: date) -> list[int]:
    """Return the ids of those who pause until this date or an earlier one."""
    query = select(SubscriberRow.id).where(
        SubscriberRow.state == SubscriberState.PAUSED, SubscriberRow.paused_until <= until
    )
    return list(session.scalars(query.order_by(SubscriberRow.id)))


def set_name(session: Session, subscriber_id: int, name: str) -> bool:
    """Replace the name; False when there is no such subscriber."""
    change = update(SubscriberRow).where(SubscriberRow.id == subscriber_id).values(name=name)
    return bool(session.execute(change).rowcount)  # type: ignore[attr-defined]


def set_preferences(session: Session, subscriber_id: int, prefs: Preferences) -> bool:
    """Replace all preferences; False when there is no such subscriber."""
    schedule = schedule_id(session, prefs.schedule)
    before = select(SubscriberRow.schedule_id).where(SubscriberRow.id == subscriber_id)
    if session.scalar(before) != schedule:
        schedules.look_again(session, [schedule])
    columns = {"schedule_id": schedule, **preferences.own_columns(prefs)}
    change = update(SubscriberRow).where(SubscriberRow.id == subscriber_id).values(columns)
    return bool(session.execute(change).rowcount)  # type: ignore[attr-defined]


def select_all() -> Select[Any]:
    """Return the query of all subscribers, whose rows `to_model` reads."""
    columns = (*_SUBSCRIBER, *preferences.COLUMNS)
    return select(*columns).join(
        DeliveryScheduleRow, SubscriberRow.schedule_id == DeliveryScheduleRow.id
    )


def to_model(row: Any) -> Subscriber:
    """Return what a row of `select_all` holds."""
    id_, address, name, state, created_at, nonce, paused_until, *stored = row
    prefs, known = preferences.legible(id_, *stored), known_state(id_, state)
    return Subscriber(id_, address, name, known, prefs, created_at, nonce or b"", paused_until)


def known_state(subscriber_id: int, state: str) -> SubscriberState:
    """Return a state; whoever is in one that we do not know must not be mailed."""
    try:
        return SubscriberState(state)
    except ValueError:
        _log.warning("Subscriber %d: the state %r is unknown.", subscriber_id, state)
        return SubscriberState.SUPPRESSED
