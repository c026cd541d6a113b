"""Send an edition: lease a batch, choose, compose, hand over, settle; until nothing is due."""

import os
import secrets
import socket
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal, Protocol

from digest.core.outcome import Outcome, fail, settle
from digest.db import batches, due, editions, reasons
from digest.db.batches import Batch, Settlement
from digest.db.editions import OpenEdition
from digest.db.engine import Database
from digest.db.journal import Journal
from digest.errors import ComposeError, DigestError
from digest.mail.relay import Recorder
from digest.model import Answer, Message, Reason, State
from digest.services.composing import Choice, Composer

LEASE = timedelta(minutes=30)
HAND_OUT = timedelta(minutes=10)  # after that a worker begins no more of its batch

Clock = Callable[[], datetime]
UncertainPolicy = Literal["resend", "hold"]


class Deliverer(Protocol):
    """What sends: `mail.relay.Relay`."""

    def deliver(
        self, messages: Iterator[Message], recorder: Recorder, stop: Callable[[], bool]
    ) -> None:
        """Hand over every message that is pulled, and record each one's fate."""


@dataclass(frozen=True, slots=True)
class Sender:
    """Everything that sending one edition needs.

    composer: makes the composer; asked once, when there is something to send. journals: the folder
    of the journals. stop: asked often; once true, what is in flight is
    finished and nothing more is begun. progress: told how many deliveries were settled.
    """

    database: Database
    edition: OpenEdition
    composer: Callable[[], Composer]
    relay: Deliverer
    journals: Path
    clock: Clock
    uncertain: UncertainPolicy
    stop: Callable[[], bool]
    progress: Callable[[int], None]

    def run(self, *, only: int | None = None) -> Counter[State]:
        """Send every batch that has something due; count what became of the deliveries.

        only: send to this subscriber alone. UnreachableError when the relay can no longer be
        reached, or refuses us; what was not handed over stays queued.
        """
        with self.database.read() as session:
            papers = [candidate.paper.id for candidate in self.edition.edition.candidates]
            shared = editions.sharing(session, papers)
        tally: Counter[State] = Counter()
        while not self.stop():
            taken = self._lease(only)
            if taken is None:
                break
            batch, journal = taken
            tally += self._send(batch, journal, shared, only)
            if only is not None:
                break
        return tally

    def _lease(self, only: int | None) -> tuple[Batch, Journal] | None:
        lease, now = secrets.token_hex(16), self.clock()
        journal = Journal(self.journals, lease)
        with self.database.write() as session:
            batch = batches.lease(
                session,
                self.edition.id,
                lease=lease,
                worker=f"{socket.gethostname()}:{os.getpid()}",
                now=now,
                until=now + LEASE,
                only=only,
            )
            if batch is not None:
                journal.head(batch.edition_id, batch.number)
        if batch is None:
            journal.remove()
            return None
        return batch, journal

    def _send(
        self, batch: Batch, journal: Journal, shared: Sequence[int], only: int | None
    ) -> Counter[State]:
        started = self.clock()
        with self.database.read() as session:
            dues = due.due(session, batch, shared, started)
            known = reasons.all_reasons(session)
        if only is not None:
            dues = [one for one in dues if one.subscriber_id == only]
        composer = self.composer()
        choices = composer.choose(dues, known)
        desk = _Desk(composer, choices, self._reason_ids(choices, known), journal, self)
        try:
            self.relay.deliver(desk.messages(), desk, lambda: self._late(started) or self.stop())
        finally:  # also when the relay gave up: what it did until then is settled
            self._settle(batch, journal, desk)
        return Counter(outcome.state for outcome in desk.outcomes.values())

    def _late(self, started: datetime) -> bool:
        return self.clock() - started > HAND_OUT

    def _settle(self, batch: Batch, journal: Journal, desk: "_Desk") -> None:
        with self.database.write() as session:
            kept = batches.settle(session, batch, desk.settlements(), now=self.clock())
        if not kept:
            journal.close()
            raise DigestError(
                f"Batch {batch.number} of this edition was given to another worker while this one "
                "was still sending: what this one did is in its journal, not in the ledger.",
                hint=f"compare {journal.path.name} with `digest deliveries --state uncertain`",
            )
        journal.remove()
        self.progress(len(desk.outcomes))

    def _reason_ids(
        self, choices: Sequence[Choice], known: Mapping[int, Reason]
    ) -> dict[Reason, int]:
        ids = {reason: id_ for id_, reason in known.items()}
        new = {pick.reason for choice in choices for pick in choice.picks} - ids.keys()
        if new:
            with self.database.write() as session:
                reasons.intern(session, new)
                ids = {reason: id_ for id_, reason in reasons.all_reasons(session).items()}
        return ids


class _Desk:
    """One batch on its way: hands out its messages, writes down what becomes of each."""

    def __init__(
        self,
        composer: Composer,
        choices: Sequence[Choice],
        reason_ids: Mapping[Reason, int],
        journal: Journal,
        sender: Sender,
    ) -> None:
        self.outcomes: dict[int, Outcome] = {}
        self._composer = composer
        self._choices = choices
        self._attempts = {choice.due.subscriber_id: choice.due.attempts for choice in choices}
        self._picks = {
            choice.due.subscriber_id: reasons.pack(choice.picks, reason_ids, rest=choice.rest)
            for choice in choices
        }
        self._journal = journal
        self._sender = sender

    def messages(self) -> Iterator[Message]:
        """Compose one message after the other, as they are asked for."""
        for choice in self._choices:
            key = choice.due.subscriber_id
            if choice.outcome is not None:
                self.outcomes[key] = choice.outcome
                continue
            try:
                message = self._composer.message(choice)
            except ComposeError as exc:
                self.outcomes[key] = fail(str(exc))
                continue
            yield message

    def begin(self, message: Message) -> None:
        """Note that the relay is about to get this message."""
        self._journal.begin(message.key, self._picks[message.key])

    def answer(self, message: Message, answer: Answer) -> None:
        """Note and decide what became of it."""
        self._journal.answer(message.key, answer)
        self.outcomes[message.key] = decide(
            answer,
            subscriber_id=message.key,
            attempts=self._attempts[message.key] + 1,
            now=self._sender.clock(),
            uncertain=self._sender.uncertain,
        )

    def settlements(self) -> Iterator[Settlement]:
        """Return the outcomes as the ledger takes them."""
        for key, outcome in self.outcomes.items():
            yield settlement(key, outcome, self._picks[key] or None)


def decide(
    answer: Answer, *, subscriber_id: int, attempts: int, now: datetime, uncertain: UncertainPolicy
) -> Outcome:
    """Decide by the rules of core.outcome, with a jitter of the reader's own, and our policy."""
    jitter = subscriber_id * 2654435761 % 2**32 / 2**32  # Knuth's multiplicative hash
    outcome = settle(answer, attempts=attempts, now=now, jitter=jitter)
    if outcome.state is State.UNCERTAIN and uncertain == "hold":
        return Outcome(outcome.state, outcome.reply)
    return outcome


def settlement(subscriber_id: int, outcome: Outcome, picks: bytes | None) -> Settlement:
    """Put an outcome into the form in which the ledger takes it."""
    return Settlement(
        subscriber_id,
        outcome.state,
        outcome.reply,
        outcome.not_before,
        outcome.attempted,
        picks,
    )
