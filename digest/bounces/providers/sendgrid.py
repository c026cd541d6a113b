"""SendGrid: many events a request, signed with ECDSA over the time and the body.

Deferrals are passed over: SendGrid goes on trying, and says "blocked" when it gives up.
"""

import base64
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial

from digest.bounces.providers.events import (
    Event,
    Events,
    Identify,
    Said,
    by_words,
    collect,
    feedback_of,
    is_time,
    parse_json,
    text,
)
from digest.bounces.rules.classification import classify, status_in
from digest.errors import InputError, LinkError, SettingsError
from digest.model import Feedback, FeedbackKind

SOURCE = "sendgrid"
OLDEST = timedelta(days=2)  # SendGrid tries for one
NEWEST = timedelta(minutes=15)  # ahead of our clock
SIGNATURE_HEADER = "X-Twilio-Email-Event-Webhook-Signature"
TIMESTAMP_HEADER = "X-Twilio-Email-Event-Webhook-Timestamp"
_HARD, _SOFT, _BLOCKED = FeedbackKind.HARD, FeedbackKind.SOFT, FeedbackKind.BLOCKED
_CLASSES = {
    "invalid address": _HARD,
    "technical": _SOFT,
    "technical failure": _SOFT,
    **dict.fromkeys(("content", "reputation"), _BLOCKED),
    **dict.fromkeys(("frequency/volume", "frequency or volume too high"), _BLOCKED),
}
# Why SendGrid did not send at all: the address is on one of its lists, or something is about us.
_DROPPED = {
    **dict.fromkeys(("bounced address", "invalid", "unsubscribed address"), _HARD),
    "spam reporting address": FeedbackKind.COMPLAINT,
}


def check_signature(
    body: bytes, signature: str, timestamp: str, public_key: str, now: datetime
) -> None:
    """Check that the body was signed by the key, not long ago; LinkError when it was not.

    signature: base64 of DER. public_key: base64 of DER, as SendGrid shows it; SettingsError when it
    is no key.
    """
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    try:
        key = serialization.load_der_public_key(base64.b64decode(public_key, validate=True))
    except ValueError:
        key = None
    if not isinstance(key, ec.EllipticCurvePublicKey):
        hint = "copy the verification key that SendGrid shows under Signed Event Webhook"
        raise SettingsError("DIGEST_HOOK_SENDGRID_KEY is no ECDSA key.", hint=hint)
    try:
        octets = base64.b64decode(signature, validate=True)
        key.verify(octets, timestamp.encode() + body, ec.ECDSA(hashes.SHA256()))
    except (ValueError, InvalidSignature):
        raise LinkError("The signature is not valid.") from None
    if not is_time(timestamp):
        raise LinkError("The timestamp of the signature is no time.")
    age = now.timestamp() - int(timestamp)
    if not -NEWEST.total_seconds() <= age <= OLDEST.total_seconds():
        raise LinkError("The signature is too old, or from the future.")


def read_events(body: bytes, identify: Identify) -> Events:
    """Read the body of a request; InputError when it is no list of events."""
    events = parse_json(body)
    if not isinstance(events, list):
        raise InputError("The body is not a list of events.")
    return collect(events, partial(_read, identify=identify))


def _read(event: Event, identify: Identify) -> Iterator[Feedback]:
    reason = text(event, "reason") or text(event, "response")
    match text(event, "event"):
        case "bounce" | "blocked" as name:
            kind = _bounce(event, reason, is_block=name == "blocked")
        case "dropped":
            kind = _DROPPED.get(reason.lower(), _BLOCKED)
        case "spamreport":
            kind, reason = FeedbackKind.COMPLAINT, "spam report"
        case "":
            raise InputError("it does not say what happened")
        case _:
            return
    said = Said(
        kind=kind,
        event_id=text(event, "sg_event_id"),
        address=text(event, "email"),
        status=status_in(text(event, "status")),
        words=reason,
        our_id=text(event, "smtp-id"),
    )
    yield feedback_of(SOURCE, said, identify)


def _bounce(event: Event, reason: str, *, is_block: bool) -> FeedbackKind:
    """Return what a bounce means: by SendGrid's class, else by the server's words."""
    if kind := _CLASSES.get(text(event, "bounce_classification").lower()):
        return kind
    status = status_in(text(event, "status"))
    if is_block or text(event, "type") == "blocked":
        kind = classify(None, status, reason)
        return _SOFT if kind is _HARD else kind  # SendGrid mails them again
    return by_words(None, status, reason)
