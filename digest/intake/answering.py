"""Queue what is said about a reply: to its reader, and to the operator what was not understood."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime

from sqlalchemy.orm import Session

from digest.ground.text.plain_text import clean
from digest.model import MailKind
from digest.subscribers.store import outbox
from digest.transactional.mails import AlertNotice
from digest.transactional.reply_answers import Answered, NotDone, ReplyNews

_NO_EVENT = 0  # a reply may change several things, or votes alone
_SHOWN = 20  # lines of a reply in the mail to the operator


def tell_done(session: Session, news: ReplyNews, to: Answered, now: datetime) -> None:
    """Queue what was done."""
    detail = {"to": to.detail(), "news": news.detail()}
    outbox.add(session, MailKind.REPLIED, news.subscriber.id, _NO_EVENT, now=now, detail=detail)


def tell_not_done(
    session: Session, subscriber_id: int, why: NotDone, to: Answered, now: datetime
) -> None:
    """Queue what can be written."""
    detail = {"to": to.detail(), "why": why.detail()}
    outbox.add(session, MailKind.UNCLEAR, subscriber_id, _NO_EVENT, now=now, detail=detail)


def tell_operator(
    session: Session,
    address: str,
    subscriber_id: int,
    reply_id: int,
    edition: date,
    lines: Sequence[str],
    now: datetime,
) -> None:
    """Queue a mail to the operator. reply_id: of the reply; each has a mail of its own."""
    shown = [clean(line) for line in lines[:_SHOWN]]
    notice = AlertNotice(
        address,
        "a reader's reply was not understood",
        f"Subscriber {subscriber_id} answered the mail of {edition}. Nothing was changed.",
        (*shown, *(["…"] if len(lines) > _SHOWN else [])),
        "What to do: read it, and write to the reader if it is a question. "
        "`digest replies list` shows all of them.",
    )
    outbox.add_alert(session, f"reply {reply_id}", now=now, detail=asdict(notice))
