"""Amazon SES, by way of SNS: bounces and complaints, as notifications or as published events.

Kinds by bounceType and bounceSubType. "General" only passes on what the receiving server said, so
these words are judged. What SES does not send because an address is on a suppression list is a
bounce of its own kind: the mailbox was dead, or its reader complained, before.
"""

from collections.abc import Iterator
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
    parse_json,
    text,
    unless_blocked,
)
from digest.bounces.rules.classification import status_in
from digest.errors import InputError
from digest.model import Feedback, FeedbackKind

SOURCE = "ses"
_ABOUT_US = ("MessageTooLarge", "ContentRejected", "AttachmentRejected")
_BY_WORDS = ("General", "Undetermined")


def read_events(message: str, identify: Identify) -> Events:
    """Read the Message of a notification of SNS.

    One that is no event counts as unreadable: SES writes such a line when it is set up.
    """
    try:
        event = parse_json(message.encode("utf-8", "replace"))
    except InputError as exc:
        return Events(unreadable=(str(exc),))
    return collect([event], partial(_read, identify=identify))


def _read(event: Event, identify: Identify) -> Iterator[Feedback]:
    match text(event, "notificationType") or text(event, "eventType"):
        case "Bounce":
            yield from _bounces(event, inner(event, "bounce"), identify)
        case "Complaint":
            yield from _complaints(event, inner(event, "complaint"), identify)
        case "":
            raise InputError("it has neither a notificationType nor an eventType")
        case _:  # deliveries, delays, opens: nothing that ends a reader's mail
            return


def _bounces(event: Event, bounce: Event, identify: Identify) -> Iterator[Feedback]:
    mail = inner(event, "mail")
    for number, one in _recipients(bounce, "bouncedRecipients"):
        words = text(one, "diagnosticCode").removeprefix("smtp;").strip()
        said = Said(
            kind=_kind(text(bounce, "bounceType"), text(bounce, "bounceSubType"), one, words),
            event_id=_event_id(event, bounce, number),
            address=text(one, "emailAddress"),
            status=status_in(text(one, "status")),
            words=words or f"{text(bounce, 'bounceType')}, {text(bounce, 'bounceSubType')}",
            our_id=text(inner(mail, "commonHeaders"), "messageId"),
            return_path=text(mail, "source"),
        )
        yield feedback_of(SOURCE, said, identify)


def _complaints(event: Event, complaint: Event, identify: Identify) -> Iterator[Feedback]:
    if text(complaint, "complaintFeedbackType") == "not-spam":
        return
    mail = inner(event, "mail")
    for number, one in _recipients(complaint, "complainedRecipients"):
        said = Said(
            kind=FeedbackKind.COMPLAINT,
            event_id=_event_id(event, complaint, number),
            address=text(one, "emailAddress"),
            words=text(complaint, "complaintFeedbackType") or "complaint",
            our_id=text(inner(mail, "commonHeaders"), "messageId"),
            return_path=text(mail, "source"),
        )
        yield feedback_of(SOURCE, said, identify)


def _kind(bounce_type: str, sub_type: str, one: Event, words: str) -> FeedbackKind:
    status = status_in(text(one, "status"))
    if sub_type in _ABOUT_US:
        return FeedbackKind.BLOCKED
    if bounce_type == "Permanent" and sub_type in _BY_WORDS:
        return by_words(None, status, words)
    kind = FeedbackKind.HARD if bounce_type == "Permanent" else FeedbackKind.SOFT
    return unless_blocked(kind, None, status, words)


def _recipients(details: Event, name: str) -> Iterator[tuple[int, Event]]:
    """Yield the recipients with their places; InputError when there is none."""
    found = details.get(name)
    if not isinstance(found, list) or not found:
        raise InputError(f"it has no {name}")
    for number, one in enumerate(found):
        yield number, as_object(one, "a recipient")


def _event_id(event: Event, details: Event, number: int) -> str:
    found = text(details, "feedbackId") or text(inner(event, "mail"), "messageId")
    return f"{found}/{number}" if found else ""
