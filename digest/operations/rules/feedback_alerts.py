"""Decide what bounces and complaints the operator should know of, and in which words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from digest.bounces.rules.classification import Blocked
from digest.ground.text.counts import counted
from digest.model import FeedbackKind
from digest.operations.rules.alerts import Alert

# What Gmail and Yahoo ask of senders of much mail: complaints below the first, never the second.
COMPLAINTS_WISHED, COMPLAINTS_MOST = 0.1, 0.3  # percent
BOUNCES_WISHED = 2.0  # percent, as mail services ask of their customers
LEAST = 3  # of a few mails one is a large share already
DAYS = 30


@dataclass(frozen=True, slots=True)
class FeedbackShares:
    """What came back of so many mails that were sent."""

    sent: int
    counts: Mapping[FeedbackKind, int]

    def percent(self, kind: FeedbackKind) -> float:
        """Return the share of a kind; 0 when nothing was sent."""
        return 100 * self.counts.get(kind, 0) / self.sent if self.sent else 0.0


def blocked_alert(blocked: Sequence[Blocked]) -> Alert | None:
    """Say that servers refuse our mail because of us. blocked: of the last day."""
    if not blocked:
        return None
    said = "; ".join(f"“{one.words}” ({one.times})" for one in blocked)
    return Alert(
        "blocked",
        "Mail servers refuse our mail because of us",
        f"In the last 24 hours: {said}. No reader is suppressed for it.",
        "Check SPF, DKIM and DMARC with `digest doctor`, and whether the relay's address is on a "
        "block list; the servers' words often name a page that says how to be taken off. Then "
        "`digest retry --state failed` sends what failed once more.",
    )


def share_alerts(month: FeedbackShares) -> list[Alert]:
    """Say that too much of the last 30 days' mail was called spam, or bounced for good."""
    alerts = []
    complaints = month.counts.get(FeedbackKind.COMPLAINT, 0)
    share = month.percent(FeedbackKind.COMPLAINT)
    if complaints >= LEAST and share >= COMPLAINTS_WISHED:
        above = COMPLAINTS_MOST if share >= COMPLAINTS_MOST else COMPLAINTS_WISHED
        alerts.append(
            Alert(
                "complaints",
                f"Readers call {share:.2f} % of our mail spam",
                f"{counted(complaints, 'complaint')} in {DAYS} days; Gmail and Yahoo want less "
                f"than {COMPLAINTS_WISHED} % and refuse from {COMPLAINTS_MOST} % on: this is "
                f"above {above} %.",
                "See who agreed to the digest and how: lists that were imported complain most. "
                "`digest suppressions list` shows the complaints of each source.",
            )
        )
    bounces, share = (
        month.counts.get(FeedbackKind.HARD, 0),
        month.percent(FeedbackKind.HARD),
    )
    if bounces >= LEAST and share >= BOUNCES_WISHED:
        alerts.append(
            Alert(
                "bounces",
                f"{share:.1f} % of our mail goes to mailboxes that do not exist",
                f"{counted(bounces, 'mail')} of {month.sent} in {DAYS} days. These readers are "
                "suppressed; servers distrust who mails so many.",
                "Look where their addresses came from: `digest deliveries --state failed`.",
            )
        )
    return alerts
