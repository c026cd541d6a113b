"""Batches of the ledger: leased by one worker, settled by the one that holds the lease."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session

from digest.delivery.rules.dating import date_of
from digest.delivery.store import counts, journal_copies, stops
from digest.ground.database.columns import UtcDateTime
from digest.ground.database.tables.delivery import (
    UNSEALED,
    BatchRow,
    BatchState,
    DeliveryRow,
    EditionRow,
)
from digest.installation.store import installation
from digest.model import DeliveryState, Reply

_UNSEEN = {"synchronize_session": False}  # no row of it is in the session


@dataclass(frozen=True, slots=True)
class Batch:
    """A leased batch: whoever settles it must show the same lease.

    dated_at: the Date of the messages that are begun in it.
    """

    edition_id: int
    number: int
    first_subscriber_id: int
    last_subscriber_id: int
    lease: str
    dated_at: datetime | None = None


class Settlement(NamedTuple):
    """What became of one delivery; `state` QUEUED means it was not touched after all.

    mail_hash: of the message that was begun (seals/rules/hashing); None keeps an earlier one.
    refusal: the relay's last answer when it refused the message.
    """

    subscriber_id: int
    state: DeliveryState
    reply: str
    not_before: datetime | None
    attempted: bool
    picks: bytes | None
    mail_hash: bytes | None = None
    refusal: Reply | None = None


def lease(
    session: Session,
    edition_id: int,
    *,
    lease: str,
    worker: str,
    now: datetime,
    length: timedelta,
    only: int | None = None,
    number: int | None = None,
    opened_at: datetime | None = None,
    version: int | None = None,
) -> Batch | None:
    """Lease the oldest batch with something due, new ones first; None when there is none.

    None also when the edition is paused, cancelled or not approved, or while its canary is out;
    `only` is not bound to the canary.

    Of two racers each batch has one winner: SKIP LOCKED on PostgreSQL, the write lock of BEGIN
    IMMEDIATE on SQLite. only: lease the batch of this subscriber, whatever waits before it.
    number: lease this batch or none. opened_at, version: lease none when the edition was opened at
    another moment than the leaser knows, or the editors have changed it since, so that it has other
    papers. A batch that is begun late gets a new Date.
    length: of the lease, from now by the database's clock (see `leases`).
    """
    due = (
        select(BatchRow.number)
        .where(
            BatchRow.edition_id == edition_id,
            *is_due(now),
            stops.may_go(edition_id, alone=only is not None),
        )
        .order_by(BatchRow.not_before.is_not(None), BatchRow.number)
        .limit(1)
        .with_for_update(skip_locked=True, of=BatchRow)
    )
    if only is not None:
        theirs = select(DeliveryRow.batch).where(
            DeliveryRow.edition_id == edition_id, DeliveryRow.subscriber_id == only
        )
        due = due.where(BatchRow.number.in_(theirs))
    if number is not None:
        due = due.where(BatchRow.number == number)
    known = []
    if opened_at is not None:
        known.append(EditionRow.opened_at == opened_at)
    if version is not None:
        known.append(EditionRow.version == version)
    if known:
        as_known = select(EditionRow.id).where(EditionRow.id == edition_id, *known)
        due = due.where(as_known.exists())
    begins = stops.begin(session, edition_id, now)  # first: see `stops` on the order of locks
    ends = ends_after(session, length)
    claim = (
        update(BatchRow)
        .where(BatchRow.edition_id == edition_id, BatchRow.number == due.scalar_subquery())
        .values(state=BatchState.LEASED, lease=lease, worker=worker, leased_until=ends, **UNSEALED)
        .returning(
            BatchRow.number,
            BatchRow.first_subscriber_id,
            BatchRow.last_subscriber_id,
            BatchRow.dated_at,
        )
    )
    taken = session.execute(claim).first()
    if taken is None:
        if begins:
            stops.set_begun(session, edition_id, None)
        return None
    found, first, last, queued = taken
    batch = Batch(edition_id, found, first, last, lease, date_of(queued, now))
    if batch.dated_at != queued:
        _date_anew(session, batch, queued)
    return batch


def _date_anew(session: Session, batch: Batch, before: datetime | None) -> None:
    """Give a batch a new Date, and what was begun in it with the one before keeps that."""
    begun = update(DeliveryRow).where(
        DeliveryRow.edition_id == batch.edition_id,
        DeliveryRow.subscriber_id.between(batch.first_subscriber_id, batch.last_subscriber_id),
        DeliveryRow.batch == batch.number,
        DeliveryRow.attempts > 0,
        DeliveryRow.dated_at.is_(None),
    )
    session.execute(begun.values(dated_at=before), execution_options=_UNSEEN)
    anew = update(BatchRow).where(*_is_batch(batch)).values(dated_at=batch.dated_at)
    session.execute(anew, execution_options=_UNSEEN)


def settle(
    session: Session, batch: Batch, settlements: Iterable[Settlement], *, now: datetime
) -> bool:
    """Write what became of a batch and give its lease back; False, and nothing written, when
    the lease is no longer ours (another worker has taken the batch over).

    Of a cancelled edition what still waits in the batch is skipped.
    """
    cancelled = stops.cancelled(session, batch.edition_id)
    ours = (
        select(BatchRow.number)
        .where(*_is_batch(batch), BatchRow.lease == batch.lease)
        .with_for_update()
    )
    if session.scalar(ours) is None:
        return False
    _write(session.connection(), batch.edition_id, settlements, now)
    if cancelled is not None:
        stops.skip(session, batch.edition_id, DeliveryRow.batch == batch.number, cancelled, now)
    journal_copies.delete_copy(session, batch.lease)
    counted = counts.count_batch(
        session,
        batch.edition_id,
        batch.number,
        first=batch.first_subscriber_id,
        last=batch.last_subscriber_id,
    )
    some_queued = any(one.state is DeliveryState.QUEUED for one in counted)
    earliest = min((one.next for one in counted if one.next is not None), default=None)
    freed = {
        "state": BatchState.OPEN if some_queued or earliest else BatchState.DONE,
        "not_before": None if some_queued else earliest,
        "lease": None,
        "worker": None,
        "leased_until": None,
    }
    free = update(BatchRow).where(*_is_batch(batch)).values(**freed)
    session.execute(free, execution_options=_UNSEEN)
    installation.count_settlement(session)  # last: all who settle wait for each other from here
    return True


def count_open(session: Session, edition_id: int) -> int:
    """Count the batches of an edition that wait for a worker."""
    query = select(func.count()).select_from(BatchRow)
    is_open = (BatchRow.edition_id == edition_id, BatchRow.state == BatchState.OPEN)
    return session.scalar(query.where(*is_open)) or 0


def ends_after(session: Session, length: timedelta) -> ColumnElement[Any]:
    """Return the moment so long from now, by the database's clock."""
    if session.get_bind().dialect.name != "sqlite":
        return func.clock_timestamp() + length
    later = f"{length.total_seconds():+.3f} seconds"
    return func.strftime("%Y-%m-%d %H:%M:%f000", "now", later)  # as UtcDateTime stores it


def of_row(row: BatchRow) -> Batch:
    """Return the batch of a row that is leased."""
    return Batch(
        row.edition_id,
        row.number,
        row.first_subscriber_id,
        row.last_subscriber_id,
        row.lease or "",
        dated_at=row.dated_at,
    )


def is_due(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions of a batch that may be leased now."""
    return (
        BatchRow.state == BatchState.OPEN,
        or_(BatchRow.not_before.is_(None), BatchRow.not_before <= now),
    )


def _is_batch(batch: Batch) -> tuple[ColumnElement[bool], ...]:
    return (BatchRow.edition_id == batch.edition_id, BatchRow.number == batch.number)


_SETTLE = """
    UPDATE deliveries
    SET state = ?, attempts = attempts + ?, uncertain_attempts = uncertain_attempts + ?, reply = ?,
        not_before = ?, settled_at = ?, picks = ?, mail_hash = coalesce(?, mail_hash)
    WHERE edition_id = ? AND subscriber_id = ?
"""


def _write(
    connection: Connection, edition_id: int, settlements: Iterable[Settlement], now: datetime
) -> None:
    """Write all outcomes with one statement, straight through the driver.

    To build the parameters of each row costs SQLAlchemy four times what SQLite needs to write it.
    """
    dialect = connection.dialect
    stored = UtcDateTime().dialect_impl(dialect).bind_processor(dialect) or _as_it_is
    settled_at = stored(now)
    rows = [
        (
            done.state.value,
            int(done.attempted),
            int(done.state is DeliveryState.UNCERTAIN),
            done.reply,
            stored(done.not_before) if done.not_before else None,
            settled_at,
            done.picks,
            done.mail_hash,
            edition_id,
            done.subscriber_id,
        )
        for done in settlements
    ]
    if rows:
        sql = _SETTLE if dialect.paramstyle == "qmark" else _SETTLE.replace("?", "%s")  # psycopg
        connection.exec_driver_sql(sql, rows)


def _as_it_is(moment: datetime) -> datetime:
    return moment
