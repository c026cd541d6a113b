"""Brevo: one event a request, or a list of them when batching is on.

Brevo signs nothing: a secret in the header Authorization is all that vouches for it. "Blocked" says
that Brevo did not send because the address is on its own list: it bounced, or its reader complained
or unsubscribed there. Deferrals are passed over, as Brevo goes on trying.
"""

from collections.abc import Iterator
from functools import partial

from digest.bounces.providers.events import (
    Event,
    Events,
    Identify,
    Said,
    collect,
    feedback_of,
    parse_json,
    text,
    unless_blocked,
)
from digest.errors import InputError
from digest.model import Feedback, FeedbackKind

SOURCE = "brevo"
_MOMENTS = ("ts_epoch", "ts_event", "ts", "date")
_KINDS = {  # the names without underscores, as both forms occur
    **dict.fromkeys(("hardbounce", "invalidemail", "blocked"), FeedbackKind.HARD),
    "softbounce": FeedbackKind.SOFT,
    "error": FeedbackKind.BLOCKED,
    **dict.fromkeys(("spam", "complaint"), FeedbackKind.COMPLAINT),
}


def read_events(body: bytes, identify: Identify) -> Events:
    """Read the body of a request; InputError when it is neither an event nor a list of them."""
    payload = parse_json(body)
    events = payload if isinstance(payload, list) else [payload]
    if not events or not isinstance(events[0], dict):
        raise InputError("The body is no event of Brevo.")
    return collect(events, partial(_read, identify=identify))


def _read(event: Event, identify: Identify) -> Iterator[Feedback]:
    name = text(event, "event")
    if not name:
        raise InputError("it does not say what happened")
    kind = _KINDS.get(name.lower().replace("_", ""))
    if kind is None:
        return
    words = text(event, "reason")
    if kind is not FeedbackKind.COMPLAINT:
        kind = unless_blocked(kind, None, "", words)
    our_id = text(event, "message-id")
    moment = next(filter(None, (text(event, each) for each in _MOMENTS)), "")
    # The "id" of an event is that of the webhook; these three tell events apart.
    event_id = f"{our_id.strip('<>') or text(event, 'id')}/{name}/{moment}" if moment else ""
    said = Said(kind, event_id, text(event, "email"), words=words or name, our_id=our_id)
    yield feedback_of(SOURCE, said, identify)
