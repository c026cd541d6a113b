"""Settle deliveries: decide each one's next state, and write those of a batch to the ledger."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from digest.delivery.leasing import LeasedBatch
from digest.delivery.rules.outcome import Outcome, settle
from digest.delivery.store import batches
from digest.delivery.store.batches import Settlement
from digest.errors import DigestError
from digest.ground.database.engine import Database
from digest.installation import marks, observing, sent_log
from digest.installation.sent_log import SentBatch
from digest.installation.store import installation
from digest.model import Answer, DeliveryState

UncertainPolicy = Literal["resend", "hold"]


def decide(
    answer: Answer,
    subscriber_id: int,
    *,
    attempts: int,
    now: datetime,
    uncertain: UncertainPolicy,
) -> Outcome:
    """Decide a delivery's next state by rules/outcome, the reader's own jitter and our policy."""
    jitter = subscriber_id * 2654435761 % 2**32 / 2**32  # Knuth's multiplicative hash
    outcome = settle(answer, attempts=attempts, now=now, jitter=jitter)
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
    )


def settle_batch(
    database: Database, leased: LeasedBatch, settlements: Sequence[Settlement], now: datetime
) -> None:
    """Write what became of a batch and give its lease back; the journal is not needed any more.

    What was sent goes into the log of what was sent as well, outside of the database. DigestError
    when the batch is another worker's by now, or the log cannot be written: the journal stays.
    """
    batch, journal = leased
    with database.write() as session:
        settled = batches.settle(session, batch, settlements, now=now)
        day = installation.day_of(session, batch.edition_id)
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
