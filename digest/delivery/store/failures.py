"""What failed of an edition, and why: read by the console."""

from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from digest.delivery.store import ledger_lines
from digest.delivery.store.ledger_lines import Narrowed
from digest.ground.database.tables.delivery import FAILED, DeliveryRow, EditionRow
from digest.ground.database.tables.readers import SubscriberRow
from digest.model import DeliveryState, SubscriberState


@dataclass(frozen=True, slots=True)
class ReplyCount:
    """What a mail server said, and of how many mails."""

    reply: str
    count: int


@dataclass(frozen=True, slots=True)
class Failure:
    """A delivery that did not arrive, or may not have. address: empty once they are erased.

    suppressed: whether nothing is mailed to this reader any more.
    """

    subscriber_id: int
    address: str
    state: DeliveryState
    attempts: int
    reply: str
    settled_at: datetime | None
    suppressed: bool = False


def count_suppressed(session: Session, edition_id: int) -> int:
    """Count an edition's failed deliveries whose readers are suppressed by now."""
    query = (
        select(func.count())
        .select_from(DeliveryRow)
        .join(SubscriberRow, SubscriberRow.id == DeliveryRow.subscriber_id)
        .where(DeliveryRow.edition_id == edition_id, FAILED)
        .where(SubscriberRow.state == SubscriberState.SUPPRESSED)
    )
    return session.scalar(query) or 0


def by_reply(session: Session, edition_id: int, limit: int) -> list[ReplyCount]:
    """Count an edition's failed deliveries by what was said, the most frequent first."""
    count = func.count()
    query = (
        select(func.coalesce(DeliveryRow.reply, ""), count)
        .where(DeliveryRow.edition_id == edition_id, FAILED)
        .group_by(DeliveryRow.reply)
        .order_by(count.desc(), DeliveryRow.reply)
        .limit(limit)
    )
    return [ReplyCount(reply, found) for reply, found in session.execute(query)]


def page(
    session: Session, edition_id: int, state: DeliveryState, *, after: int, limit: int
) -> list[Failure]:
    """Return an edition's deliveries in a state by subscriber id. after: the last id before."""
    edition = session.get_one(EditionRow, edition_id)
    lines = ledger_lines.read(session, [edition], Narrowed(state), after=after)
    found = list(islice(lines, limit))
    theirs = [line.row.subscriber_id for line in found]
    query = select(SubscriberRow.id).where(SubscriberRow.id.in_(theirs))
    suppressed = set(
        session.scalars(query.where(SubscriberRow.state == SubscriberState.SUPPRESSED))
    )
    return [
        Failure(
            line.row.subscriber_id,
            line.address or "",
            line.state,
            line.row.attempts,
            line.row.reply or "",
            line.row.settled_at,
            line.row.subscriber_id in suppressed,
        )
        for line in found
    ]
