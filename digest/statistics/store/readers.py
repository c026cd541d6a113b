"""Count who joined and who left on a day, by how and why."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from digest.ground.database.statements import chunks
from digest.ground.database.tables.readers import EventKind, EventRow, SubscriberRow
from digest.ground.time.due_times import local_date, start_of
from digest.model import FeedbackKind, SubscriberState

JOINED, RETURNED = "joined", "came back"
BY_LINK, BY_REPLY, BY_OPERATOR = "by link", "by reply", "by the operator"
BOUNCED, COMPLAINED, ERASED = "bounced", "complained", "erased"
WHY_LEFT = (BY_LINK, BY_REPLY, BY_OPERATOR, BOUNCED, COMPLAINED)
_SUBSCRIBED = (SubscriberState.ACTIVE, SubscriberState.PAUSED)
_COUNTED = (
    *(EventKind.CONFIRMED, EventKind.ERASED),
    *(EventKind.UNSUBSCRIBED, EventKind.SUPPRESSED, EventKind.UNDONE),
)
_BY_MAIL = "reply"  # what the record names as the way; a reader's link has no name


def count(session: Session, day: date, zone: str) -> Counter[str]:
    """Count a day in a time zone, by JOINED, RETURNED, WHY_LEFT and ERASED.

    Whoever became active has joined, whether or not it is recorded how they agreed; of those who
    are erased by now only the record tells. Most who are erased have left before: they are both.
    """
    start, end = start_of(day, zone), start_of(day + timedelta(days=1), zone)
    within = (EventRow.at >= start, EventRow.at < end)
    found: Counter[str] = Counter()
    became = (SubscriberRow.confirmed_at >= start, SubscriberRow.confirmed_at < end)
    joined = select(func.count()).select_from(SubscriberRow).where(*became)
    gone = select(func.count(EventRow.subscriber_id.distinct())).where(
        EventRow.kind == EventKind.CONFIRMED,
        *within,
        ~exists().where(SubscriberRow.id == EventRow.subscriber_id),
    )
    found[JOINED] = (session.scalar(joined) or 0) + (session.scalar(gone) or 0)
    erased = select(func.count()).select_from(EventRow)
    erased = erased.where(EventRow.kind == EventKind.ERASED, *within)
    found[ERASED] = session.scalar(erased) or 0
    for kind in (EventKind.UNSUBSCRIBED, EventKind.SUPPRESSED):
        details = select(EventRow.detail).where(EventRow.kind == kind, *within)
        for detail in session.scalars(details.execution_options(yield_per=1000)):
            found[_why(kind, detail)] += 1
    undone = select(EventRow.detail).where(EventRow.kind == EventKind.UNDONE, *within)
    found[RETURNED] = _count_returned(session, session.scalars(undone))
    found.pop("", None)  # whoever had ended it before, and is suppressed now
    return +found


def first_day(session: Session, zone: str) -> date | None:
    """Return a day before which `count` finds nothing; None when it finds nothing at all."""
    moments = [session.scalar(select(func.min(SubscriberRow.confirmed_at)))]
    for kind in _COUNTED:  # the index has them kind by kind
        moments.append(session.scalar(select(func.min(EventRow.at)).where(EventRow.kind == kind)))
    found = [moment for moment in moments if moment is not None]
    return local_date(zone, min(found)) if found else None


def _why(kind: EventKind, detail: Mapping[str, Any]) -> str:
    """Return why somebody left; empty when they had left before."""
    if detail.get("from", SubscriberState.ACTIVE) not in _SUBSCRIBED:
        return ""
    if detail.get("kind") == FeedbackKind.COMPLAINT:
        return COMPLAINED
    if detail.get("kind"):
        return BOUNCED
    if detail.get("source") == _BY_MAIL:
        return BY_REPLY
    is_theirs = kind is EventKind.UNSUBSCRIBED and not (detail.get("source") or detail.get("by"))
    return BY_LINK if is_theirs else BY_OPERATOR


def _count_returned(session: Session, details: Iterator[Mapping[str, Any]]) -> int:
    """Count those events that took back that somebody had unsubscribed."""
    ids = [detail["event"] for detail in details if isinstance(detail.get("event"), int)]
    returned = 0
    for some in chunks(ids):
        query = select(func.count()).select_from(EventRow)
        theirs = (EventRow.id.in_(some), EventRow.kind == EventKind.UNSUBSCRIBED)
        returned += session.scalar(query.where(*theirs)) or 0
    return returned
