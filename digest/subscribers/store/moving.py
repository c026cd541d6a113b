"""All that is stored of a list, to be taken elsewhere: readers with their record, suppressions."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from itertools import groupby
from typing import NamedTuple

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from digest.ground.database.tables.readers import SubscriberRow, SuppressionRow
from digest.model import Subscriber, SubscriberState
from digest.subscribers.store import (
    events,
    subscribers,
    suppression_keys,
    suppressions,
)
from digest.subscribers.store.events import Event
from digest.subscribers.store.suppressions import Suppression
from digest.webhooks.store import telling

_PAGE = 500


class StoredReader(NamedTuple):
    """A subscriber with their record, the oldest event first."""

    subscriber: Subscriber
    confirmed_at: datetime | None
    events: list[Event]


class MovedSuppression(NamedTuple):
    """An address that is never mailed. address_hash: under the key; SHA-256 alone without one."""

    address_hash: str
    key: bytes | None
    suppression: Suppression


def iter_readers(session: Session) -> Iterator[StoredReader]:
    """Yield all subscribers by id, some hundred in memory at a time."""
    after = 0
    while page := subscribers.page(session, after=after, limit=_PAGE):
        after = page[-1].id
        ids = [one.id for one in page]
        confirmed = _confirmed(session, ids)
        records = events.for_subscribers(session, ids)
        for one in page:
            yield StoredReader(one, confirmed[one.id], records.get(one.id, []))


def iter_suppressions(session: Session) -> Iterator[MovedSuppression]:
    """Yield all suppressions by hash."""
    keys = suppression_keys.keys(session)
    query = select(SuppressionRow).order_by(SuppressionRow.address_hash)
    for row in session.scalars(query.execution_options(yield_per=1000)):
        found = Suppression(row.reason, row.created_at, row.source, row.kind)
        key = keys[row.key_id] if row.key_id is not None else None
        yield MovedSuppression(row.address_hash, key, found)


def add_suppressions(session: Session, moved: Sequence[MovedSuppression], *, now: datetime) -> int:
    """Insert suppressions; return how many were new."""
    plain = {one.address_hash: one.suppression for one in moved if one.key is None}
    added = len(suppressions.add_hashes(session, plain, now=now))
    keys = {one.key for one in moved if one.key is not None}
    ids = {key: suppression_keys.add_key(session, key, now) for key in keys}
    rows = [
        (one.address_hash, ids[one.key], one.suppression) for one in moved if one.key is not None
    ]
    return added + suppressions.insert_hashes(session, rows)


def count_new(session: Session, moved: Sequence[MovedSuppression]) -> int:
    """Return how many of these (at most ~1,000) are not stored."""
    keyed = {one.address_hash for one in moved if one.key is not None}
    plain = {one.address_hash for one in moved if one.key is None}
    query = select(func.count()).where(SuppressionRow.address_hash.in_(keyed))
    known = session.scalars(query).one() + len(suppressions.stored(session, plain))
    return len(keyed) + len(plain) - known


def add_news(session: Session, lines: Sequence[events.Line]) -> None:
    """Add lines of what happens now to the record, and tell webhooks of them."""
    events.add_lines(session, lines)
    for now, some in groupby(lines, key=lambda line: line[2]):
        telling.tell_events(session, [(id_, kind, detail) for id_, kind, _, detail in some], now)


def suppress(session: Session, addresses: Collection[str]) -> None:
    """Let subscribers get no mail any more, by their normalised addresses."""
    change = update(SubscriberRow).where(SubscriberRow.address.in_(addresses))
    session.execute(change.values(state=SubscriberState.SUPPRESSED))


def not_suppressed(
    session: Session, addresses: Collection[str]
) -> dict[str, tuple[int, SubscriberState]]:
    """Return id and state of the subscribers of these addresses who are not suppressed yet."""
    query = select(SubscriberRow.address, SubscriberRow.id, SubscriberRow.state).where(
        SubscriberRow.address.in_(addresses), SubscriberRow.state != SubscriberState.SUPPRESSED
    )
    return {row.address: (row.id, row.state) for row in session.execute(query)}


def _confirmed(session: Session, ids: Sequence[int]) -> dict[int, datetime | None]:
    query = select(SubscriberRow.id, SubscriberRow.confirmed_at).where(SubscriberRow.id.in_(ids))
    return {row.id: row.confirmed_at for row in session.execute(query)}
