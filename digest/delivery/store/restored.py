"""Mail that a log or a journal on a disk knows and the ledger does not: it is not sent again.

The ledger was restored since, so which bytes they were is lost: such deliveries are uncertain,
with no time to repeat them.
"""

from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, delete, or_, select, update
from sqlalchemy.orm import Session

from digest.delivery.store import counts
from digest.editions.store import changes
from digest.ground.database.statements import chunks, insert_new
from digest.ground.database.tables.delivery import UNSEALED, BatchRow, DeliveryRow, EditionRow
from digest.ground.database.tables.installation import RestoredMailRow
from digest.installation.sent_log import SentBatch
from digest.model import DeliveryState

REPLY = "sent, or begun, before the database was restored"
_WAITING = or_(DeliveryRow.state == DeliveryState.QUEUED, DeliveryRow.not_before.is_not(None))
_UNSEEN = {"synchronize_session": False}  # no row of it is in the session


class Noted(NamedTuple):
    """How many deliveries waited and are settled; how many mails without one are remembered."""

    settled: int
    remembered: int


def note(session: Session, batch: SentBatch, now: datetime) -> Noted:
    """Settle what still waits of mail that was sent.

    Of an edition, or a reader's delivery, that the ledger does not have it is remembered.
    """
    edition_id = session.scalar(select(EditionRow.id).where(EditionRow.date == batch.day))
    settled = remembered = 0
    for ids in chunks(sorted(batch.sent | batch.uncertain)):
        known: set[int] = set()
        if edition_id is not None:
            changes.locked(session, edition_id)
            theirs = DeliveryRow.subscriber_id.in_(ids)
            have = select(DeliveryRow.subscriber_id).where(DeliveryRow.edition_id == edition_id)
            known = set(session.scalars(have.where(theirs)))
            settled += _settle(session, edition_id, theirs, now)
        rows = [
            {"day": batch.day.isoformat(), "subscriber_id": one} for one in ids if one not in known
        ]
        if rows:
            added = insert_new(session, RestoredMailRow).returning(RestoredMailRow.subscriber_id)
            remembered += len(session.scalars(added, rows).all())
    return Noted(settled, remembered)


def apply(session: Session, edition_id: int, now: datetime | None = None) -> int:
    """Settle what was planned anew of mail that is remembered; return how many deliveries."""
    day = session.scalar(select(EditionRow.date).where(EditionRow.id == edition_id))
    if day is None:
        return 0
    of_day = RestoredMailRow.day == day.isoformat()
    if session.scalar(select(RestoredMailRow.subscriber_id).where(of_day).limit(1)) is None:
        return 0
    had = select(RestoredMailRow.subscriber_id).where(of_day)
    return _settle(session, edition_id, DeliveryRow.subscriber_id.in_(had), now)


def forget(session: Session, before: date) -> None:
    """Forget what was sent of editions before a date."""
    session.execute(delete(RestoredMailRow).where(RestoredMailRow.day < before.isoformat()))


def _settle(
    session: Session, edition_id: int, which: ColumnElement[bool], now: datetime | None
) -> int:
    change = update(DeliveryRow).where(DeliveryRow.edition_id == edition_id, _WAITING, which)
    values = {"state": DeliveryState.UNCERTAIN, "not_before": None, "reply": REPLY}
    theirs = select(DeliveryRow.batch).where(DeliveryRow.edition_id == edition_id, _WAITING, which)
    numbers = session.scalars(theirs.distinct()).all()
    unsealed = update(BatchRow).where(
        BatchRow.edition_id == edition_id, BatchRow.number.in_(numbers)
    )
    session.execute(unsealed.values(UNSEALED), execution_options=_UNSEEN)
    done = session.execute(change.values(**values, settled_at=now), execution_options=_UNSEEN)
    counts.count_batches(session, edition_id, numbers)
    return int(done.rowcount)  # type: ignore[attr-defined]
