"""Write what webhooks are told, in the transaction of what happened."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from digest.ground.database.statements import chunks
from digest.ground.database.tables.delivery import EditionPaperRow, EditionRow
from digest.ground.database.tables.readers import EventRow
from digest.ground.database.tables.webhooks import WebhookAttemptRow, WebhookMessageRow
from digest.webhooks.rules.news import News, Recorded, Told, of_edition, of_erasure, of_reader
from digest.webhooks.rules.retrying import MessageState
from digest.webhooks.store import webhooks

_UNSEEN = {"synchronize_session": False}


def tell(session: Session, told: Told, now: datetime, *, subscriber_id: int = 0) -> None:
    """Queue a message for each webhook that wants to hear it. subscriber_id: whom it is about."""
    _queue(session, [(subscriber_id, told)], now)


def tell_events(
    session: Session, events: Sequence[tuple[int, str, Mapping[str, Any]]], now: datetime
) -> None:
    """Tell of what happened to readers: subscriber id, kind in a word, and detail of each event."""
    if not webhooks.is_any_on(session):
        return
    told = [
        (subscriber_id, found)
        for subscriber_id, kind, detail in events
        if (found := _of_event(session, subscriber_id, Recorded(kind, detail))) is not None
    ]
    _queue(session, told, now)


def tell_erased(session: Session, subscriber_id: int, now: datetime) -> None:
    """Tell that a reader was erased, whose messages are forgotten already."""
    tell(session, of_erasure(subscriber_id), now, subscriber_id=subscriber_id)


def tell_edition(session: Session, news: News, edition_id: int, now: datetime, **more: Any) -> None:
    """Tell of an edition. more: what else is told, as JSON values."""
    if not webhooks.wanting(session, news):
        return
    day = session.scalars(select(EditionRow.date).where(EditionRow.id == edition_id)).one()
    tell(session, of_edition(news, day, **more), now)


def tell_opened(session: Session, edition_id: int, day: date, now: datetime) -> None:
    """Tell that an edition with new papers was frozen."""
    if not webhooks.wanting(session, News.EDITION_OPENED):
        return
    papers = select(func.count()).select_from(EditionPaperRow)
    count = session.scalar(papers.where(EditionPaperRow.edition_id == edition_id)) or 0
    tell(session, of_edition(News.EDITION_OPENED, day, papers=count), now)


def forget(session: Session, subscriber_id: int) -> None:
    """Tell nothing more of a reader who is erased, and empty what was kept of what was told.

    Messages that arrived keep type, time and state; of an attempt at one, its status stays.
    """
    theirs = WebhookMessageRow.subscriber_id == subscriber_id
    waits = WebhookMessageRow.state == MessageState.WAITING
    session.execute(delete(WebhookMessageRow).where(theirs, waits), execution_options=_UNSEEN)
    ids = select(WebhookMessageRow.id).where(theirs)
    attempts = update(WebhookAttemptRow).where(WebhookAttemptRow.message.in_(ids))
    session.execute(attempts.values(answer="", problem=""), execution_options=_UNSEEN)
    session.execute(
        update(WebhookMessageRow).where(theirs).values(data={}), execution_options=_UNSEEN
    )


def new_message_id() -> str:
    """Return the id of a message: 24 random letters and digits behind "msg_"."""
    return f"msg_{secrets.token_hex(12)}"


def _of_event(session: Session, subscriber_id: int, event: Recorded) -> Told | None:
    undone = None
    if event.kind == "undone":
        row = session.get(EventRow, event.detail["event"])
        undone = Recorded(row.kind, row.detail) if row else None
    return of_reader(subscriber_id, event, undone)


def _queue(session: Session, told: Sequence[tuple[int, Told]], now: datetime) -> None:
    wanting = {news: webhooks.wanting(session, news) for news in {one.news for _, one in told}}
    rows = [
        {
            "webhook_id": webhook_id,
            "message_id": new_message_id(),
            "news": one.news,
            "subscriber_id": subscriber_id,
            "data": one.data,
            "at": now,
            "state": MessageState.WAITING,
            "attempts": 0,
        }
        for subscriber_id, one in told
        for webhook_id in wanting[one.news]
    ]
    for some in chunks(rows):
        session.execute(insert(WebhookMessageRow), some)
