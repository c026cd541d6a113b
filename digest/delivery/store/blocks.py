"""Deliveries whose details are thinned: a block for each batch, where its rows had been."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import delete, exists, insert, select, update
from sqlalchemy.orm import Session

from digest.delivery.rules import packing
from digest.delivery.rules.packing import PackedDelivery
from digest.delivery.store import counts as delivery_counts
from digest.ground.database.tables.delivery import (
    BatchRow,
    BatchState,
    BlockRow,
    DeliveryRow,
    EditionRow,
)
from digest.model import DeliveryState

_UNSEEN = {"synchronize_session": False}  # no row of it is in the session


class ThinnedMail(NamedTuple):
    """What is left of one delivery: its edition, whose it was, its state and its packed picks."""

    edition: date
    domain: str
    subscriber_id: int
    state: DeliveryState
    picks: bytes


def thinnable(session: Session, before: date, limit: int) -> list[tuple[int, int]]:
    """Return sealed batches of editions before a date: edition id and number, the oldest first."""
    open_too = BatchRow.__table__.alias("others")
    unsealed = exists().where(open_too.c.edition_id == EditionRow.id, open_too.c.seal_id.is_(None))
    query = (
        select(BatchRow.edition_id, BatchRow.number)
        .join(EditionRow, EditionRow.id == BatchRow.edition_id)
        .where(EditionRow.date < before, ~unsealed)
        .order_by(EditionRow.date, BatchRow.number)
        .limit(limit)
    )
    return [(edition_id, number) for edition_id, number in session.execute(query)]


def thin(session: Session, edition_id: int, number: int, now: datetime) -> int:
    """Put a block in the place of a batch's rows; return how many, 0 when they are gone already."""
    ours = (BatchRow.edition_id == edition_id, BatchRow.number == number)
    sealed = (BatchRow.state == BatchState.DONE, BatchRow.seal_id.is_not(None))
    batch = session.scalar(select(BatchRow).where(*ours, *sealed).with_for_update())
    if batch is None:
        return 0
    theirs = (DeliveryRow.edition_id == edition_id, DeliveryRow.batch == number)
    columns = select(
        DeliveryRow.subscriber_id,
        DeliveryRow.state,
        DeliveryRow.uncertain_attempts > 0,
        DeliveryRow.picks,
    )
    columns = columns.where(*theirs).order_by(DeliveryRow.subscriber_id)
    kept = [
        PackedDelivery(key, state, bool(doubtful), picks or b"")
        for key, state, doubtful, picks in session.execute(columns)
    ]
    by_state = Counter(each.state.value for each in kept)
    row = {
        "edition_id": edition_id,
        "number": number,
        "first_subscriber_id": kept[0].subscriber_id if kept else 0,
        "last_subscriber_id": kept[-1].subscriber_id if kept else 0,
        "counts": dict(by_state),
        "packed": packing.pack(kept),
    }
    session.execute(insert(BlockRow), [row])
    session.execute(delete(DeliveryRow).where(*theirs), execution_options=_UNSEEN)
    session.execute(delete(BatchRow).where(*ours), execution_options=_UNSEEN)
    delivery_counts.thin(session, edition_id, number)
    noted = update(EditionRow).where(EditionRow.id == edition_id, EditionRow.thinned_at.is_(None))
    session.execute(noted.values(thinned_at=now), execution_options=_UNSEEN)
    return len(kept)


def counts(session: Session, edition_id: int) -> Counter[DeliveryState]:
    """Count the thinned deliveries of an edition by state."""
    found: Counter[DeliveryState] = Counter()
    query = select(BlockRow.counts).where(BlockRow.edition_id == edition_id)
    for each in session.scalars(query):
        found.update({DeliveryState(word): count for word, count in each.items()})
    return found


def between(
    session: Session, edition_ids: Sequence[int], first: int, last: int
) -> Iterator[PackedDelivery]:
    """Yield the thinned deliveries of some editions to the subscribers from `first` to `last`."""
    query = select(BlockRow.packed).where(
        BlockRow.edition_id.in_(edition_ids),
        BlockRow.first_subscriber_id <= last,
        BlockRow.last_subscriber_id >= first,
    )
    for packed in session.scalars(query):
        yield from (each for each in packing.unpack(packed) if first <= each.subscriber_id <= last)


def list_all(
    session: Session,
    *,
    edition: date | None = None,
    subscriber_id: int | None = None,
    newest_first: bool = False,
) -> Iterator[ThinnedMail]:
    """Yield thinned deliveries by edition and subscriber id, a block in memory at a time."""
    order = EditionRow.date.desc() if newest_first else EditionRow.date
    query = (
        select(EditionRow.date, EditionRow.domain, EditionRow.id, BlockRow.number)
        .join(EditionRow, EditionRow.id == BlockRow.edition_id)
        .order_by(order, BlockRow.number)
    )
    if edition is not None:
        query = query.where(EditionRow.date == edition)
    if subscriber_id is not None:
        query = query.where(
            BlockRow.first_subscriber_id <= subscriber_id,
            BlockRow.last_subscriber_id >= subscriber_id,
        )
    for day, domain, edition_id, number in session.execute(query).all():
        ours = (BlockRow.edition_id == edition_id, BlockRow.number == number)
        packed = session.scalars(select(BlockRow.packed).where(*ours)).one()
        for key, state, _, picks in packing.unpack(packed):
            if subscriber_id in (None, key):
                yield ThinnedMail(day, domain, key, state, picks)


def before(today: date, days: int) -> date:
    """Return the date before which editions are thinned."""
    return today - timedelta(days=days)
