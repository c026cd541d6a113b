"""Say what a mail is that came in: bounce, complaint, automatic reply, or one for a person.

Believed in this order: the signed address that it came to, RFC 5965, RFC 3464, and then its words.
What nothing of ours vouches for may be forged: it names an address, and is not trusted.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from digest.bounces.rules.classification import classify
from digest.intake.returned.automatic_replies import describe_automatic, describe_notice
from digest.intake.returned.delivery_status import (
    Action,
    RecipientStatus,
    find_code,
    find_status,
    read_statuses,
)
from digest.intake.returned.feedback import Reporter, make_reference, one_line
from digest.intake.returned.feedback_report import FeedbackReport, read_report
from digest.intake.returned.fields import Fields
from digest.intake.returned.known_texts import (
    looks_like_bounce,
    read_text,
    report_text,
    words_near,
)
from digest.intake.returned.mime_parts import Part, read_parts
from digest.intake.returned.signatures import Identify, Signature, find_signature, read_copy
from digest.model import Feedback, FeedbackKind


class MailKind(StrEnum):
    """What a mail is."""

    BOUNCE = "bounce"
    COMPLAINT = "complaint"
    DELAYED = "delayed"  # the server goes on trying: no failure (RFC 3464, section 2.3.3)
    DELIVERED = "delivered"
    AUTOMATIC = "automatic"  # nobody wrote it, and it says nothing of the mailbox
    FORGED = "forged"  # it came to an address whose token we did not make
    OTHER = "other"  # for a person, or for an address that ends a subscription


@dataclass(frozen=True, slots=True)
class Returned:
    """What a mail is, why we think so, and what it tells. reference: tells it from every other."""

    kind: MailKind
    why: str
    reference: str
    feedback: tuple[Feedback, ...] = ()


def read_return(raw: bytes, addressed: Sequence[str], identify: Identify) -> Returned:
    """Read one mail; it never raises, whatever the bytes are.

    addressed: texts with the addresses that it came to. identify: returns whose token an address or
    a link has, and None for one that we did not make.
    """
    fields, parts = read_parts(raw)
    copy = read_copy(parts)
    report = read_report(fields, parts, copy)
    signature = find_signature(addressed, _copies(parts, copy, report), identify)
    reference = make_reference(fields, raw)
    kind, why, feedback = _read(fields, parts, report, signature, reference)
    return Returned(kind, why, reference, feedback)


_Reading = tuple[MailKind, str, tuple[Feedback, ...]]


def _read(
    fields: Fields,
    parts: list[Part],
    report: FeedbackReport | None,
    signature: Signature,
    reference: str,
) -> _Reading:
    if signature.forged:
        return MailKind.FORGED, "It came to a signed address that is not one of ours.", ()
    if report is not None:
        return _complaint(report, Reporter("arf", reference, signature))
    statuses = read_statuses(parts)
    read = _notification(statuses, parts, Reporter("dsn", reference, signature))
    return read or _words(fields, parts, Reporter("text", reference, signature))


def _complaint(report: FeedbackReport, reporter: Reporter) -> _Reading:
    if not report.is_complaint:
        why = f"A report of the type {one_line(report.topic)[:40]!r}, which is no complaint."
        return MailKind.OTHER, why, ()
    told = reporter.tell(
        FeedbackKind.COMPLAINT, report.addresses, words=f"Feedback-Type: {report.topic}"
    )
    if not told:
        return MailKind.OTHER, "A complaint that names nobody.", ()
    return MailKind.COMPLAINT, f"A complaint (RFC 5965), {_proof(reporter)}.", told


def _notification(
    statuses: Sequence[RecipientStatus], parts: list[Part], reporter: Reporter
) -> _Reading | None:
    """Read what a notification says of each recipient; None when it names none or is none."""
    actions = {each.action for each in statuses}
    if Action.FAILED in actions:
        told = reporter.tell_statuses([_with_words(each, parts) for each in statuses])
        why = f"A delivery status notification (RFC 3464), {_proof(reporter)}."
        return (MailKind.BOUNCE, why, told) if told else None
    if Action.DELAYED in actions:
        return MailKind.DELAYED, "The server goes on trying (RFC 3464).", ()
    if actions:
        return MailKind.DELIVERED, "The mail was delivered or passed on (RFC 3464).", ()
    return None


def _with_words(status: RecipientStatus, parts: list[Part]) -> RecipientStatus:
    """Where there is no diagnostic, what is written for people says more than nothing."""
    if status.words:
        return status
    return replace(status, words=words_near(report_text(parts), status.address))


def _words(fields: Fields, parts: list[Part], reporter: Reporter) -> _Reading:
    bounce = looks_like_bounce(fields)
    if not bounce and (why := describe_automatic(fields)):
        return MailKind.AUTOMATIC, why, ()
    if bounce and (why := describe_notice(fields, report_text(parts))):
        return MailKind.AUTOMATIC, why, ()
    report = read_text(fields, parts) if bounce else None
    if report is None:
        return MailKind.OTHER, "It is no report that can be read.", ()
    if report.delayed:
        return MailKind.DELAYED, "The server goes on trying, by its words.", ()
    status, code = find_status(report.words), find_code(report.words)
    kind = classify(code, status, report.words)
    told = reporter.tell(kind, report.addresses, status, report.words)
    if not told:
        return MailKind.OTHER, "A bounce that names nobody.", ()
    return MailKind.BOUNCE, f"A bounce by its words, {_proof(reporter)}.", told


def _proof(reporter: Reporter) -> str:
    return "signed" if reporter.signature.claim else "which nothing of ours vouches for"


def _copies(parts: list[Part], copy: Fields, report: FeedbackReport | None) -> Iterator[str]:
    """Yield the texts in which a token of the returned mail may stand."""
    if report is not None:
        yield f"<{report.envelope_sender}>"
    yield from copy.all("return-path", "list-unsubscribe", "x-envelope-from", "errors-to")
    for part in parts:
        if part.kind.startswith("text/"):
            yield part.text
