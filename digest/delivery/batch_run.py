"""One batch on its way: what a message passes until it is sent, and what hears of its answer.

messages     who may be mailed now (domains), composed and signed a few ahead (composer),
             no further than the database knows (lease), nobody who has unsubscribed meanwhile
begin        noted in the journal (lease), measured from here on (latencies)
answer       kept in memory, measured (latencies), weighed (guard), counted by domain (domains),
             noted in the journal (lease)
settlements  each delivery's next state, for the ledger
"""

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from digest.delivery.composing import Choice, Composer
from digest.delivery.guard import Guard
from digest.delivery.late_unsubscribes import LateUnsubscribes
from digest.delivery.lease_keeper import Lease
from digest.delivery.recipient_domains import RecipientDomains, Throttled
from digest.delivery.rules.outcome import Outcome, bounded, fail, skip
from digest.delivery.settling import UncertainPolicy, decide, settlement
from digest.delivery.store import reasons
from digest.delivery.store.batches import Settlement
from digest.errors import ComposeError
from digest.model import Answer, DeliveryState, Message, Reason, Unreachable
from digest.render.dkim import Made
from digest.render.mime import Draft
from digest.seals.rules.hashing import hash_mail
from digest.smtp.latency import Latencies

# Messages composed in a row: code and data stay in the processor's caches, which halves the cost
# of composing one between every two replies of the relay.
AHEAD = 8
# Signing takes several times as long as all else, unless it was done ahead. OpenSSL lets other
# threads run meanwhile, so two sign while this one composes and sends; a few rows are in work, so
# that we never wait for them. They are longer, since signing takes the caches for itself.
_SIGNED_IN_A_ROW = 4 * AHEAD
_SIGNING_THREADS = 2
_ROWS_BEING_SIGNED = 3


@dataclass(frozen=True, slots=True)
class DeliveryContext:
    """What the messages of a batch pass, and what is told of their answers.

    reason_ids: the id of every reason that a pick has. stop: whether nothing more is to be begun.
    made: signatures that were made ahead, by what they are over.
    """

    composer: Composer
    reason_ids: Mapping[Reason, int]
    domains: RecipientDomains
    lease: Lease
    unsubscribes: LateUnsubscribes
    guard: Guard
    latencies: Latencies
    stop: Callable[[], bool]
    made: Made = field(default_factory=dict)


class BatchRun:
    """Yields the messages of a batch, records what becomes of each, and decides what follows."""

    def __init__(self, context: DeliveryContext, choices: Sequence[Choice]) -> None:
        self._context = context
        self._waits_for_signatures = context.composer.signs and not context.made
        self._choices = {choice.due.subscriber_id: choice for choice in choices}
        self._next = list(choices)  # for the next call of `messages`
        self._throttled: dict[int, Throttled] = {}
        self._packed: dict[int, bytes | None] = {}  # picks by subscriber: needed twice a message
        self._mail_hashes: dict[int, bytes] = {}  # of those that were begun
        self._answers: dict[int, Answer] = {}
        self._unsent: dict[int, Outcome] = {}  # skipped, or could not be composed

    def messages(self) -> Iterator[Message]:
        """Yield the messages that may be sent now, composed a few ahead of what is asked for.

        Throttled ones come with a later call; what is still throttled in the end is deferred.
        """
        lease, unsubscribes = self._context.lease, self._context.unsubscribes
        for message in self._composed(self._not_throttled()):
            if not lease.reaches(message.key):
                return
            if why := unsubscribes.reason(message.key):
                self._leave_out(message.key, why)
            else:
                yield message

    def begin(self, message: Message) -> None:
        """Note that the relay is about to get this message's body."""
        found = hash_mail(message.body)
        self._mail_hashes[message.key] = found
        self._context.lease.begin(message.key, self._picks(message.key) or b"", found)
        self._context.latencies.begin(message.key)

    def answer(self, message: Message, answer: Answer) -> None:
        """Note what became of a message; first in memory, as the disk may be full."""
        context = self._context
        self._answers[message.key] = answer
        context.latencies.answer(message.key, answer)
        context.guard.note(answer)
        context.domains.note(message.recipient, answer)
        context.lease.answer(message.key, answer)

    def stops(self) -> bool:
        """Return whether nothing more is to be begun; asked for every message."""
        return self._context.lease.lost or self._context.stop() or self._context.guard.stops()

    @property
    def wait_seconds(self) -> float | None:
        """Return how long until a throttled message may be sent; None when there is none."""
        return min((one.seconds for one in self._throttled.values()), default=None)

    def settlements(
        self, *, now: datetime, uncertain: UncertainPolicy, stale_at: datetime
    ) -> list[Settlement]:
        """Decide the next state of everything that was answered, throttled, skipped or failed.

        stale_at: what would be tried again only after that is given up.
        """
        outcomes = dict(self._unsent)
        for key, throttled in self._throttled.items():
            later = now + timedelta(seconds=throttled.seconds)
            outcome = Outcome(DeliveryState.DEFERRED, throttled.reason, later, attempted=False)
            outcomes[key] = bounded(outcome, stale_at, now)
        for key, answer in self._answers.items():
            if self._context.lease.refused and isinstance(answer, Unreachable):
                continue  # our own doing, and no attempt: it stays queued
            outcome = decide(answer, key, self._choices[key].due, now=now, uncertain=uncertain)
            outcomes[key] = bounded(outcome, stale_at, now)
        return [
            settlement(key, outcome, self._picks(key), self._mail_hashes.get(key))
            for key, outcome in outcomes.items()
        ]

    def _not_throttled(self) -> list[Choice]:
        """Return the choices whose domains may be mailed now; the others wait."""
        choices = self._next
        addresses = {
            choice.due.subscriber_id: choice.due.reader.address
            for choice in choices
            if choice.outcome is None and choice.due.reader is not None
        }
        found = self._context.domains.throttle(list(addresses.values()))
        self._next, self._throttled = [], {}
        for key, throttled in zip(addresses, found, strict=True):
            if throttled is not None:
                self._throttle(key, throttled)
        return [choice for choice in choices if choice.due.subscriber_id not in self._throttled]

    def _throttle(self, subscriber_id: int, why: Throttled) -> None:
        self._throttled[subscriber_id] = why
        self._next.append(self._choices[subscriber_id])

    def _composed(self, choices: Sequence[Choice]) -> Iterator[Message]:
        """Compose row by row; where messages are to be signed, other threads do that, in order."""
        length = _SIGNED_IN_A_ROW if self._waits_for_signatures else AHEAD
        rows = (choices[start : start + length] for start in range(0, len(choices), length))
        if not self._waits_for_signatures:
            for row in rows:
                yield from self._finished(self._drafts(row))
            return
        signing: deque[Future[list[Message]]] = deque()
        with ThreadPoolExecutor(_SIGNING_THREADS, "signing") as threads:
            for row in rows:
                signing.append(threads.submit(self._finished, self._drafts(row)))
                if len(signing) > _ROWS_BEING_SIGNED:
                    yield from signing.popleft().result()
            while signing:
                yield from signing.popleft().result()

    def _drafts(self, row: Sequence[Choice]) -> list[tuple[Draft, datetime]]:
        drafts = ((self._draft(choice), choice.due.dated_at) for choice in row)
        return [(draft, dated_at) for draft, dated_at in drafts if draft is not None]

    def _draft(self, choice: Choice) -> Draft | None:
        context, subscriber_id, reader = self._context, choice.due.subscriber_id, choice.due.reader
        outcome = choice.outcome
        if outcome is None and reader is not None and context.domains.new_backoffs:
            backoff = context.domains.backoff(reader.address)
            if backoff is not None:
                self._throttle(subscriber_id, backoff)
                return None
        if outcome is None:
            try:
                return context.composer.draft(choice)
            except ComposeError as exc:
                outcome = fail(str(exc))
                context.guard.note_failure()
        self._unsent[subscriber_id] = outcome
        return None

    def _leave_out(self, subscriber_id: int, why: str) -> None:
        self._unsent[subscriber_id] = skip(why)
        self._packed[subscriber_id] = self._choices[subscriber_id].due.picks  # nothing is sent now

    def _picks(self, subscriber_id: int) -> bytes | None:
        """Return the picks as the ledger holds them; those of an earlier attempt stay the same."""
        if subscriber_id not in self._packed:
            choice = self._choices[subscriber_id]
            packed = choice.due.picks
            if packed is None and choice.picks:
                ids, teams = self._context.reason_ids, choice.teams
                packed = reasons.pack(choice.picks, ids, rest=choice.rest, teams=teams)
            self._packed[subscriber_id] = packed
        return self._packed[subscriber_id]

    def _finished(self, drafts: list[tuple[Draft, datetime]]) -> list[Message]:
        made = self._context.made
        return [draft.finish(dated_at, made) for draft, dated_at in drafts]
