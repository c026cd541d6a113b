"""Settle deliveries: decide each one's next state, and write those of a batch to the ledger."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, Protocol

from digest.bounces.rules.scoring import DEFAULT_RULES, BounceRules
from digest.delivery import refusals
from digest.delivery.leasing import LeasedBatch
from digest.delivery.rules.outcome import KILLED, VANISHED, Outcome, settle
from digest.delivery.store import batches
from digest.delivery.store.batches import Settlement
from digest.errors import DigestError
from digest.ground.database.engine import Database
from digest.installation import marks, observing, sent_log
from digest.installation.sent_log import SentBatch
from digest.installation.store import installation
from digest.model import Answer, DeliveryState


class Attempts(Protocol):
    """Whatever has been tried. uncertain_attempts: of how many of them the reply was lost."""

    @property
    def attempts(self) -> int:
        """How many attempts were made."""

    @property
    def uncertain_attempts(self) -> int:
        """Of how many the final reply was lost."""


UncertainPolicy = Literal["resend", "hold"]


def decide(
    answer: Answer,
    key: int,
    before: Attempts,
    *,
    now: datetime,
    uncertain: UncertainPolicy,
) -> Outcome:
    """Decide the next state of a mail by rules/outcome, its own jitter and our policy.

    key: tells mails apart. before: the attempts before this one.
    """
    jitter = key * 2654435761 % 2**32 / 2**32  # Knuth's multiplicative hash
    outcome = settle(
        answer,
        attempts=before.attempts + 1,
        now=now,
        jitter=jitter,
        uncertain_attempts=before.uncertain_attempts,
    )
    if outcome.state is DeliveryState.UNCERTAIN and uncertain == "hold":
        return Outcome(outcome.state, outcome.reply)
    return outcome


def decide_recovered(
    answer: Answer,
    key: int,
    before: Attempts,
    *,
    now: datetime,
    uncertain: UncertainPolicy,
) -> Outcome:
    """Decide like `decide` for a worker that is gone; what it left in doubt is due at once."""
    outcome = decide(answer, key, before, now=now, uncertain=uncertain)
    if answer in (KILLED, VANISHED) and outcome.not_before is not None:
        return outcome._replace(not_before=now)  # the cause was ours, and it is over
    return outcome


def settlement(
    subscriber_id: int, outcome: Outcome, picks: bytes | None, mail_hash: bytes | None = None
) -> Settlement:
    """Return an outcome in the form in which the ledger stores it.

    mail_hash: of the message that was begun; None when none was.
    """
    return Settlement(
        subscriber_id,
        outcome.state,
        outcome.reply,
        outcome.not_before,
        outcome.attempted,
        picks,
        mail_hash,
        outcome.refusal,
    )


def settle_batch(
    database: Database,
    leased: LeasedBatch,
    settlements: Sequence[Settlement],
    now: datetime,
    rules: BounceRules = DEFAULT_RULES,
) -> None:
    """Write what became of a batch and give its lease back; the journal is not needed any more.

    Refusals for good are recorded as feedback by these rules. What was sent goes into the log of
    what was sent as well, outside of the database. DigestError when the batch is another worker's
    by now, or the log cannot be written: the journal stays.
    """
    batch, journal = leased
    with database.write() as session:
        settled = batches.settle(session, batch, settlements, now=now)
        day = installation.day_of(session, batch.edition_id)
        if settled:
            refusals.record(session, batch.edition_id, settlements, rules, now)
    if not settled:
        raise DigestError(
            f"Batch {batch.number} of this edition was given to another worker while this one "
            "was still sending: what this one did is in its journal, not in the ledger.",
            hint=f"compare {journal.path.name} with `digest deliveries --state uncertain`",
        )
    folder = marks.folder_beside(journal.path.parent)
    if day is not None:
        sent, uncertain = (
            frozenset(one.subscriber_id for one in settlements if one.state is state)
            for state in (DeliveryState.SENT, DeliveryState.UNCERTAIN)
        )
        found = SentBatch(day, batch.edition_id, batch.number, sent, uncertain)
        sent_log.add(folder, found, now)
    journal.remove()
    observing.note(database, folder, now)
