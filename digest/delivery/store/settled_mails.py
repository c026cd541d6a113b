"""Mails as the ledger says that they were sent, for whoever makes them again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from digest.errors import InputError
from digest.ground.database.tables.delivery import DATED_AT, IN_BATCH, BatchRow, DeliveryRow
from digest.ground.database.tables.readers import DeliveryScheduleRow, EventKind, SubscriberRow
from digest.model import Preferences, Reader
from digest.subscribers.rules.preferences import from_record
from digest.subscribers.store import events, preferences
from digest.subscribers.store.events import Event


@dataclass(frozen=True, slots=True)
class SettledMail:
    """One mail that was begun. mail_hash: of the message last handed to a relay.

    readers: the reader as they were then; more than one where their preferences changed while it
    was sent; none when they were erased, or their row cannot be read.
    """

    subscriber_id: int
    dated_at: datetime
    picks: bytes | None
    mail_hash: bytes
    readers: tuple[Reader, ...]


def numbers(session: Session, edition_id: int) -> list[int]:
    """Return the numbers of an edition's batches."""
    query = select(BatchRow.number).where(BatchRow.edition_id == edition_id)
    return list(session.scalars(query.order_by(BatchRow.number)))


def of_batch(session: Session, edition_id: int, number: int) -> list[SettledMail]:
    """Return the mails of a batch that have a hash, by subscriber id."""
    query = (
        select(
            DeliveryRow.subscriber_id,
            DATED_AT.label("dated_at"),
            DeliveryRow.settled_at,
            DeliveryRow.picks,
            DeliveryRow.mail_hash,
            SubscriberRow.id,
            SubscriberRow.address,
            SubscriberRow.name,
            SubscriberRow.nonce,
            *preferences.COLUMNS,
        )
        .select_from(DeliveryRow)
        .join(BatchRow, IN_BATCH)
        .outerjoin(SubscriberRow, SubscriberRow.id == DeliveryRow.subscriber_id)
        .outerjoin(DeliveryScheduleRow, SubscriberRow.schedule_id == DeliveryScheduleRow.id)
        .where(DeliveryRow.edition_id == edition_id, BatchRow.number == number)
        .where(DeliveryRow.mail_hash.is_not(None))
        .order_by(DeliveryRow.subscriber_id)
    )
    rows = session.execute(query).all()
    changes = events.for_subscribers(session, [row.subscriber_id for row in rows])
    return [_mail(row, changes) for row in rows]


def _mail(row: Any, changes: Mapping[int, Sequence[Event]]) -> SettledMail:
    key, dated_at, settled_at, picks, mail_hash, id_, address, name, nonce, *stored = row
    readers: tuple[Reader, ...] = ()
    if id_ is not None:
        then = _as_they_were(_preferences(stored), changes.get(key, ()), dated_at, settled_at)
        readers = tuple(
            Reader(id_, address, name, each, nonce or b"", frozenset(), ()) for each in then
        )
    return SettledMail(key, dated_at, picks, mail_hash, readers)


def _preferences(stored: Sequence[Any]) -> Preferences | None:
    try:
        return preferences.preferences(*stored)
    except InputError:  # as it was then may be known all the same
        return None


def _as_they_were(
    now: Preferences | None,
    own: Sequence[Event],
    dated_at: datetime,
    settled_at: datetime | None,
) -> list[Preferences]:
    """Take changes back, the newest first, down to the quarter of an hour that the mail is from.

    All that were in force between then and when the delivery was settled are returned.
    """
    found = []
    current = now
    for event in sorted(own, key=lambda each: each.id, reverse=True):
        if event.kind is not EventKind.CHANGED or "before" not in event.detail:
            continue
        if current is not None and (settled_at is None or event.at <= settled_at):
            found.append(current)
        if event.at < dated_at:
            return found
        current = from_record(event.detail["before"])
    return [*found, current] if current is not None else found
