"""The ledger of one reader: what every edition brought them, thinned or not."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from digest.delivery.rules import packing
from digest.delivery.store.ledger import shown_state
from digest.ground.database.statements import chunks
from digest.ground.database.tables.delivery import (
    IN_BATCH,
    BatchRow,
    BlockRow,
    DeliveryRow,
    EditionRow,
)
from digest.model import DeliveryState


class ReaderMail(NamedTuple):
    """One edition's mail to a reader. at: when it was last tried, else when the edition was due.

    picks: packed. is_thinned: only the edition, the state and the picks are kept.
    """

    at: datetime
    edition: date
    domain: str
    state: DeliveryState
    attempts: int
    is_uncertain: bool
    reply: str
    not_before: datetime | None
    picks: bytes
    is_thinned: bool


def kept(session: Session, subscriber_id: int) -> list[ReaderMail]:
    """Return what is not thinned: one look into the primary key for each edition.

    The editions are named one by one, as SQLite would go through the whole ledger for a join.
    """
    issue, row = EditionRow, DeliveryRow
    columns: tuple[Any, ...] = (
        *(issue.date, issue.domain, issue.sends_at, shown_state(), row.attempts),
        *(row.uncertain_attempts, row.reply, row.settled_at, row.not_before, row.picks),
    )
    query = select(*columns).select_from(DeliveryRow).join(BatchRow, IN_BATCH)
    query = query.join(EditionRow, EditionRow.id == DeliveryRow.edition_id)
    query = query.where(DeliveryRow.subscriber_id == subscriber_id)
    ids = list(session.scalars(select(EditionRow.id).order_by(EditionRow.id)))
    return [
        _mail(*found)
        for some in chunks(ids)
        for found in session.execute(query.where(DeliveryRow.edition_id.in_(some)))
    ]


def _mail(
    day: date,
    domain: str,
    sends_at: datetime,
    word: str,
    attempts: int,
    uncertain: int,
    reply: str | None,
    settled_at: datetime | None,
    not_before: datetime | None,
    picks: bytes | None,
) -> ReaderMail:
    return ReaderMail(
        at=settled_at or sends_at,
        edition=day,
        domain=domain,
        state=DeliveryState(word),
        attempts=attempts,
        is_uncertain=uncertain > 0,
        reply=reply or "",
        not_before=not_before,
        picks=picks or b"",
        is_thinned=False,
    )


def thinned_editions(
    session: Session, since: datetime, until: datetime | None, limit: int
) -> list[tuple[int, date, str, datetime]]:
    """Return the newest thinned editions that were due between two moments, both included.

    Each is id, date, domain, when it was due.
    """
    columns: tuple[Any, ...] = (
        *(EditionRow.id, EditionRow.date, EditionRow.domain, EditionRow.sends_at),
    )
    query = select(*columns).where(EditionRow.thinned_at.is_not(None), EditionRow.sends_at >= since)
    if until is not None:
        query = query.where(EditionRow.sends_at <= until)
    rows = session.execute(query.order_by(EditionRow.date.desc()).limit(limit))
    return [(id_, day, domain, due) for id_, day, domain, due in rows]


def thinned(
    session: Session, subscriber_id: int, edition: tuple[int, date, str, datetime]
) -> Iterator[ReaderMail]:
    """Yield the thinned mail of one edition to a reader, if there is one."""
    id_, day, domain, due = edition
    query = select(BlockRow.packed).where(
        BlockRow.edition_id == id_,
        BlockRow.first_subscriber_id <= subscriber_id,
        BlockRow.last_subscriber_id >= subscriber_id,
    )
    for packed in session.scalars(query):
        for one in packing.unpack(packed):
            if one.subscriber_id == subscriber_id:
                yield ReaderMail(
                    *(due, day, domain, one.state, 0, one.doubtful, "", None, one.picks, True)
                )
