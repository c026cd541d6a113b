"""What the ledger says of one mail."""

from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from digest.ground.database.tables.delivery import IN_BATCH, BatchRow, DeliveryRow, EditionRow
from digest.ground.database.tables.seals import SealRow
from digest.model import DeliveryState


class Receipt(NamedTuple):
    """One delivery, as its reader may see it.

    mail_hash: 32 hexadecimal digits; empty when no mail was begun. sealed_at, seal: of the newest
    seal that covers it; None and empty until there is one. seal: 64 hexadecimal digits.
    """

    state: DeliveryState
    attempts: int
    settled_at: datetime | None
    reply: str
    mail_hash: str
    sealed_at: datetime | None
    seal: str


def get(session: Session, on: date, subscriber_id: int) -> Receipt | None:
    """Return the receipt of a reader's mail of an edition; None when none was planned."""
    query = (
        select(
            DeliveryRow.state,
            DeliveryRow.attempts,
            DeliveryRow.settled_at,
            DeliveryRow.reply,
            DeliveryRow.mail_hash,
            SealRow.at,
            SealRow.hash,
        )
        .join(EditionRow, EditionRow.id == DeliveryRow.edition_id)
        .join(BatchRow, IN_BATCH)
        .outerjoin(SealRow, SealRow.id == BatchRow.seal_id)
        .where(EditionRow.date == on, DeliveryRow.subscriber_id == subscriber_id)
    )
    row = session.execute(query).one_or_none()
    if row is None:
        return None
    state, attempts, settled_at, reply, mail_hash, sealed_at, seal = row
    hexadecimal = ((found or b"").hex() for found in (mail_hash, seal))
    said, sealed = hexadecimal
    return Receipt(state, attempts, settled_at, reply or "", said, sealed_at, sealed)
