"""Mailgun: failures for good and complaints, one event a request.

The signature is of a time and a random token only, not of the event: whoever has seen a request
can put another event into it while the time is fresh. So each token counts for one body.
A temporary failure is passed over: Mailgun goes on trying, and says "old" when it gives up.
"""

import hashlib
import hmac
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial

from digest.bounces.providers.events import (
    Event,
    Events,
    Identify,
    Said,
    as_object,
    by_words,
    collect,
    feedback_of,
    inner,
    is_time,
    reply_code,
    text,
)
from digest.errors import InputError, LinkError
from digest.model import Feedback, FeedbackKind

SOURCE = "mailgun"
FRESH = timedelta(minutes=15)  # Mailgun's first retry comes after 10
# Reasons that are Mailgun's own, whatever a server said. It mails nobody on its lists again.
_REASONS = {
    "suppress-bounce": FeedbackKind.HARD,
    "suppress-unsubscribe": FeedbackKind.HARD,
    "suppress-complaint": FeedbackKind.COMPLAINT,
    "old": FeedbackKind.SOFT,
    "espblock": FeedbackKind.BLOCKED,
}


def check_signature(payload: Event, key: str, now: datetime) -> str:
    """Return the token of a request that Mailgun has signed a moment ago; LinkError for others."""
    signature = inner(payload, "signature")
    stamp, token = text(signature, "timestamp"), text(signature, "token")
    digest = hmac.new(key.encode(), f"{stamp}{token}".encode(), hashlib.sha256).hexdigest()
    if not token or not hmac.compare_digest(digest, text(signature, "signature").lower()):
        raise LinkError("The signature is not valid.")
    if not is_time(stamp) or abs(now.timestamp() - int(stamp)) > FRESH.total_seconds():
        raise LinkError("The signature is too old, or from the future.")
    return token


def read_events(payload: Event, identify: Identify) -> Events:
    """Read the event of a request; InputError when there is none."""
    event = as_object(payload.get("event-data"), "The event-data")
    return collect([event], partial(_read, identify=identify))


def _read(event: Event, identify: Identify) -> Iterator[Feedback]:
    match text(event, "event"), text(event, "severity"):
        case "failed", "permanent":
            yield _feedback(event, *_failure(event), identify)
        case "complained", _:
            yield _feedback(event, FeedbackKind.COMPLAINT, "complained", identify)
        case "", _:
            raise InputError("it does not say what happened")
        case _:
            return


def _failure(event: Event) -> tuple[FeedbackKind, str]:
    """Return what a failure for good means, and the server's words."""
    status = inner(event, "delivery-status")
    code, reason = reply_code(status, "code"), text(event, "reason")
    words = text(status, "message") or text(status, "description")
    kind = _REASONS.get(reason) or by_words(code, text(status, "enhanced-code"), words)
    return kind, f"{code or ''} {words or reason}".strip()


def _feedback(event: Event, kind: FeedbackKind, words: str, identify: Identify) -> Feedback:
    said = Said(
        kind=kind,
        event_id=text(event, "id"),
        address=text(event, "recipient"),
        status=text(inner(event, "delivery-status"), "enhanced-code"),
        words=words,
        our_id=text(inner(inner(event, "message"), "headers"), "message-id"),
        return_path=text(inner(event, "envelope"), "sender"),
    )
    return feedback_of(SOURCE, said, identify)
