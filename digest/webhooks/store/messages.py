"""Messages of webhooks: leased a few at a time, settled by whoever holds the lease."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.orm import Session

from digest.ground.database.tables.readers import SubscriberRow
from digest.ground.database.tables.webhooks import WebhookAttemptRow, WebhookMessageRow, WebhookRow
from digest.webhooks.rules.news import News, Told
from digest.webhooks.rules.retrying import MessageState, Reply, Verdict
from digest.webhooks.store.telling import new_message_id

_UNSEEN = {"synchronize_session": False}


@dataclass(frozen=True, slots=True)
class WaitingMessage:
    """A message that is to be sent. at: when what it tells of happened.

    address: the reader's, if the webhook is told addresses. attempts: how many were made.
    """

    id: int
    message_id: str
    told: Told
    at: datetime
    address: str
    attempts: int


def lease(
    session: Session,
    webhook_id: int,
    lease: str,
    *,
    now: datetime,
    length: timedelta,
    most: int,
) -> list[WaitingMessage]:
    """Lease the oldest messages of a webhook that are due; each goes to one of two racers.

    A lease that has run out counts no more: whoever had it was killed. None while the webhook is
    disabled or rests. On PostgreSQL leases are measured by the server's clock, as those of several
    machines never quite agree.
    """
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    moment: Any = now if is_sqlite else func.clock_timestamp()
    row, hook = WebhookMessageRow, WebhookRow
    due = (
        select(row)
        .join(hook, hook.id == row.webhook_id)
        .where(
            row.webhook_id == webhook_id,
            row.state == MessageState.WAITING,
            or_(row.not_before.is_(None), row.not_before <= now),
            or_(row.lease.is_(None), row.leased_until < moment),
            hook.disabled_at.is_(None),
            or_(hook.not_before.is_(None), hook.not_before <= now),
        )
        .order_by(row.id)
        .limit(most)
        .with_for_update(of=row, skip_locked=True)
    )
    rows = session.scalars(due).all()
    ends = now + length if is_sqlite else func.clock_timestamp() + length
    taken = update(row).where(row.id.in_([one.id for one in rows]))
    session.execute(taken.values(lease=lease, leased_until=ends), execution_options=_UNSEEN)
    addresses = _addresses(session, webhook_id, {one.subscriber_id for one in rows})
    return [
        WaitingMessage(
            one.id,
            one.message_id,
            Told(News(one.news), one.data),
            one.at,
            addresses.get(one.subscriber_id, ""),
            one.attempts,
        )
        for one in rows
    ]


def settle(
    session: Session,
    webhook_id: int,
    message: WaitingMessage,
    lease: str,
    reply: Reply,
    verdict: Verdict,
    now: datetime,
) -> None:
    """Log an attempt, and write what follows it, unless the lease is another's by now.

    A message that was erased meanwhile leaves nothing; one about an erased reader, no words.
    """
    kept = select(WebhookMessageRow).where(WebhookMessageRow.id == message.id).with_for_update()
    row = session.scalar(kept)
    if row is None:
        return
    is_erased = bool(row.subscriber_id) and (not row.data or row.news == News.READER_ERASED)
    session.add(
        WebhookAttemptRow(
            webhook_id=webhook_id,
            message=message.id,
            at=now,
            status=reply.status,
            problem="" if is_erased else reply.problem,
            answer="" if is_erased else reply.answer,
            milliseconds=reply.milliseconds,
        )
    )
    if row.lease == lease:
        row.state, row.not_before = verdict.state, verdict.not_before
        row.attempts = message.attempts + 1
        row.lease = row.leased_until = None
        row.settled_at = None if verdict.state == MessageState.WAITING else now
    session.flush()


def release(session: Session, lease: str) -> None:
    """Give back what is still leased, as it was."""
    held = update(WebhookMessageRow).where(WebhookMessageRow.lease == lease)
    session.execute(held.values(lease=None, leased_until=None), execution_options=_UNSEEN)


def add_leased(
    session: Session, webhook_id: int, told: Told, lease: str, until: datetime, now: datetime
) -> WaitingMessage:
    """Insert a message that its writer sends at once; nobody else ever does."""
    row = WebhookMessageRow(
        webhook_id=webhook_id,
        message_id=new_message_id(),
        news=told.news,
        subscriber_id=0,
        data=told.data,
        at=now,
        state=MessageState.FAILED,  # until it has arrived
        lease=lease,
        leased_until=until,
        settled_at=now,
    )
    session.add(row)
    session.flush()
    return WaitingMessage(row.id, row.message_id, told, now, "", 0)


def send_again(session: Session, webhook_id: int, message_ids: Collection[str] | None) -> int:
    """Let messages be sent again with the same ids; return how many.

    message_ids: which; None for all that failed. What is about an erased reader stays as it is.
    """
    row = WebhookMessageRow
    settled = row.webhook_id == webhook_id, row.state != MessageState.WAITING, row.news != News.TEST
    chosen = select(row.id, row.data).where(*settled)
    if message_ids is None:
        chosen = chosen.where(row.state == MessageState.FAILED)
    else:
        chosen = chosen.where(row.message_id.in_(message_ids))
    ids = [id_ for id_, data in session.execute(chosen) if data]
    again = update(row).where(row.id.in_(ids))
    values: dict[str, Any] = {
        "state": MessageState.WAITING,
        "attempts": 0,
        "not_before": None,
        "settled_at": None,
    }
    session.execute(again.values(values), execution_options=_UNSEEN)
    return len(ids)


def forget_settled(session: Session, before: datetime) -> int:
    """Delete the messages that were settled before a moment, with their attempts; count them."""
    old = delete(WebhookMessageRow).where(WebhookMessageRow.settled_at < before)
    return int(session.execute(old, execution_options=_UNSEEN).rowcount)  # type: ignore[attr-defined]


def _addresses(session: Session, webhook_id: int, readers: Collection[int]) -> dict[int, str]:
    """Return the addresses of readers by id, if the webhook is told them."""
    asked = select(WebhookRow.with_addresses).where(WebhookRow.id == webhook_id)
    if not session.scalar(asked):
        return {}
    query = select(SubscriberRow.id, SubscriberRow.address).where(SubscriberRow.id.in_(readers))
    return dict(session.execute(query).all())
