"""Count what came back of the newest edition and of the last 30 days."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from digest.bounces.store import feedback
from digest.delivery.store import counts
from digest.editions.store import editions
from digest.model import DeliveryState, FeedbackKind
from digest.operations.rules.feedback_alerts import DAYS, FeedbackShares
from digest.subscribers.store import suppressions


def newest_edition(session: Session) -> FeedbackShares:
    """Return what came back of the newest edition."""
    newest = editions.newest(session)
    if newest is None:
        return FeedbackShares(0, {})
    sent = counts.states(session, newest.id).get(DeliveryState.SENT, 0)
    return FeedbackShares(sent, feedback.count_of_edition(session, newest.date))


def last_month(session: Session, now: datetime) -> FeedbackShares:
    """Return what came back within 30 days, beside what was sent of the editions of these days."""
    since = now - timedelta(days=DAYS)
    sent = counts.count_sent(session, since.date())
    return FeedbackShares(sent, feedback.count_since(session, since))


def to_json(session: Session, now: datetime) -> dict[str, Any]:
    """Return all figures as programs read them. Shares are percent of what was sent.

    untrusted: of 30 days, what nobody vouched for, which changed no reader. suppressed: addresses,
    by who or what suppressed them.
    """
    since = now - timedelta(days=DAYS)
    return {
        "newest_edition": _shares(newest_edition(session)),
        "last_30_days": _shares(last_month(session, now)),
        "untrusted": feedback.count_untrusted(session, since),
        "suppressed": suppressions.counts(session),
    }


def _shares(found: FeedbackShares) -> dict[str, Any]:
    return {
        "sent": found.sent,
        **{kind.value: found.counts.get(kind, 0) for kind in FeedbackKind},
        "hard_percent": round(found.percent(FeedbackKind.HARD), 3),
        "complaint_percent": round(found.percent(FeedbackKind.COMPLAINT), 3),
    }
