"""The hashes of batches: made when nothing more of a batch is to be sent, gone when it is again."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, null, select, update
from sqlalchemy.orm import Session

from digest.ground.database.tables.delivery import (
    DATED_AT,
    IN_BATCH,
    BatchRow,
    BatchState,
    BlockRow,
    DeliveryRow,
    EditionRow,
)
from digest.ground.database.tables.seals import SealRow
from digest.seals.rules import hashing
from digest.seals.rules.hashing import LedgerRow

_COLUMNS = (
    DeliveryRow.subscriber_id,
    DeliveryRow.batch,
    DeliveryRow.day,
    DeliveryRow.state,
    DeliveryRow.attempts,
    DeliveryRow.uncertain_attempts,
    DeliveryRow.settled_at,
    DATED_AT,
    DeliveryRow.picks,
    DeliveryRow.mail_hash,
    DeliveryRow.reply,
)


class BatchHash(NamedTuple):
    """The hash of a batch's rows as it was made, and their tags; both empty when there is none."""

    number: int
    rows_hash: bytes
    row_tags: bytes


def unhashed(session: Session, *, limit: int) -> list[tuple[int, int]]:
    """Return the batches that are done and have no hash: edition id and number, in that order."""
    query = (
        select(BatchRow.edition_id, BatchRow.number)
        .where(BatchRow.seal_id.is_(None), BatchRow.state == BatchState.DONE)
        .where(BatchRow.rows_hash.is_(None))
        .order_by(BatchRow.edition_id, BatchRow.number)
        .limit(limit)
    )
    return [(edition_id, number) for edition_id, number in session.execute(query)]


def hash_batch(session: Session, edition_id: int, number: int) -> bool:
    """Hash the rows of a batch as they are; False when it is no longer done, or hashed by now."""
    ours = (
        BatchRow.edition_id == edition_id,
        BatchRow.number == number,
        BatchRow.state == BatchState.DONE,
        BatchRow.rows_hash.is_(None),
    )
    if session.scalar(select(BatchRow.number).where(*ours).with_for_update()) is None:
        return False
    hashes = [
        (row.subscriber_id, hashing.hash_row(row)) for row in rows(session, edition_id, number)
    ]
    made = {
        "rows_hash": hashing.hash_rows(found for _, found in hashes),
        "row_tags": hashing.pack_tags(hashes),
    }
    session.execute(update(BatchRow).where(*ours).values(made))
    return True


def rows(session: Session, edition_id: int, number: int) -> Iterator[LedgerRow]:
    """Yield the rows of a batch by subscriber id, as they are hashed."""
    query = (
        select(*_COLUMNS)
        .join(BatchRow, IN_BATCH)
        .where(DeliveryRow.edition_id == edition_id, BatchRow.number == number)
        .where(
            DeliveryRow.subscriber_id.between(
                BatchRow.first_subscriber_id, BatchRow.last_subscriber_id
            )
        )
        .order_by(DeliveryRow.subscriber_id)
    )
    for row in session.execute(query):
        yield LedgerRow(*row)


def count_rows(session: Session, edition_id: int) -> int:
    """Count all rows of an edition, whichever batch they name."""
    query = select(func.count()).select_from(DeliveryRow)
    return session.scalar(query.where(DeliveryRow.edition_id == edition_id)) or 0


def of_edition(session: Session, edition_id: int) -> list[BatchHash]:
    """Return the hashes of an edition's batches by number."""
    query = select(BatchRow.number, BatchRow.rows_hash, BatchRow.row_tags)
    query = query.where(BatchRow.edition_id == edition_id).order_by(BatchRow.number)
    return [
        BatchHash(number, found or b"", tags or b"")
        for number, found, tags in session.execute(query)
    ]


def thinned_at(session: Session, edition_id: int) -> datetime | None:
    """Return since when blocks take the place of an edition's rows; None when they do not."""
    return session.scalar(select(EditionRow.thinned_at).where(EditionRow.id == edition_id))


def blocks_of(session: Session, edition_id: int) -> list[BatchHash]:
    """Return the hashes of a thinned edition's blocks by number, made from what is there."""
    query = select(BlockRow.number, BlockRow.packed).where(BlockRow.edition_id == edition_id)
    rows = session.execute(query.order_by(BlockRow.number))
    return [BatchHash(number, hashing.hash_block(packed), b"") for number, packed in rows]


def count_in_blocks(session: Session, edition_id: int) -> int:
    """Count the deliveries of an edition's blocks, by what the blocks say of themselves."""
    query = select(BlockRow.counts).where(BlockRow.edition_id == edition_id)
    return sum(sum(counts.values()) for counts in session.scalars(query))


def thinned_editions(session: Session) -> list[int]:
    """Return the ids of the editions that are thinned wholly and not sealed since."""
    left = select(BatchRow.number).where(BatchRow.edition_id == EditionRow.id)
    since = select(SealRow.id).where(
        SealRow.edition_id == EditionRow.id, SealRow.at >= EditionRow.thinned_at
    )
    query = select(EditionRow.id).where(
        EditionRow.thinned_at.is_not(None), ~left.exists(), ~since.exists()
    )
    return list(session.scalars(query.order_by(EditionRow.id)))


def unsealed_editions(session: Session) -> list[int]:
    """Return the ids of the editions that have a hashed batch without a seal, and none at work."""
    open_too = select(BatchRow.number).where(BatchRow.rows_hash.is_(null())).correlate(None)
    hashed = BatchRow.rows_hash.is_not(None)
    query = select(BatchRow.edition_id).where(BatchRow.seal_id.is_(None), hashed).distinct()
    found = session.scalars(query.order_by(BatchRow.edition_id)).all()
    return [
        each
        for each in found
        if session.scalar(open_too.where(BatchRow.edition_id == each).limit(1)) is None
    ]


def mark_sealed(session: Session, edition_id: int, seal_id: int) -> None:
    """Note which seal covers the batches of an edition now."""
    session.execute(
        update(BatchRow).where(BatchRow.edition_id == edition_id).values(seal_id=seal_id)
    )
