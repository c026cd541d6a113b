"""Add subscribers by the thousand, all of a batch at once."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from digest.ground.database.bulk import insert_missing
from digest.ground.database.tables.readers import SubscriberRow, new_nonce
from digest.model import Origin, Preferences, SubscriberState
from digest.subscribers.store import preferences, schedules

_COLUMNS = (
    *("address", "domain", "nonce", "name", "state", "created_at", "confirmed_at"),
    *("paused_until", "origin", "schedule_id", *preferences.OWN_COLUMNS),
)

_LOCK = 0x72656164  # "read": any number that nobody else locks in our database


class NewReader(NamedTuple):
    """Somebody to add, as they are from then on. address: normalised."""

    address: str
    name: str
    state: SubscriberState
    preferences: Preferences
    created_at: datetime
    confirmed_at: datetime | None
    paused_until: date | None = None


def add(session: Session, readers: Sequence[NewReader], origin: Origin) -> dict[str, int]:
    """Insert readers, each address once; return the ids of those who are new, by address.

    Who is there already is left as they are. Each row is as `subscribers.add_all` would make it.
    """
    wanted = {one.preferences.schedule for one in readers}
    _take_turns(session)
    known = schedules.ids(session, wanted)
    wishes: dict[int, tuple[Any, ...]] = {}  # of preferences that several have, made once
    rows = []
    for one in readers:
        prefs = one.preferences
        own = wishes.get(id(prefs))
        if own is None:
            columns = preferences.own_columns(prefs)
            own = wishes[id(prefs)] = (known[prefs.schedule], *columns.values())
        domain = one.address.rpartition("@")[2]
        made = (one.state, one.created_at, one.confirmed_at, one.paused_until, origin)
        rows.append((one.address, domain, new_nonce(), one.name, *made, *own))
    new = insert_missing(session, SubscriberRow, _COLUMNS, rows, "address")
    come = {one.preferences.schedule for one in readers if one.address in new and _gets_mail(one)}
    if come:
        schedules.look_again(session, [known[one] for one in come])
    return new


def _take_turns(session: Session) -> None:
    """Let nobody else add a batch until this transaction ends; who tries, waits.

    Two that add the same addresses in another order would each wait for the other. On SQLite the
    write lock that every writing transaction holds does that.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(_LOCK)))


def _gets_mail(one: NewReader) -> bool:
    return one.state is SubscriberState.ACTIVE
