"""A few mails of the outbox on their way: composed one by one, noted, settled together."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta

from digest.delivery.recipient_domains import RecipientDomains
from digest.delivery.rules.outcome import Outcome, fail
from digest.delivery.settling import UncertainPolicy, decide
from digest.delivery.store.journal import Journal
from digest.errors import DigestError, UnreachableError
from digest.model import Answer, DeliveryState, Message
from digest.outbox.composing import OutboxComposer
from digest.outbox.store.mails import OutboxMail, Settled

HAND_OUT = timedelta(minutes=3)  # nothing is begun later than that after the lease


class OutboxRun:
    """Yields the messages of leased mails, records what becomes of each, and decides what follows.

    Told to stop, or after a few minutes, it begins nothing more: what is left stays as it was.
    """

    def __init__(
        self,
        mails: Sequence[OutboxMail],
        journal: Journal,
        composer: OutboxComposer,
        domains: RecipientDomains,
        clock: Callable[[], datetime],
        stop: Callable[[], bool],
    ) -> None:
        self._mails = {mail.id: mail for mail in mails}
        self._journal = journal
        self._composer = composer
        self._domains = domains
        self._clock = clock
        self._stop = stop
        self._ends_at = clock() + HAND_OUT
        self._answers: dict[int, Answer] = {}
        self._unsent: dict[int, Outcome] = {}

    def messages(self) -> Iterator[Message]:
        """Yield what may be sent now, composed when it is asked for."""
        for mail in self._mails.values():
            made = self._compose(mail)
            if isinstance(made, Outcome):
                self._unsent[mail.id] = made
                continue
            (throttled,) = self._domains.throttle([made.recipient])
            if throttled is None:
                yield made
            else:
                later = self._clock() + timedelta(seconds=throttled.seconds)
                outcome = Outcome(DeliveryState.DEFERRED, throttled.reason, later, attempted=False)
                self._unsent[mail.id] = outcome

    def begin(self, message: Message) -> None:
        """Note that the relay is about to get this message's body; DigestError when it is late."""
        if self._clock() > self._ends_at:
            raise DigestError(
                "A mail of the outbox was held up for so long that it may be another worker's.",
                hint="nothing needs to be done; it is sent by whoever has it",
            )
        self._journal.begin(message.key, b"")

    def answer(self, message: Message, answer: Answer) -> None:
        """Note what became of a message; first in memory, as the disk may be full."""
        self._answers[message.key] = answer
        self._domains.note(message.recipient, answer)
        self._journal.answer(message.key, answer)

    def stops(self) -> bool:
        """Return whether nothing more is to be begun."""
        return self._stop() or self._clock() > self._ends_at

    def settled(self, uncertain: UncertainPolicy) -> list[Settled]:
        """Decide the next state of what was answered, throttled, skipped or not composed."""
        now = self._clock()
        outcomes = dict(self._unsent)
        for key, answer in self._answers.items():
            outcomes[key] = decide(answer, key, self._mails[key], now=now, uncertain=uncertain)
        return [Settled(self._mails[key], outcome) for key, outcome in outcomes.items()]

    def _compose(self, mail: OutboxMail) -> Message | Outcome:
        try:
            return self._composer.compose(mail)
        except UnreachableError:
            raise
        except DigestError as exc:  # one bad mail costs itself
            return fail(str(exc))
