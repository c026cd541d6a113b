"""Read the log of attempts, the newest first, a page at a time by its key."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from digest.ground.database.tables.webhooks import WebhookAttemptRow, WebhookMessageRow
from digest.webhooks.rules.retrying import MessageState, problem_of

_FORGOTTEN = "it failed; the reader is erased, and the words with them"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt at a message. state: how the message stands now. attempts: made at it so far.

    problem: why it failed; empty when it arrived. not_before: when the message is tried again.
    """

    id: int
    message_id: str
    news: str
    subscriber_id: int
    at: datetime
    status: int | None
    problem: str
    answer: str
    milliseconds: int
    state: MessageState
    attempts: int
    not_before: datetime | None


def page(
    session: Session, webhook_id: int, *, before: int | None = None, limit: int
) -> list[Attempt]:
    """Return attempts of a webhook. before: the last id of the page before; None: the newest."""
    row, message = WebhookAttemptRow, WebhookMessageRow
    query = select(row, message).join(message, message.id == row.message)
    query = query.where(row.webhook_id == webhook_id).order_by(row.id.desc()).limit(limit)
    if before is not None:
        query = query.where(row.id < before)
    return [_attempt(*pair) for pair in session.execute(query)]


def _problem(row: WebhookAttemptRow) -> str:
    """Return why an attempt failed, also when its words were emptied with the reader's."""
    return row.problem or (_FORGOTTEN if row.status is None else problem_of(row.status))


def _attempt(row: WebhookAttemptRow, message: WebhookMessageRow) -> Attempt:
    return Attempt(
        row.id,
        message.message_id,
        message.news,
        message.subscriber_id,
        row.at,
        row.status,
        _problem(row),
        row.answer,
        row.milliseconds,
        MessageState(message.state),
        message.attempts,
        message.not_before,
    )
