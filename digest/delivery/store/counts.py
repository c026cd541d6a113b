"""How many deliveries of an edition are in which state, from counts that are kept for each batch.

The ledger is the truth; this is its sum, kept so that nobody reads 200,000 rows to know it. Whoever
changes the state or the times of deliveries counts their batches anew in the same transaction, and
holds the edition's row or the batch's, so that two who count do not miss each other's changes.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, case, delete, func, insert, select
from sqlalchemy.orm import Session

from digest.ground.database.statements import insert_for
from digest.ground.database.tables.delivery import (
    BatchRow,
    BatchState,
    DeliveryCountRow,
    DeliveryRow,
    EditionRow,
)
from digest.model import DeliveryState

THINNED = 0  # the batch that stands for all batches of an edition that are thinned
_Figures = Select[DeliveryState, int, datetime | None, datetime | None, datetime | None]
_UNSEEN = {"synchronize_session": False}  # no row of it is in the session


@dataclass(frozen=True, slots=True)
class StateCount:
    """How many of an edition's deliveries are in one state.

    since: when the first of them was settled. until: the last one. next: the next attempt.
    """

    state: DeliveryState
    count: int
    since: datetime | None
    until: datetime | None
    next: datetime | None

    def __add__(self, other: "StateCount") -> "StateCount":
        """Return both together, in the state of the first."""
        return StateCount(
            self.state,
            self.count + other.count,
            min(filter(None, (self.since, other.since)), default=None),
            max(filter(None, (self.until, other.until)), default=None),
            min(filter(None, (self.next, other.next)), default=None),
        )


def count_batch(
    session: Session, edition_id: int, number: int, *, first: int, last: int
) -> list[StateCount]:
    """Count the rows of a batch, whose row this transaction has locked; keep and return that.

    first, last: the ids of its first and its last subscriber.
    """
    named = {"edition": edition_id, "number": number, "first": first, "last": last}
    found = _by_state(session.execute(_of_batch(), named))
    ours = (DeliveryCountRow.edition_id == edition_id, DeliveryCountRow.batch == number)
    session.execute(delete(DeliveryCountRow).where(*ours), execution_options=_UNSEEN)
    rows = [
        {
            "edition_id": edition_id,
            "batch": number,
            "state": one.state,
            "deliveries": one.count,
            "first_at": one.since,
            "last_at": one.until,
            "next_at": one.next,
        }
        for one in found.values()
    ]
    if rows:
        session.execute(insert(DeliveryCountRow), rows)
    return list(found.values())


def count_batches(session: Session, edition_id: int, numbers: Iterable[int]) -> None:
    """Count some batches of an edition, whose row this transaction has locked."""
    bounds = select(BatchRow.first_subscriber_id, BatchRow.last_subscriber_id)
    for number in sorted(numbers):
        ours = (BatchRow.edition_id == edition_id, BatchRow.number == number)
        first, last = session.execute(bounds.where(*ours)).one()
        count_batch(session, edition_id, number, first=first, last=last)


def count_edition(session: Session, edition_id: int, *, after: int = THINNED) -> None:
    """Count the batches of an edition, whose row this transaction has locked.

    after: only those with greater numbers.
    """
    ours = (DeliveryCountRow.edition_id == edition_id, DeliveryCountRow.batch > after)
    session.execute(delete(DeliveryCountRow).where(*ours), execution_options=_UNSEEN)
    found = (
        select(DeliveryRow.edition_id, DeliveryRow.batch, *_FIGURES)
        .where(DeliveryRow.edition_id == edition_id, DeliveryRow.batch > after)
        .group_by(DeliveryRow.edition_id, DeliveryRow.batch, DeliveryRow.state)
    )
    columns = ["edition_id", "batch", "state", "deliveries", "first_at", "last_at", "next_at"]
    session.execute(insert(DeliveryCountRow).from_select(columns, found))


def thin(session: Session, edition_id: int, number: int) -> None:
    """Add the counts of a batch to those of all thinned batches of its edition, and drop its own.

    What is left of an edition is a row a state, for as long as there are editions.
    """
    row = DeliveryCountRow
    ours = (row.edition_id == edition_id, row.batch == number)
    for state, count, first_at, last_at, _ in session.execute(_kept().where(*ours)).all():
        whole = insert_for(session)(row).values(
            edition_id=edition_id,
            batch=THINNED,
            state=state,
            deliveries=count,
            first_at=first_at,
            last_at=last_at,
        )
        new = whole.excluded
        added = {
            "deliveries": row.deliveries + new.deliveries,
            "first_at": _either(row.first_at, new.first_at, row.first_at < new.first_at),
            "last_at": _either(row.last_at, new.last_at, row.last_at > new.last_at),
        }
        keys = ["edition_id", "batch", "state"]
        session.execute(whole.on_conflict_do_update(index_elements=keys, set_=added))
    session.execute(delete(row).where(*ours), execution_options=_UNSEEN)


def of_edition(session: Session, edition_id: int) -> dict[DeliveryState, StateCount]:
    """Return how many deliveries of an edition are in which state: what nobody is in is left out.

    What is queued in a batch that a worker has is sending. A word that is no state was written by
    nobody of ours: its delivery counts as failed.
    """
    row = DeliveryCountRow
    query = select(
        row.state,
        func.sum(row.deliveries),
        func.min(row.first_at),
        func.max(row.last_at),
        func.min(row.next_at),
    ).where(row.edition_id == edition_id)
    found = _by_state(session.execute(query.group_by(row.state)))
    queued = found.get(DeliveryState.QUEUED)
    if queued is not None and (taken := _sending(session, edition_id)):
        found[DeliveryState.SENDING] = replace(queued, state=DeliveryState.SENDING, count=taken)
        found[DeliveryState.QUEUED] = replace(queued, count=queued.count - taken)
        if taken == queued.count:
            del found[DeliveryState.QUEUED]
    return found


def states(session: Session, edition_id: int) -> dict[DeliveryState, int]:
    """Return how many deliveries of an edition are in which state."""
    return {state: one.count for state, one in of_edition(session, edition_id).items()}


def count_sent(session: Session, first: date) -> int:
    """Count the mails that the relay took, of the editions from a date on."""
    ids = select(EditionRow.id).where(EditionRow.date >= first)
    query = select(func.sum(DeliveryCountRow.deliveries)).where(
        DeliveryCountRow.edition_id.in_(ids), DeliveryCountRow.state == DeliveryState.SENT
    )
    return int(session.scalar(query) or 0)


def newest_settlement(session: Session, edition_id: int) -> datetime | None:
    """Return when a delivery of an edition was last settled; None before the first."""
    query = select(func.max(DeliveryCountRow.last_at))
    return session.scalar(query.where(DeliveryCountRow.edition_id == edition_id))


_FIGURES = (
    DeliveryRow.state,
    func.count().label("deliveries"),
    func.min(DeliveryRow.settled_at),
    func.max(DeliveryRow.settled_at),
    func.min(DeliveryRow.not_before),
)


@cache
def _of_batch() -> _Figures:
    """Count the rows of the batch :number of :edition, whose readers are from :first to :last."""
    return (
        select(*_FIGURES)
        .where(
            DeliveryRow.edition_id == bindparam("edition"),
            DeliveryRow.subscriber_id.between(bindparam("first"), bindparam("last")),
            DeliveryRow.batch == bindparam("number"),
        )
        .group_by(DeliveryRow.state)
    )


def _by_state(rows: Iterable[Any]) -> dict[DeliveryState, StateCount]:
    """Return the counts of rows by state; of words that are no states there may be several."""
    found: dict[DeliveryState, StateCount] = {}
    for state, count, first, last, retry in rows:
        one = StateCount(state, int(count), first, last, retry)
        found[state] = found[state] + one if state in found else one
    return found


def _kept() -> _Figures:
    row = DeliveryCountRow
    return select(row.state, row.deliveries, row.first_at, row.last_at, row.next_at)


def _sending(session: Session, edition_id: int) -> int:
    """Count what is queued in the batches of an edition that workers have: a few."""
    leased = select(BatchRow.number).where(
        BatchRow.state == BatchState.LEASED, BatchRow.edition_id == edition_id
    )
    numbers = session.scalars(leased).all()
    query = select(func.sum(DeliveryCountRow.deliveries)).where(
        DeliveryCountRow.edition_id == edition_id,
        DeliveryCountRow.batch.in_(numbers),
        DeliveryCountRow.state == DeliveryState.QUEUED,
    )
    return int(session.scalar(query) or 0) if numbers else 0


def _either(ours: Any, theirs: Any, is_ours: ColumnElement[bool]) -> Any:
    """Return the one of two columns that a condition prefers, or the one that has a value."""
    return case((is_ours, ours), else_=func.coalesce(theirs, ours))
