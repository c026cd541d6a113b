"""Settle deliveries: decide each one's next state, and write those of a batch to the ledger."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from digest.bounces.rules.scoring import DEFAULT_RULES, BounceRules
from digest.delivery import refusals
from digest.delivery.leasing import LeasedBatch
from digest.delivery.rules.outcome import Outcome, settle
from digest.delivery.store import batches
from digest.delivery.store.batches import Settlement
from digest.delivery.store.due_deliveries import DueDelivery
from digest.errors import DigestError
from digest.ground.database.engine import Database
from digest.model import Answer, DeliveryState

UncertainPolicy = Literal["resend", "hold"]


def decide(
    answer: Answer,
    due: DueDelivery,
    *,
    now: datetime,
    uncertain: UncertainPolicy,
) -> Outcome:
    """Decide a delivery's next state by rules/outcome, the reader's own jitter and our policy.

    due: the delivery as it was before this attempt.
    """
    jitter = due.subscriber_id * 2654435761 % 2**32 / 2**32  # Knuth's multiplicative hash
    outcome = settle(
        answer,
        attempts=due.attempts + 1,
        now=now,
        jitter=jitter,
        uncertain_attempts=due.uncertain_attempts,
    )
    if outcome.state is DeliveryState.UNCERTAIN and uncertain == "hold":
        return Outcome(outcome.state, outcome.reply)
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

    Refusals for good are recorded as feedback by these rules. DigestError when the batch is
    another worker's by now.
    """
    batch, journal = leased
    with database.write() as session:
        settled = batches.settle(session, batch, settlements, now=now)
        if settled:
            refusals.record(session, batch.edition_id, settlements, rules, now)
    if not settled:
        raise DigestError(
            f"Batch {batch.number} of this edition was given to another worker while this one "
            "was still sending: what this one did is in its journal, not in the ledger.",
            hint=f"compare {journal.path.name} with `digest deliveries --state uncertain`",
        )
    journal.remove()
