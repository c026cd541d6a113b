"""The table of replies, and the papers of the mails that they answer."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, func, null, select, update
from sqlalchemy.orm import Session

from digest.delivery.store import blocks
from digest.delivery.store.reasons import are_whole, paper_ids
from digest.ground.database.tables.delivery import DeliveryRow, EditionRow
from digest.ground.database.tables.intake import ReaderReplyRow


@dataclass(frozen=True, slots=True)
class ReaderReply:
    """A reply as it was recorded. text: its own lines; empty when it was understood."""

    id: int
    subscriber_id: int
    received_at: datetime
    commands: tuple[str, ...]
    text: str
    before: Mapping[str, Any] | None


def papers_of_mail(session: Session, subscriber_id: int, edition: date) -> tuple[int, ...]:
    """Return the ids of the papers of one reader's mail, in its order; none when it had none.

    Of old editions, too, whose deliveries are thinned.
    """
    query = (
        select(DeliveryRow.picks)
        .join(EditionRow, EditionRow.id == DeliveryRow.edition_id)
        .where(EditionRow.date == edition, DeliveryRow.subscriber_id == subscriber_id)
    )
    packed = session.scalar(query)
    if packed is None:
        thinned = blocks.list_all(session, edition=edition, subscriber_id=subscriber_id)
        packed = next((mail.picks for mail in thinned), None)
    return tuple(paper_ids(packed)) if packed and are_whole(packed) else ()


def is_known(session: Session, message_hash: str) -> bool:
    """Return whether this reply was taken before."""
    query = select(ReaderReplyRow.id).where(ReaderReplyRow.message_hash == message_hash)
    return session.scalar(query) is not None


def record(
    session: Session,
    subscriber_id: int,
    message_hash: str,
    *,
    at: datetime,
    commands: Sequence[str] = (),
    text: str | None = None,
    before: Mapping[str, Any] | None = None,
    answered: bool,
) -> int:
    """Add a reply; return its id."""
    row = ReaderReplyRow(
        subscriber_id=subscriber_id,
        message_hash=message_hash,
        received_at=at,
        commands=list(commands),
        text=text,
        before=dict(before) if before is not None else null(),
        answered=answered,
    )
    session.add(row)
    session.flush()
    return row.id


def count(
    session: Session, subscriber_id: int, since: datetime, *, unclear: bool = False
) -> tuple[int, int]:
    """Return how many replies of a reader came since then, and how many were answered by mail.

    unclear: count only those that were not understood.
    """
    query = select(ReaderReplyRow.answered, func.count()).where(
        ReaderReplyRow.subscriber_id == subscriber_id, ReaderReplyRow.received_at > since
    )
    if unclear:
        query = query.where(ReaderReplyRow.text.is_not(None))
    found = dict(session.execute(query.group_by(ReaderReplyRow.answered)).all())
    return sum(found.values()), found.get(True, 0)


def newest(session: Session, subscriber_id: int, since: datetime) -> ReaderReply | None:
    """Return the newest reply since then that can be taken back."""
    query = select(ReaderReplyRow).where(
        ReaderReplyRow.subscriber_id == subscriber_id,
        ReaderReplyRow.received_at > since,
        ReaderReplyRow.before.is_not(None),
    )
    row = session.scalar(query.order_by(ReaderReplyRow.id.desc()).limit(1))
    return _reply(row) if row else None


def mark_undone(session: Session, reply_id: int) -> None:
    """Note that a reply was taken back, and cannot be again."""
    change = update(ReaderReplyRow).where(ReaderReplyRow.id == reply_id)
    session.execute(change.values(before=null()))


def unclear(session: Session) -> Iterator[ReaderReply]:
    """Yield the replies that were not understood, the newest first."""
    query = select(ReaderReplyRow).where(ReaderReplyRow.text.is_not(None))
    yield from map(_reply, session.scalars(query.order_by(ReaderReplyRow.id.desc())))


def of_subscriber(session: Session, subscriber_id: int) -> list[ReaderReply]:
    """Return the replies of a reader, the oldest first."""
    query = select(ReaderReplyRow).where(ReaderReplyRow.subscriber_id == subscriber_id)
    return [_reply(row) for row in session.scalars(query.order_by(ReaderReplyRow.id))]


def forget(session: Session, before: datetime) -> int:
    """Delete the replies that came before a moment; count them."""
    gone = session.execute(delete(ReaderReplyRow).where(ReaderReplyRow.received_at < before))
    return int(gone.rowcount)  # type: ignore[attr-defined]


def _reply(row: ReaderReplyRow) -> ReaderReply:
    return ReaderReply(
        row.id,
        row.subscriber_id,
        row.received_at,
        tuple(row.commands),
        row.text or "",
        row.before,
    )
