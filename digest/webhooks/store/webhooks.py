"""Webhooks: who is told of what, and how they do."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.orm import Session

from digest.ground.database.tables.webhooks import WebhookMessageRow, WebhookRow
from digest.ground.database.wrapped_keys import is_current, secret_keys, unwrap, wrap
from digest.webhooks.rules.retrying import MessageState
from digest.webhooks.rules.webhook import Webhook

MOST_COUNTED = 1000  # messages; a page need not know how many more there are


def add(
    session: Session,
    url: str,
    news: Sequence[str],
    secret: bytes,
    *,
    with_addresses: bool,
    now: datetime,
) -> int:
    """Insert a webhook; return its id. secret: 32 bytes; SettingsError without a secret key."""
    row = WebhookRow(
        url=url,
        news=list(news),
        with_addresses=with_addresses,
        secret=wrap(secret_keys(session), secret),
        created_at=now,
    )
    session.add(row)
    session.flush()
    return row.id


def list_all(session: Session) -> list[Webhook]:
    """Return all webhooks, the oldest first."""
    return [_webhook(row) for row in session.scalars(select(WebhookRow).order_by(WebhookRow.id))]


def get(session: Session, webhook_id: int) -> Webhook | None:
    """Return a webhook."""
    row = session.get(WebhookRow, webhook_id)
    return _webhook(row) if row else None


def secret(session: Session, webhook_id: int) -> bytes:
    """Return what signs the messages of a webhook; SettingsError when its key is gone."""
    query = select(WebhookRow.secret).where(WebhookRow.id == webhook_id)
    return unwrap(secret_keys(session), session.scalars(query).one())


def wrap_anew(session: Session) -> int:
    """Wrap by the first secret key what a former one wraps; return how many secrets that were."""
    secrets, count = secret_keys(session), 0
    for row in session.scalars(select(WebhookRow)):
        if not is_current(secrets, row.secret):
            row.secret = wrap(secrets, unwrap(secrets, row.secret))
            count += 1
    session.flush()
    return count


def is_wrapped_anew(session: Session) -> bool:
    """Whether `wrap_anew` has nothing to do."""
    secrets = secret_keys(session)
    return all(is_current(secrets, one) for one in session.scalars(select(WebhookRow.secret)))


def wanting(session: Session, news: str) -> list[int]:
    """Return the ids of the webhooks that are told of something."""
    query = select(WebhookRow.id, WebhookRow.news).where(WebhookRow.disabled_at.is_(None))
    return [id_ for id_, wanted in session.execute(query.order_by(WebhookRow.id)) if news in wanted]


def is_any_on(session: Session) -> bool:
    """Whether anybody is told of anything."""
    query = select(WebhookRow.id).where(WebhookRow.disabled_at.is_(None)).limit(1)
    return session.scalar(query) is not None


def due(session: Session, now: datetime) -> list[int]:
    """Return the ids of the webhooks that have messages which could be sent now."""
    rests = or_(WebhookRow.not_before.is_(None), WebhookRow.not_before <= now)
    waits = (
        select(WebhookMessageRow.id)
        .where(
            WebhookMessageRow.webhook_id == WebhookRow.id,
            WebhookMessageRow.state == MessageState.WAITING,
            or_(WebhookMessageRow.not_before.is_(None), WebhookMessageRow.not_before <= now),
        )
        .exists()
    )
    query = select(WebhookRow.id).where(WebhookRow.disabled_at.is_(None), rests, waits)
    return list(session.scalars(query.order_by(WebhookRow.id)))


def disable(
    session: Session, webhook_id: int, reason: str, now: datetime, *, is_alarming: bool = False
) -> bool:
    """Tell a webhook nothing more; False when that is so already."""
    enabled = WebhookRow.id == webhook_id, WebhookRow.disabled_at.is_(None)
    values = {"disabled_at": now, "disabled_reason": reason, "is_alarming": is_alarming}
    return _changed(session, update(WebhookRow).where(*enabled).values(values))


def enable(session: Session, webhook_id: int) -> bool:
    """Let a webhook be told again, and what waits for it go on; False when that is so already."""
    disabled = WebhookRow.id == webhook_id, WebhookRow.disabled_at.is_not(None)
    values: dict[str, Any] = {
        "disabled_at": None,
        "disabled_reason": "",
        "is_alarming": False,
        "failing_since": None,
        "not_before": None,
    }
    return _changed(session, update(WebhookRow).where(*disabled).values(values))


def succeeded(session: Session, webhook_id: int, now: datetime) -> None:
    """Note that a message arrived."""
    values = {"failing_since": None, "not_before": None, "succeeded_at": now}
    session.execute(update(WebhookRow).where(WebhookRow.id == webhook_id).values(values))


def failed(session: Session, webhook_id: int, now: datetime, rests_until: datetime | None) -> None:
    """Note that a message did not arrive. rests_until: until when none is tried."""
    values: dict[str, Any] = {"failing_since": func.coalesce(WebhookRow.failing_since, now)}
    if rests_until is not None:
        values["not_before"] = rests_until
    session.execute(update(WebhookRow).where(WebhookRow.id == webhook_id).values(values))


def remove(session: Session, webhook_id: int) -> bool:
    """Delete a webhook with its messages and the log of their attempts; False when none is."""
    return _changed(session, delete(WebhookRow).where(WebhookRow.id == webhook_id))


def count(session: Session, webhook_id: int, state: MessageState) -> int:
    """Count the messages of a webhook in a state, up to `MOST_COUNTED` + 1."""
    of = WebhookMessageRow.webhook_id == webhook_id, WebhookMessageRow.state == state
    some = select(WebhookMessageRow.id).where(*of).limit(MOST_COUNTED + 1).subquery()
    return session.scalar(select(func.count()).select_from(some)) or 0


def counts(session: Session) -> dict[tuple[int, MessageState], int]:
    """Count the messages that wait and that failed, by webhook and state."""
    row, states = WebhookMessageRow, (MessageState.WAITING, MessageState.FAILED)
    query = select(row.webhook_id, row.state, func.count()).where(
        row.webhook_id.in_(select(WebhookRow.id)), row.state.in_(states)
    )
    found = session.execute(query.group_by(row.webhook_id, row.state))
    return {(webhook_id, MessageState(state)): count for webhook_id, state, count in found}


def _changed(session: Session, change: Any) -> bool:
    unseen = {"synchronize_session": False}
    return bool(session.execute(change, execution_options=unseen).rowcount)  # type: ignore[attr-defined]


def _webhook(row: WebhookRow) -> Webhook:
    return Webhook(
        row.id,
        row.url,
        tuple(row.news),
        row.with_addresses,
        row.created_at,
        row.disabled_at,
        row.disabled_reason,
        row.is_alarming,
        row.failing_since,
        row.succeeded_at,
    )
