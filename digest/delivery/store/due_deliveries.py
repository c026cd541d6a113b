"""What is due now: the readers of a batch, with preferences, votes and what they were sent."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence, Set
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, String, and_, null, or_, select, type_coerce
from sqlalchemy.orm import Session

from digest.delivery.rules.dating import date_of, quarter_of
from digest.delivery.store import blocks, reasons
from digest.delivery.store.batches import Batch
from digest.delivery.store.planning import BATCH_SIZE
from digest.errors import InputError
from digest.ground.database.tables.delivery import IN_BATCH, BatchRow, DeliveryRow
from digest.ground.database.tables.readers import DeliveryScheduleRow, SubscriberRow
from digest.ground.tokens.nonces import NONCE_BYTES
from digest.model import DeliveryState, Reader, SubscriberState, Vote
from digest.subscribers.store import preferences, suppressions, votes

# A paper counts as sent while a copy may reach, or may have reached, its reader; so it does after
# any attempt whose final reply was lost, however a later one ended.
_HOLDS_PAPERS = (DeliveryState.SENT, DeliveryState.UNCERTAIN, DeliveryState.DEFERRED)
_NO_PAPERS: frozenset[int] = frozenset()
_Sent = Mapping[int, frozenset[int]]  # subscriber id -> papers
_Cast = Mapping[int, tuple[Vote, ...]]
_ACTIVE = SubscriberState.ACTIVE.value


class DueDelivery(NamedTuple):
    """One delivery to be made now.

    state: as the ledger has it; None when nothing is planned yet.
    reader: None when nobody is to be mailed; `obstacle` then says why, in words.
    picks: packed, from an earlier attempt, which is repeated byte for byte; None on the first.
    fault: what of the reader's rows cannot be read, in words: it costs them their mail, and nobody
    else. There is no reader then.
    dated_at: the Date of its message.
    uncertain_attempts: of how many attempts the final reply was lost.
    """

    subscriber_id: int
    state: DeliveryState | None
    attempts: int
    reader: Reader | None
    picks: bytes | None
    dated_at: datetime
    obstacle: str = ""
    fault: str = ""
    uncertain_attempts: int = 0


def due(session: Session, batch: Batch, shared: Sequence[int], now: datetime) -> list[DueDelivery]:
    """Return what is due in a leased batch, by subscriber id.

    shared: ids of the editions whose deliveries may hold papers of this one (editions.sharing).
    """
    query = _with_reader().where(*_is_in(batch), _is_due(now))
    rows = session.execute(query.order_by(DeliveryRow.subscriber_id)).all()
    begun = batch.dated_at or quarter_of(now)
    return _dues(session, rows, batch.edition_id, shared, lambda row: row.own_date or begun)


def gone(session: Session, batch: Batch) -> dict[int, str]:
    """Return who of a batch is not to be mailed (any more): subscriber id -> why, in words."""
    query = (
        select(DeliveryRow.subscriber_id, SubscriberRow.state)
        .outerjoin(SubscriberRow, SubscriberRow.id == DeliveryRow.subscriber_id)
        .where(*_is_in(batch), SubscriberRow.state.is_distinct_from(SubscriberState.ACTIVE))
    )
    return {key: _obstacle(state) for key, state in session.execute(query)}


def would_be_due(
    session: Session,
    edition_id: int,
    shared: Sequence[int],
    *,
    after: int,
    now: datetime,
    limit: int = BATCH_SIZE,
    wanted: Sequence[ColumnElement[bool]] = (),
) -> list[DueDelivery]:
    """Return the next `limit` readers whom a send would mail now, by subscriber id.

    Nothing needs to be planned for that: an edition that is not open has id 0. after: the last
    subscriber id of the call before; 0 for the first. wanted: conditions on their rows (`periods`).
    """
    unplanned = and_(
        DeliveryRow.subscriber_id.is_(None), SubscriberRow.state == SubscriberState.ACTIVE
    )
    query = (
        _readers(edition_id)
        .where(SubscriberRow.id > after, or_(unplanned, _is_due(now)), *wanted)
        .order_by(SubscriberRow.id)
        .limit(limit)
    )
    rows = session.execute(query).all()
    return _dues(session, rows, edition_id, shared, lambda row: _date(row, now))


def erased(session: Session, edition_id: int, now: datetime) -> list[DueDelivery]:
    """Return what is due to subscribers who were erased since: a send will skip them."""
    query = _with_reader().where(
        DeliveryRow.edition_id == edition_id, SubscriberRow.id.is_(None), _is_due(now)
    )
    return [_due(row, {}, {}, frozenset(), _date(row, now)) for row in session.execute(query)]


def reader(
    session: Session, edition_id: int, shared: Sequence[int], subscriber_id: int
) -> tuple[Reader, bytes | None]:
    """Return one subscriber as a reader, whatever the state, and the picks of this edition.

    Raises LookupError when there is no such subscriber.
    """
    query = _readers(edition_id).where(SubscriberRow.id == subscriber_id)
    row = session.execute(query).one_or_none()
    if row is None:
        raise LookupError(subscriber_id)
    others = [id_ for id_ in shared if id_ != edition_id]
    sent = _sent_papers(session, others, subscriber_id, subscriber_id)
    cast = votes.between(session, subscriber_id, subscriber_id)
    id_, _, address, name, nonce, *stored = row[_STATE:]
    prefs, papers = preferences.preferences(*stored), sent.get(id_, _NO_PAPERS)
    found = Reader(id_, address, name, prefs, _readable(nonce), papers, cast.get(id_, ()))
    return found, row.picks or _thinned_picks(session, edition_id, id_)


def _thinned_picks(session: Session, edition_id: int, subscriber_id: int) -> bytes | None:
    for each in blocks.between(session, [edition_id], subscriber_id, subscriber_id):
        return each.picks or None
    return None


def date(session: Session, edition_id: int, subscriber_id: int, now: datetime) -> datetime:
    """Return the Date of the message that a subscriber got for an edition, or would get now."""
    query = _readers(edition_id).where(SubscriberRow.id == subscriber_id)
    row = session.execute(query).one_or_none()
    return _date(row, now) if row else quarter_of(now)


def _is_in(batch: Batch) -> tuple[ColumnElement[bool], ...]:
    return (
        DeliveryRow.edition_id == batch.edition_id,
        DeliveryRow.subscriber_id.between(batch.first_subscriber_id, batch.last_subscriber_id),
        DeliveryRow.batch == batch.number,
    )


def _is_due(now: datetime) -> ColumnElement[bool]:
    return or_(DeliveryRow.state == DeliveryState.QUEUED, DeliveryRow.not_before <= now)


_READER_COLUMNS: tuple[Any, ...] = (
    SubscriberRow.id,
    type_coerce(SubscriberRow.state, String).label("subscriber_state"),
    SubscriberRow.address,
    SubscriberRow.name,
    SubscriberRow.nonce,
    *preferences.COLUMNS,
)
_STATE_COLUMNS: tuple[Any, ...] = (
    DeliveryRow.state,
    DeliveryRow.attempts,
    DeliveryRow.uncertain_attempts,
    DeliveryRow.picks,
    DeliveryRow.dated_at.label("own_date"),
    BatchRow.dated_at.label("batch_date"),
)
_STATE = 1 + len(_STATE_COLUMNS)  # columns before those of the reader


def _readers(edition_id: int) -> Select[Any]:
    """Select subscribers, each with the delivery of this edition if there is one."""
    delivery = and_(
        DeliveryRow.edition_id == edition_id, DeliveryRow.subscriber_id == SubscriberRow.id
    )
    return (
        select(SubscriberRow.id.label("key"), *_STATE_COLUMNS, *_READER_COLUMNS)
        .join(DeliveryScheduleRow, SubscriberRow.schedule_id == DeliveryScheduleRow.id)
        .outerjoin(DeliveryRow, delivery)
        .outerjoin(BatchRow, IN_BATCH)
    )


def _with_reader() -> Select[Any]:
    return (
        select(DeliveryRow.subscriber_id.label("key"), *_STATE_COLUMNS, *_READER_COLUMNS)
        .outerjoin(SubscriberRow, SubscriberRow.id == DeliveryRow.subscriber_id)
        .outerjoin(DeliveryScheduleRow, SubscriberRow.schedule_id == DeliveryScheduleRow.id)
        .outerjoin(BatchRow, IN_BATCH)
        .select_from(DeliveryRow)
    )


def _dues(
    session: Session,
    rows: Sequence[Any],
    edition_id: int,
    shared: Sequence[int],
    dated: Callable[[Any], datetime],
) -> list[DueDelivery]:
    if not rows:
        return []
    others = [id_ for id_ in shared if id_ != edition_id]
    sent = _sent_papers(session, others, rows[0].key, rows[-1].key)
    cast = votes.between(session, rows[0].key, rows[-1].key)
    active = [row.address for row in rows if row.subscriber_state == _ACTIVE]
    barred = suppressions.suppressed(session, active)
    return [_due(row, sent, cast, barred, dated(row)) for row in rows]


def _due(row: Any, sent: _Sent, cast: _Cast, barred: Set[str], dated_at: datetime) -> DueDelivery:
    """barred: active or not, these addresses are suppressed, which counts more than a state."""
    key, state, attempts, lost, picks, _, _, id_, subscriber_state, *own = row
    address, name, nonce, *stored = own
    attempts, lost = (one if isinstance(one, int) else 0 for one in (attempts, lost))

    def nobody(picks: bytes | None, obstacle: str = "", fault: str = "") -> DueDelivery:
        return DueDelivery(key, state, attempts, None, picks, dated_at, obstacle, fault, lost)

    obstacle = "the address is suppressed" if address in barred else _obstacle(subscriber_state)
    if obstacle:
        return nobody(picks, obstacle)
    try:
        reasons.check(picks)
    except InputError as exc:
        return nobody(None, fault=str(exc))
    try:
        prefs, nonce = preferences.preferences(*stored), _readable(nonce)
    except InputError as exc:
        return nobody(picks, fault=str(exc))
    papers = sent.get(id_, _NO_PAPERS)
    reader = Reader(id_, address, name, prefs, nonce, papers, cast.get(id_, ()))
    return DueDelivery(key, state, attempts, reader, picks, dated_at, uncertain_attempts=lost)


def _readable(nonce: bytes | None) -> bytes:
    """Return a nonce as it is stored; InputError when it is none."""
    if nonce is None or len(nonce) != NONCE_BYTES:
        raise InputError("their links cannot be signed; `digest subscribers renew-links` mends it")
    return nonce


def _date(row: Any, now: datetime) -> datetime:
    """Return the Date of a delivery as a worker that leased its batch now would see it."""
    if row.own_date is not None or (row.attempts and row.batch_date is not None):
        found: datetime = row.own_date or row.batch_date
        return found
    return date_of(row.batch_date, now)


def _obstacle(state: str | None) -> str:
    """Say why nobody in this state is mailed; None is nobody's."""
    if state is None:
        return "the subscriber was erased"
    return "" if state == _ACTIVE else f"the subscriber is {state}"


def _sent_papers(
    session: Session, edition_ids: Sequence[int], first: int, last: int
) -> dict[int, frozenset[int]]:
    if not edition_ids:
        return {}
    query = select(DeliveryRow.subscriber_id, DeliveryRow.picks).where(
        DeliveryRow.edition_id.in_(edition_ids),
        DeliveryRow.subscriber_id.between(first, last),
        or_(DeliveryRow.state.in_(_HOLDS_PAPERS), DeliveryRow.uncertain_attempts > 0),
        DeliveryRow.picks.is_not(null()),
    )
    found: dict[int, list[bytes]] = defaultdict(list)
    for subscriber_id, picks in session.execute(query):
        if picks and reasons.are_whole(picks):
            found[subscriber_id].append(picks)
    for thinned in blocks.between(session, edition_ids, first, last):
        if thinned.picks and (thinned.doubtful or thinned.state in _HOLDS_PAPERS):
            found[thinned.subscriber_id].append(thinned.picks)
    return {one: frozenset(reasons.paper_ids(b"".join(packs))) for one, packs in found.items()}
