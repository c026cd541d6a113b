"""The desk of one batch: hands out its messages, notes what becomes of each, and decides."""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import islice
from typing import Literal, Protocol

from digest.delivery.composing import Choice, Composer
from digest.delivery.recipient_domains import RecipientDomains, Throttled
from digest.delivery.rules.guard import WHOLE, LastMessages, weight
from digest.delivery.rules.outcome import Outcome, bounded, fail, settle, skip
from digest.delivery.store import reasons
from digest.delivery.store.batches import Settlement
from digest.errors import ComposeError
from digest.model import Answer, DeliveryState, Message, Reason, Unreachable
from digest.render.digest.renderer import Draft

UncertainPolicy = Literal["resend", "hold"]

# Messages composed in a row: code and data stay in the processor's caches, which halves the cost
# of composing one between every two replies of the relay.
AHEAD = 8
# Signing takes several times as long as all else. OpenSSL lets other threads run meanwhile, so two
# sign while this one composes and sends; a few rows wait for them, so that none ever waits for us.
_SIGNING_THREADS = 2
_ROWS_BEING_SIGNED = 4


class JournalWriter(Protocol):
    """What outlives a kill: a `Journal`, or the `Keeper` of one."""

    def begin(self, subscriber_id: int, picks: bytes) -> str:
        """Note that this message's body is about to be handed over."""

    def answer(self, subscriber_id: int, answer: Answer) -> str:
        """Note what became of a message."""


class BatchRun:
    """What the relay gets the messages of a batch from, and reports their fates to.

    reason_ids: the id of every reason that a pick has. last, domains: told what becomes of each
    message; domains also says which are held back.
    """

    def __init__(
        self,
        composer: Composer,
        choices: Sequence[Choice],
        reason_ids: Mapping[Reason, int],
        journal: JournalWriter,
        last: LastMessages,
        domains: RecipientDomains,
    ) -> None:
        self._domains = domains
        self._held: dict[int, Throttled] = {}
        self._handed_out = False
        self._last = last
        self._composer = composer
        self._choices = {choice.due.subscriber_id: choice for choice in choices}
        self._reason_ids = reason_ids
        self._journal = journal
        self._packs: dict[int, bytes | None] = {}  # by subscriber: asked for twice a message
        self._answers: dict[int, Answer] = {}
        self._unsent: dict[int, Outcome] = {}  # skipped, or not to be composed

    @property
    def wait_seconds(self) -> float | None:
        """How long until one that is held back may go; None when none is."""
        return min((held.seconds for held in self._held.values()), default=None)

    def messages(self) -> Iterator[Message]:
        """Compose the messages that may go now, a few ahead of what is asked for.

        Those of domains that take no more are held back, and come with a later call, or not: what
        is still held back in the end is put off.
        """
        if self._composer.signs:
            yield from self._signed_aside()
            return
        for row in self._drafts():
            yield from _finished(row)

    def _signed_aside(self) -> Iterator[Message]:
        """Have rows signed by other threads; they come back in their order."""
        rows: deque[Future[list[Message]]] = deque()
        with ThreadPoolExecutor(_SIGNING_THREADS, "signing") as threads:
            for row in self._drafts():
                rows.append(threads.submit(_finished, row))
                if len(rows) > _ROWS_BEING_SIGNED:
                    yield from rows.popleft().result()
            while rows:
                yield from rows.popleft().result()

    def _drafts(self) -> Iterator[list[Draft]]:
        choices = iter(self._round())
        while some := list(islice(choices, AHEAD)):
            yield [draft for choice in some if (draft := self._compose(choice))]

    def _round(self) -> list[Choice]:
        """Return the choices that may be handed out now, and hold the others back."""
        keys = list(self._held) if self._handed_out else list(self._choices)
        self._handed_out = True
        choices = [self._choices[key] for key in keys]
        mailed = {
            choice.due.subscriber_id: choice.due.reader.address
            for choice in choices
            if choice.outcome is None and choice.due.reader is not None
        }
        whys = zip(mailed, self._domains.throttle(list(mailed.values())), strict=True)
        self._held = {key: why for key, why in whys if why is not None}
        return [choice for choice in choices if choice.due.subscriber_id not in self._held]

    def begin(self, message: Message) -> None:
        """Note that the relay is about to get this message's body."""
        self._journal.begin(message.key, self._packed(message.key) or b"")

    def answer(self, message: Message, answer: Answer) -> None:
        """Note what became of a message; first in memory, should the disk be full."""
        self._answers[message.key] = answer
        self._last.note(weight(answer))
        self._domains.note(message.recipient, answer)
        self._journal.answer(message.key, answer)

    def leave_out(self, subscriber_id: int, why: str) -> None:
        """Note that a message that was handed out is not begun, on purpose."""
        self._unsent[subscriber_id] = skip(why)
        self._packs[subscriber_id] = self._choices[subscriber_id].due.picks  # nothing was sent now

    def forget_unreached(self) -> None:
        """Leave queued who was not reached: it was our own doing, and no attempt."""
        for key, answer in list(self._answers.items()):
            if isinstance(answer, Unreachable):
                del self._answers[key]

    def settlements(
        self, *, now: datetime, uncertain: UncertainPolicy, stale_at: datetime
    ) -> list[Settlement]:
        """Decide the next state of everything that was answered, skipped or failed.

        stale_at: what would be tried again only after that is given up.
        """
        settled = [
            settlement(key, outcome, self._packed(key)) for key, outcome in self._unsent.items()
        ]
        for key, held in self._held.items():
            later = now + timedelta(seconds=held.seconds)
            outcome = Outcome(DeliveryState.DEFERRED, held.reason, later, attempted=False)
            outcome = bounded(outcome, stale_at, now)
            settled.append(settlement(key, outcome, self._packed(key)))
        for key, answer in self._answers.items():
            attempts = self._choices[key].due.attempts + 1
            outcome = decide(answer, key, attempts=attempts, now=now, uncertain=uncertain)
            outcome = bounded(outcome, stale_at, now)
            settled.append(settlement(key, outcome, self._packed(key)))
        return settled

    def _compose(self, choice: Choice) -> Draft | None:
        outcome = choice.outcome
        if self._domains.new_backoffs and outcome is None and choice.due.reader is not None:
            why = self._domains.backoff(choice.due.reader.address)
            if why is not None:
                self._held[choice.due.subscriber_id] = why
                return None
        if outcome is None:
            try:
                return self._composer.draft(choice)
            except ComposeError as exc:
                outcome = fail(str(exc))
                self._last.note(WHOLE)
        self._unsent[choice.due.subscriber_id] = outcome
        return None

    def _packed(self, subscriber_id: int) -> bytes | None:
        """The picks as the ledger holds them; those of an earlier attempt stay what they are."""
        if subscriber_id not in self._packs:
            choice = self._choices[subscriber_id]
            packed = choice.due.picks
            if packed is None and choice.picks:
                packed = reasons.pack(choice.picks, self._reason_ids, rest=choice.rest)
            self._packs[subscriber_id] = packed
        return self._packs[subscriber_id]


def _finished(drafts: list[Draft]) -> list[Message]:
    return [draft.finish() for draft in drafts]


def decide(
    answer: Answer,
    subscriber_id: int,
    *,
    attempts: int,
    now: datetime,
    uncertain: UncertainPolicy,
) -> Outcome:
    """Decide by the rules of core.outcome, with a jitter of the reader's own, and our policy."""
    jitter = subscriber_id * 2654435761 % 2**32 / 2**32  # Knuth's multiplicative hash
    outcome = settle(answer, attempts=attempts, now=now, jitter=jitter)
    if outcome.state is DeliveryState.UNCERTAIN and uncertain == "hold":
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
