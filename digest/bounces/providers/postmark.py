"""Postmark: bounces, spam complaints and its own suppressions, one event a request.

Postmark signs nothing: a secret in the address that it calls is all that vouches for it.
"""

from collections.abc import Iterator
from functools import partial

from digest.bounces.providers.events import (
    Event,
    Events,
    Identify,
    Said,
    as_object,
    collect,
    feedback_of,
    parse_json,
    text,
    unless_blocked,
)
from digest.errors import InputError
from digest.model import Feedback, FeedbackKind

SOURCE = "postmark"
_HARD, _SOFT, _BLOCKED = FeedbackKind.HARD, FeedbackKind.SOFT, FeedbackKind.BLOCKED
# What is not here was not about a mail that we sent to a reader, or says nothing of them.
_KINDS = {
    **dict.fromkeys(("HardBounce", "BadEmailAddress", "ManuallyDeactivated"), _HARD),
    **dict.fromkeys(("SoftBounce", "Transient", "DnsError", "Unknown", "Undeliverable"), _SOFT),
    **dict.fromkeys(("Blocked", "SpamNotification", "DMARCPolicy", "VirusNotification"), _BLOCKED),
    **dict.fromkeys(("SMTPApiError", "TemplateRenderingFailed"), _BLOCKED),
    "SpamComplaint": FeedbackKind.COMPLAINT,
}
_REASONS = {
    "HardBounce": _HARD,
    "SpamComplaint": FeedbackKind.COMPLAINT,
    "ManualSuppression": _HARD,
}


def read_events(body: bytes, identify: Identify) -> Events:
    """Read the body of a request; InputError when it is no event of Postmark."""
    event = as_object(parse_json(body), "The body")
    return collect([event], partial(_read, identify=identify))


def _read(event: Event, identify: Identify) -> Iterator[Feedback]:
    match text(event, "RecordType"):
        case "Bounce" | "SpamComplaint":
            yield from _bounce(event, identify)
        case "SubscriptionChange":
            yield from _suppression(event, identify)
        case "":
            raise InputError("it has no RecordType")
        case _:
            return


def _bounce(event: Event, identify: Identify) -> Iterator[Feedback]:
    kind = _KINDS.get(text(event, "Type") or text(event, "RecordType"))
    if kind is None:
        return
    words = text(event, "Details") or text(event, "Description") or text(event, "Type")
    if kind is not FeedbackKind.COMPLAINT:
        kind = unless_blocked(kind, None, "", text(event, "Details"))
    said = Said(kind, text(event, "ID"), text(event, "Email"), words=words)
    yield feedback_of(SOURCE, said, identify)


def _suppression(event: Event, identify: Identify) -> Iterator[Feedback]:
    """Read that Postmark mails somebody no more, or does again (which suppresses nobody)."""
    kind = _REASONS.get(text(event, "SuppressionReason"))
    if event.get("SuppressSending") is not True or kind is None:
        return
    words = f"suppressed by Postmark: {text(event, 'SuppressionReason')}"
    changed = f"{text(event, 'MessageID')}/{text(event, 'ChangedAt')}/suppressed"
    said = Said(kind, changed, text(event, "Recipient"), words=words)
    yield feedback_of(SOURCE, said, identify)
