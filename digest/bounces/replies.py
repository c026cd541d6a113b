"""What a mail server said in our own session, as feedback: it is the first to tell of a bounce."""

from datetime import date, datetime

from digest.bounces.recording import record
from digest.bounces.rules.classification import classify_reply, status_in
from digest.bounces.rules.scoring import BounceRules
from digest.ground.database.engine import Database
from digest.model import Feedback, Reply

SOURCE = "rcpt"


def feedback_of(
    reply: Reply, subscriber_id: int, edition: date | None, occasion: str
) -> Feedback | None:
    """Return what a refusal of a reader's mail says of them; None when it is about us.

    edition: whose mail it was; None for a single mail. occasion: tells this mail to them from every
    other; the same one refused again counts once.
    """
    kind = classify_reply(reply)
    if kind is None:
        return None
    return Feedback(
        kind=kind,
        source=SOURCE,
        reference=f"{SOURCE}/{occasion}/{subscriber_id}",
        subscriber_id=subscriber_id,
        edition=edition,
        trusted=True,
        status=status_in(reply.text),
        words=str(reply),
    )


def record_refusal(
    database: Database, subscriber_id: int, reply: Reply, rules: BounceRules, now: datetime
) -> None:
    """Record that a single mail to a subscriber was refused for good; others are tried again."""
    if reply.code < 500:
        return
    feedback = feedback_of(reply, subscriber_id, None, now.isoformat())
    if feedback is not None:
        record(database, feedback, rules, now)
