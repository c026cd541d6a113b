"""Deliveries that are queued again because somebody asked for it."""

from collections.abc import Collection
from datetime import date, datetime

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from digest.delivery.store import counts
from digest.delivery.store.ledger import reply_matches
from digest.editions.store import changes
from digest.ground.database.tables.delivery import (
    UNSEALED,
    BatchRow,
    BatchState,
    DeliveryRow,
    EditionRow,
)
from digest.ground.database.tables.readers import SubscriberRow
from digest.model import DeliveryState


def count(
    session: Session,
    *,
    state: DeliveryState,
    on: date | None = None,
    address: str | None = None,
    reply: str | None = None,
) -> dict[date, int]:
    """Count the deliveries in a state by their editions' dates, the cancelled editions left out."""
    query = (
        select(EditionRow.date, func.count())
        .join(DeliveryRow, DeliveryRow.edition_id == EditionRow.id)
        .where(EditionRow.cancelled_at.is_(None), *_which(state, address, reply))
        .group_by(EditionRow.date)
        .order_by(EditionRow.date)
    )
    if on is not None:
        query = query.where(EditionRow.date == on)
    return dict(session.execute(query).all())


def queue_again(
    session: Session,
    on: date,
    *,
    now: datetime,
    state: DeliveryState,
    address: str | None = None,
    reply: str | None = None,
    readers: Collection[int] | None = None,
) -> int:
    """Queue deliveries of an open edition again; return how many. Their attempts stay counted.

    readers: only those of these subscribers (at most ~1,000).
    Whoever does that has judged what came back of the edition until now.
    They keep their picks, so that the mail is the same. A worker that has their batch at the moment
    leaves them queued when it settles it. A cancelled edition gets none.
    """
    edition_id = session.scalar(select(EditionRow.id).where(EditionRow.date == on))
    if edition_id is None or changes.locked(session, edition_id).cancelled_at is not None:
        return 0
    theirs = [DeliveryRow.edition_id == edition_id, *_which(state, address, reply)]
    if readers is not None:
        theirs.append(DeliveryRow.subscriber_id.in_(readers))
    numbers = set(session.scalars(select(DeliveryRow.batch).where(*theirs).distinct()))
    again = update(DeliveryRow).where(*theirs).values(state=DeliveryState.QUEUED, not_before=None)
    done = session.execute(again, execution_options={"synchronize_session": False})
    judged = update(EditionRow).where(EditionRow.id == edition_id).values(resumed_at=now)
    session.execute(judged, execution_options={"synchronize_session": False})
    ours = (BatchRow.edition_id == edition_id, BatchRow.state != BatchState.LEASED)
    for number in sorted(numbers):
        reopen = update(BatchRow).where(*ours, BatchRow.number == number)
        session.execute(reopen.values(state=BatchState.OPEN, not_before=None, **UNSEALED))
    counts.count_batches(session, edition_id, numbers)
    return int(done.rowcount)  # type: ignore[attr-defined]


def _which(
    state: DeliveryState, address: str | None, reply: str | None
) -> list[ColumnElement[bool]]:
    found = [DeliveryRow.state == state]
    if address is not None:
        reader = select(SubscriberRow.id).where(SubscriberRow.address == address)
        found.append(DeliveryRow.subscriber_id == reader.scalar_subquery())
    if reply is not None:
        found.append(reply_matches(reply))
    return found
