"""What failed of an edition, and why: read by the console."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from digest.ground.database.tables import DeliveryRow, SubscriberRow
from digest.model import DeliveryState


@dataclass(frozen=True, slots=True)
class ReplyCount:
    """What a mail server said, and of how many mails."""

    reply: str
    count: int


@dataclass(frozen=True, slots=True)
class Failure:
    """A delivery that did not arrive, or may not have. address: empty once they are erased."""

    subscriber_id: int
    address: str
    state: DeliveryState
    attempts: int
    reply: str
    settled_at: datetime | None


def by_reply(session: Session, edition_id: int, limit: int) -> list[ReplyCount]:
    """Count an edition's failed deliveries by what was said, the most frequent first."""
    count = func.count()
    query = (
        select(func.coalesce(DeliveryRow.reply, ""), count)
        .where(DeliveryRow.edition_id == edition_id, DeliveryRow.state == DeliveryState.FAILED)
        .group_by(DeliveryRow.reply)
        .order_by(count.desc(), DeliveryRow.reply)
        .limit(limit)
    )
    return [ReplyCount(reply, found) for reply, found in session.execute(query)]


def page(
    session: Session, edition_id: int, state: DeliveryState, *, after: int, limit: int
) -> list[Failure]:
    """Return an edition's deliveries in a state by subscriber id. after: the last id before."""
    query = (
        select(DeliveryRow, SubscriberRow.address)
        .outerjoin(SubscriberRow, SubscriberRow.id == DeliveryRow.subscriber_id)
        .where(DeliveryRow.edition_id == edition_id, DeliveryRow.state == state)
        .where(DeliveryRow.subscriber_id > after)
        .order_by(DeliveryRow.subscriber_id)
        .limit(limit)
    )
    return [
        Failure(
            row.subscriber_id,
            address or "",
            row.state,
            row.attempts,
            row.reply or "",
            row.settled_at,
        )
        for row, address in session.execute(query)
    ]
