"""Count who joined and who left between two moments, by how and why: from the record of events."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from digest.ground.database.statements import chunks
from digest.ground.database.tables import EventKind, EventRow
from digest.model import FeedbackKind, SubscriberState

JOINED, RETURNED = "joined", "came back"
BY_LINK, BY_REPLY, BY_OPERATOR = "by link", "by reply", "by the operator"
BOUNCED, COMPLAINED, ERASED = "bounced", "complained", "erased"
WHY_LEFT = (BY_LINK, BY_REPLY, BY_OPERATOR, BOUNCED, COMPLAINED)
_SUBSCRIBED = (SubscriberState.ACTIVE, SubscriberState.PAUSED)
_BY_MAIL, _BY_FILE = "reply", "import"  # what the record names as the way


def count(session: Session, start: datetime, end: datetime) -> Counter[str]:
    """Count from a moment to before another one, by JOINED, RETURNED, WHY_LEFT and ERASED.

    Most who are erased have left before, and count as both.
    """
    within = (EventRow.at >= start, EventRow.at < end)
    found: Counter[str] = Counter()
    for kind, name in ((EventKind.CONFIRMED, JOINED), (EventKind.ERASED, ERASED)):
        query = select(func.count()).select_from(EventRow).where(EventRow.kind == kind, *within)
        found[name] = session.scalar(query) or 0
    for kind in (EventKind.UNSUBSCRIBED, EventKind.SUPPRESSED):
        details = select(EventRow.detail).where(EventRow.kind == kind, *within)
        for detail in session.scalars(details.execution_options(yield_per=1000)):
            found[_why(kind, detail)] += 1
    undone = select(EventRow.detail).where(EventRow.kind == EventKind.UNDONE, *within)
    found[RETURNED] = _count_returned(session, session.scalars(undone))
    found.pop("", None)  # whoever had ended it before, and is suppressed now
    return +found


def _why(kind: EventKind, detail: Mapping[str, Any]) -> str:
    """Return why somebody left; empty when they had left before."""
    if detail.get("from", SubscriberState.ACTIVE) not in _SUBSCRIBED:
        return ""
    if detail.get("kind") == FeedbackKind.COMPLAINT:
        return COMPLAINED
    if detail.get("kind"):
        return BOUNCED
    if kind is EventKind.SUPPRESSED or _BY_FILE in (detail.get("source"), detail.get("by")):
        return BY_OPERATOR
    return BY_REPLY if detail.get("source") == _BY_MAIL else BY_LINK


def _count_returned(session: Session, details: Iterator[Mapping[str, Any]]) -> int:
    """Count those events that took back that somebody had unsubscribed."""
    ids = [detail["event"] for detail in details if isinstance(detail.get("event"), int)]
    returned = 0
    for some in chunks(ids):
        query = select(func.count()).select_from(EventRow)
        theirs = (EventRow.id.in_(some), EventRow.kind == EventKind.UNSUBSCRIBED)
        returned += session.scalar(query.where(*theirs)) or 0
    return returned
