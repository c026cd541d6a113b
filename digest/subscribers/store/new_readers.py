"""Add subscribers by the thousand, all of a batch at once."""

import secrets
from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from digest.ground.database.bulk import insert_missing
from digest.ground.database.tables.readers import SubscriberRow
from digest.ground.tokens.nonces import NONCE_BYTES
from digest.model import Origin, SubscriberState
from digest.subscribers.rules import wishes
from digest.subscribers.rules.wishes import Wishes
from digest.subscribers.store import schedules

_COLUMNS = (
    *("address", "domain", "nonce", "name", "state", "created_at", "confirmed_at"),
    *("paused_until", "origin", "schedule_id", *wishes.COLUMNS),
)

_LOCK = 0x72656164  # "read": any number that nobody else locks in our database


class NewReader(NamedTuple):
    """Somebody to add, as they are from then on. address: normalised."""

    address: str
    name: str
    state: SubscriberState
    wishes: Wishes
    created_at: datetime
    confirmed_at: datetime | None
    paused_until: date | None = None


def add(session: Session, readers: Sequence[NewReader], origin: Origin) -> dict[str, int]:
    """Insert readers, each address once; return the ids of those who are new, by address.

    Who is there already is left as they are. Each row is as `subscribers.add_all` would make it.
    """
    _take_turns(session)
    schedule_of = {id(one.wishes.schedule): one.wishes.schedule for one in readers}
    known = schedules.ids(session, set(schedule_of.values()))
    ids = {key: known[one] for key, one in schedule_of.items()}
    nonces = secrets.token_bytes(NONCE_BYTES * len(readers))
    rows = [
        (
            one.address,
            one.address.rpartition("@")[2],
            nonces[at : at + NONCE_BYTES],
            one.name,
            one.state,
            one.created_at,
            one.confirmed_at,
            one.paused_until,
            origin,
            ids[id(one.wishes.schedule)],
            *one.wishes.stored,
        )
        for at, one in zip(range(0, len(nonces), NONCE_BYTES), readers, strict=True)
    ]
    new = insert_missing(session, SubscriberRow, _COLUMNS, rows, "address")
    come = {
        ids[id(one.wishes.schedule)]
        for one in readers
        if one.state is SubscriberState.ACTIVE and one.address in new
    }
    if come:
        schedules.look_again(session, come)
    return new


def _take_turns(session: Session) -> None:
    """Let nobody else add a batch until this transaction ends; who tries, waits.

    Two that add the same addresses in another order would each wait for the other. On SQLite the
    write lock that every writing transaction holds does that.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(_LOCK)))
