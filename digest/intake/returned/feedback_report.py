"""Read complaints: the Abuse Reporting Format (RFC 5965, 6650), and mails that do without it."""

import re
from dataclasses import dataclass

from digest.intake.returned.fields import Fields, read_fields
from digest.intake.returned.mime_parts import Part

# What a report can be about that no reader meant as a complaint: RFC 6430, and RFC 6591.
_NO_COMPLAINTS = ("not-spam", "auth-failure", "dmarc")
_RECIPIENTS = ("original-rcpt-to", "removal-recipient", "x-hmxmroriginalrecipient")
_COMMENT = re.compile(r"\([^()]*\)")  # RFC 5322, section 3.2.2
_MOST_NESTED = 10
_TOKEN = re.compile(r"[^\s()<>@,;:\\\"/\[\]?=]+")  # RFC 2045, section 5.1
_WITHOUT_FORMAT = "complaint about message from"  # how Outlook.com begins its subjects


@dataclass(frozen=True, slots=True)
class FeedbackReport:
    """A report of a provider. topic: its Feedback-Type; addresses: of whom it tells, if it does."""

    topic: str
    addresses: tuple[str, ...]
    envelope_sender: str

    @property
    def is_complaint(self) -> bool:
        """Whether a reader called the mail spam; types that nobody defined count as "other"."""
        return self.topic not in _NO_COMPLAINTS


def read_report(fields: Fields, parts: list[Part], copy: Fields) -> FeedbackReport | None:
    """Return what a complaint says; None when it is none. copy: the header that it returns."""
    for part in parts:
        if part.kind == "message/feedback-report":
            report = read_fields(part.octets.lstrip(b"\n"))
            topic = _token(report.get("feedback-type").lower()) or "other"
            sender = report.get("original-mail-from").strip("<> ")
            return FeedbackReport(topic, _addresses(report), sender)
    if fields.words("subject").lower().startswith(_WITHOUT_FORMAT) and copy.pairs:
        return FeedbackReport("abuse", _addresses(copy), "")
    return None


def _token(value: str) -> str:
    """Return the token that a field begins with, its comments left out; empty without one."""
    for _ in range(_MOST_NESTED):
        value = _COMMENT.sub(" ", value)
    found = _TOKEN.match(value.strip())
    return found[0] if found else ""


def _addresses(fields: Fields) -> tuple[str, ...]:
    """Return what is an address; a redacted one (RFC 6590) is none that we know."""
    found = [value.strip("<> ") for value in fields.all(*_RECIPIENTS)]
    return tuple(value for value in found if "@" in value and " " not in value)[:100]
