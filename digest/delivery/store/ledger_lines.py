"""Read lines of the ledger in their order, by its key: no line is read that is far from an answer.

An edition is read by subscriber id, some lines at a time. Where a state is wanted, the kept counts
say which batches have any of it, and only the readers of those are looked at.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, ScalarSelect, Select, String, or_, select, type_coerce
from sqlalchemy.orm import Session

from digest.ground.database.statements import chunks
from digest.ground.database.tables.delivery import (
    BatchRow,
    BatchState,
    DeliveryCountRow,
    DeliveryRow,
    EditionRow,
)
from digest.ground.database.tables.feedback import FeedbackRow
from digest.ground.database.tables.readers import SubscriberRow
from digest.model import DeliveryState, FeedbackKind

_FIRST_PAGE, _PAGE = 100, 1000  # lines read at once: who wants few waits for few
_GREATEST_ID = 2**31 - 1
_EDITIONS = 30  # asked at once for the lines of some readers
MOST_READERS = 1000  # whose lines are looked up; of more, the lines are read in their order
_WORDS = [state.value for state in DeliveryState]


class Line(NamedTuple):
    """A row of the ledger, its reader's address (if they are not erased), its state as shown."""

    edition: EditionRow
    row: DeliveryRow
    address: str | None
    state: DeliveryState
    feedback: FeedbackKind | None


@dataclass(frozen=True, slots=True)
class Narrowed:
    """Which lines are wanted. readers: only of these subscribers, MOST_READERS at most.

    where: what else a row has to meet.
    """

    state: DeliveryState | None = None
    readers: Collection[int] | None = None
    where: Sequence[ColumnElement[bool]] = ()


def read(
    session: Session, editions: Sequence[EditionRow], narrowed: Narrowed, *, after: int = 0
) -> Iterator[Line]:
    """Yield the lines of editions in their order, each by subscriber id.

    after: of the first edition only those of greater subscriber ids.
    """
    if narrowed.readers is None:
        for edition in editions:
            yield from _of_edition(session, edition, narrowed, after)
            after = 0
        return
    for some in chunks(editions, _EDITIONS):
        found = list(_of_readers(session, some, narrowed))
        places = {edition.id: place for place, edition in enumerate(some)}
        found.sort(key=lambda line: (places[line.edition.id], line.row.subscriber_id))
        first = some[0].id
        yield from (
            line for line in found if line.edition.id != first or line.row.subscriber_id > after
        )
        after = 0


def _of_edition(
    session: Session, edition: EditionRow, narrowed: Narrowed, after: int
) -> Iterator[Line]:
    taken = _leased(session, [edition.id])
    size = _FIRST_PAGE
    for first, last in _ranges(session, edition.id, narrowed.state):
        start = max(first - 1, after)
        while start < last:
            query = (
                _select(narrowed)
                .where(
                    DeliveryRow.edition_id == edition.id,
                    DeliveryRow.subscriber_id > start,
                    DeliveryRow.subscriber_id <= last,
                )
                .order_by(DeliveryRow.subscriber_id)
                .limit(size)
            )
            rows = session.execute(query).all()
            for row, address, told in rows:
                line = _line(edition, row, address, told, taken)
                if narrowed.state in (None, line.state):
                    yield line
            if len(rows) < size:
                break
            start, size = rows[-1][0].subscriber_id, _PAGE


def _of_readers(
    session: Session, editions: Sequence[EditionRow], narrowed: Narrowed
) -> Iterator[Line]:
    by_id = {edition.id: edition for edition in editions}
    taken = _leased(session, by_id)
    query = _select(narrowed).where(
        DeliveryRow.edition_id.in_(by_id), DeliveryRow.subscriber_id.in_(narrowed.readers or ())
    )
    for row, address, told in session.execute(query):
        line = _line(by_id[row.edition_id], row, address, told, taken)
        if narrowed.state in (None, line.state):
            yield line


def _ranges(
    session: Session, edition_id: int, state: DeliveryState | None
) -> list[tuple[int, int]]:
    """Return ranges of subscriber ids, apart and rising, that hold all of a state in an edition."""
    if state is None:
        return [(1, _GREATEST_ID)]
    wanted = _has_state(type_coerce(DeliveryCountRow.state, String), state)
    query = (
        select(BatchRow.first_subscriber_id, BatchRow.last_subscriber_id)
        .join(
            DeliveryCountRow,
            (DeliveryCountRow.edition_id == BatchRow.edition_id)
            & (DeliveryCountRow.batch == BatchRow.number),
        )
        .where(DeliveryCountRow.edition_id == edition_id, wanted)
        .order_by(BatchRow.first_subscriber_id)
    )
    found: list[tuple[int, int]] = []
    for first, last in session.execute(query):
        if found and first <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(last, found[-1][1]))
        else:
            found.append((first, last))
    return found


def _select(narrowed: Narrowed) -> Select[Any]:
    columns: tuple[Any, ...] = (DeliveryRow, SubscriberRow.address, _last_feedback())
    query = select(*columns).outerjoin(SubscriberRow, SubscriberRow.id == DeliveryRow.subscriber_id)
    if narrowed.state is not None:
        query = query.where(_has_state(type_coerce(DeliveryRow.state, String), narrowed.state))
    return query.where(*narrowed.where)


def _has_state(word: ColumnElement[str], state: DeliveryState) -> ColumnElement[bool]:
    """Return the condition that a stored word may be shown as a state."""
    if state is DeliveryState.SENDING:
        return word == DeliveryState.QUEUED.value
    if state is DeliveryState.FAILED:  # a word that is no state counts as failed
        return or_(word == state.value, word.not_in(_WORDS))
    return word == state.value


def _leased(session: Session, edition_ids: Collection[int]) -> set[tuple[int, int]]:
    """Return the batches of editions that workers have: a few."""
    query = select(BatchRow.edition_id, BatchRow.number).where(
        BatchRow.state == BatchState.LEASED, BatchRow.edition_id.in_(edition_ids)
    )
    return {(edition_id, number) for edition_id, number in session.execute(query)}


def _line(
    edition: EditionRow,
    row: DeliveryRow,
    address: str | None,
    told: FeedbackKind | None,
    taken: set[tuple[int, int]],
) -> Line:
    state = row.state
    if state is DeliveryState.QUEUED and (row.edition_id, row.batch) in taken:
        state = DeliveryState.SENDING
    return Line(edition, row, address, state, told)


def _last_feedback() -> ScalarSelect[FeedbackKind]:
    """Return what was last said of a mail, among what is vouched for."""
    day = select(EditionRow.date).where(EditionRow.id == DeliveryRow.edition_id)
    return (
        select(FeedbackRow.kind)
        .where(
            FeedbackRow.subscriber_id == DeliveryRow.subscriber_id,
            FeedbackRow.edition == day.correlate(DeliveryRow).scalar_subquery(),
            FeedbackRow.trusted,
        )
        .order_by(FeedbackRow.id.desc())
        .limit(1)
        .correlate(DeliveryRow)
        .scalar_subquery()
    )
