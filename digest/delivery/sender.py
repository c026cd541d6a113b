"""Send an edition: lease a batch, choose, compose, send, settle; until nothing is due."""

import logging
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic, sleep
from typing import Protocol

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from digest.bounces.rules.scoring import DEFAULT_RULES, BounceRules
from digest.delivery.batch_run import BatchRun, DeliveryContext
from digest.delivery.composing import Composer
from digest.delivery.guard import LOOK_SECONDS, Guard, Thresholds
from digest.delivery.late_unsubscribes import LOOK_SECONDS as UNSUBSCRIBES_LOOK_SECONDS
from digest.delivery.late_unsubscribes import LateUnsubscribes
from digest.delivery.lease_keeper import REFUSALS, Lease, keep_lease, statement_refused
from digest.delivery.leasing import LEASE, LeasedBatch, lease_batch
from digest.delivery.recipient_domains import RecipientDomains
from digest.delivery.recovery import recover
from digest.delivery.settling import UncertainPolicy, settle_batch
from digest.delivery.signing_ahead import basis
from digest.delivery.store import due_deliveries, reasons, signatures
from digest.delivery.store.batches import Batch
from digest.editions.store import offered
from digest.editions.store.editions import OpenEdition
from digest.errors import DigestError
from digest.ground import log_context
from digest.ground.database.engine import Database
from digest.model import DeliveryState, Message, Reason
from digest.render.dkim import DkimKey
from digest.runs.store import runs
from digest.smtp.domain_limits import Provider
from digest.smtp.latency import Latencies
from digest.smtp.pool import Recorder

CANARY_POLL_SECONDS = 0.5
MOST_WAITING_SECONDS = 30.0  # in one batch, for throttled messages; the others go on
_LEAST_WAIT_SECONDS = 0.25  # so that a limit grants several permissions at once
NEVER = datetime.max.replace(tzinfo=UTC)

Clock = Callable[[], datetime]
_log = logging.getLogger(__name__)


class Deliverer(Protocol):
    """What sends: `smtp.pool.SmtpPool`."""

    def deliver(
        self, messages: Iterator[Message], recorder: Recorder, stop: Callable[[], bool]
    ) -> None:
        """Send every message that is pulled, and record what becomes of each."""


@dataclass(frozen=True, slots=True)
class Sender:
    """Everything that sending one edition needs.

    composer: makes the composer; asked once, when there is something to send. journals: the folder
    of the journals. stop: asked often; once true, what is in flight is finished and nothing more is
    begun. progress: told how many deliveries were settled. stale_at: what would be tried again only
    after that is given up. domain_limits: of recipients' domains. thresholds: what may go wrong
    before the edition is paused. bounce_rules: when a refusal ends a reader's mail. reason_ids:
    those met lately, which no batch reads again; most_reasons: how many of them are kept beside a
    batch's own, as every reader may have typed another interest. lease: how long a batch is ours
    without a sign of life; it is renewed while we live. *_look_seconds: how often a worker looks
    whether the edition was stopped, and who has unsubscribed. dkim_keys: those of the composer;
    signatures that were made ahead with them are used.
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
    stale_at: datetime = NEVER
    domain_limits: Mapping[str, Provider] = field(default_factory=dict)
    thresholds: Thresholds = field(default_factory=Thresholds)
    bounce_rules: BounceRules = DEFAULT_RULES
    latencies: Latencies = field(default_factory=Latencies)
    reason_ids: dict[Reason, int] = field(default_factory=dict)
    most_reasons: int = 8192
    lease: timedelta = LEASE
    stop_look_seconds: float = LOOK_SECONDS
    unsubscribes_look_seconds: float = UNSUBSCRIBES_LOOK_SECONDS
    dkim_keys: Sequence[DkimKey] = ()

    def run(self, *, only: int | None = None, number: int | None = None) -> Counter[DeliveryState]:
        """Send every batch that has something due; count what became of the deliveries.

        only: send to this subscriber alone. number: this batch alone. UnreachableError when the
        relay can no longer be reached, or refuses us; what was not sent stays queued.
        """
        return EditionRun(self, only=only, number=number).send()


class EditionRun:
    """One process's run over an edition, batch after batch. Arguments: see `Sender`."""

    def __init__(self, sender: Sender, *, only: int | None = None, number: int | None = None):
        self._sender = sender
        self._only = only
        self._number = number
        self._guard = Guard(
            sender.database,
            sender.edition.id,
            sender.thresholds,
            sender.clock,
            sender.stop_look_seconds,
        )
        self._domains = RecipientDomains(sender.database, sender.domain_limits, sender.clock)
        with sender.database.read() as session:
            papers = [candidate.paper.id for candidate in sender.edition.edition.candidates]
            self._shared = offered.ids_with_any(session, papers)

    def send(self) -> Counter[DeliveryState]:
        """Send until nothing is due, or we are to stop."""
        try:
            return self._send()
        except REFUSALS as exc:
            raise statement_refused(exc) from exc
        finally:
            self._save_latencies()

    def _send(self) -> Counter[DeliveryState]:
        tally: Counter[DeliveryState] = Counter()
        single = self._only is not None or self._number is not None
        while not self._sender.stop():
            self._guard.judge_canary()
            self._guard.judge_feedback()
            leased = self.lease()
            if leased is None:
                if single or not self._guard.canary_is_out():
                    break
                tally += self._wait_for_canary()
                continue
            number = leased.batch.number
            with log_context.binding(batch=number), closing(leased.journal):
                tally += self._send_batch(leased)
            self._guard.pause_if_needed()
            if single or self._guard.stops():
                break  # also when the edition has been resumed since: the next run does that
        self._guard.judge_canary()
        self._guard.judge_feedback()
        return tally

    def lease(self) -> LeasedBatch | None:
        """Lease the next batch; None when nothing is due."""
        sender = self._sender
        return lease_batch(
            sender.database,
            sender.edition.id,
            sender.journals,
            now=sender.clock(),
            length=sender.lease,
            only=self._only,
            number=self._number,
            opened_at=sender.edition.opened_at,
            version=sender.edition.version,
        )

    def _send_batch(self, leased: LeasedBatch) -> Counter[DeliveryState]:
        sender = self._sender
        self._domains.load()
        with keep_lease(sender.database, leased, sender.lease) as lease:
            batch = self.prepare(leased, lease)
            try:
                sender.relay.deliver(batch.messages(), batch, batch.stops)
                for _ in _waits(batch):
                    sender.relay.deliver(batch.messages(), batch, batch.stops)
            finally:  # also when the relay gave up: what it did until then is settled
                lease.end()
                tally = self.settle(leased, batch)
                self._domains.save()
        if lease.failure is not None:
            raise lease.failure
        return tally

    def prepare(self, leased: LeasedBatch, lease: Lease) -> BatchRun:
        """Read who is due in a batch, and choose for them."""
        sender = self._sender
        unsubscribes = LateUnsubscribes(
            sender.database, leased.batch, sender.unsubscribes_look_seconds
        )
        with sender.database.read() as session:
            dues = due_deliveries.due(session, leased.batch, self._shared, sender.clock())
            existing = reasons.behind(session, [one.picks for one in dues if one.picks])
            made = self._made_ahead(session, leased.batch)
        if self._only is not None:
            dues = [one for one in dues if one.subscriber_id == self._only]
        composer = sender.composer()
        choices = composer.choose(dues, existing)
        self._store_reasons({pick.reason for choice in choices for pick in choice.picks})
        lease.expect([choice.due.subscriber_id for choice in choices])
        context = DeliveryContext(
            composer,
            sender.reason_ids,
            self._domains,
            lease,
            unsubscribes,
            self._guard,
            sender.latencies,
            sender.stop,
            made,
        )
        return BatchRun(context, choices)

    def _made_ahead(self, session: Session, batch: Batch) -> dict[bytes, bytes]:
        """Return the signatures that were made ahead for a batch."""
        if not (keys := self._sender.dkim_keys):
            return {}
        return signatures.for_batch(session, batch, basis(self._sender.edition, keys))

    def settle(self, leased: LeasedBatch, batch: BatchRun) -> Counter[DeliveryState]:
        """Settle what was done of a batch, and give it back."""
        sender = self._sender
        settled = batch.settlements(
            now=sender.clock(), uncertain=sender.uncertain, stale_at=sender.stale_at
        )
        settle_batch(sender.database, leased, settled, sender.clock(), sender.bounce_rules)
        _log.debug("batch settled", extra=Counter(one.state.value for one in settled))
        sender.progress(len(settled))
        return Counter(one.state for one in settled)

    def _store_reasons(self, wanted: Set[Reason]) -> None:
        """Store the reasons that are new, and remember their ids."""
        database, reason_ids = self._sender.database, self._sender.reason_ids
        if len(reason_ids) > self._sender.most_reasons:
            kept = {reason: reason_ids[reason] for reason in wanted & reason_ids.keys()}
            reason_ids.clear()
            reason_ids.update(kept)
        unknown = wanted - reason_ids.keys()
        if not unknown:
            return
        with database.read() as session:
            found = reasons.ids_of(session, unknown)
        if new := unknown - found.keys():
            with database.write() as session:
                reasons.intern(session, new)
                found |= reasons.ids_of(session, new)
        reason_ids.update(found)

    def _wait_for_canary(self) -> Counter[DeliveryState]:
        """Wait a moment; should the worker that has the canary be dead, settle what it left."""
        sleep(CANARY_POLL_SECONDS)
        sender = self._sender
        return recover(
            sender.database,
            sender.journals,
            now=sender.clock(),
            uncertain=sender.uncertain,
            rules=sender.bounce_rules,
        )

    def _save_latencies(self) -> None:
        """Add what was measured to the database; no send fails for a figure."""
        latencies = self._sender.latencies
        if not latencies.counts:
            return
        try:
            with self._sender.database.write() as session:
                runs.add_latencies(session, latencies.counts, latencies.seconds)
        except (DigestError, SQLAlchemyError) as exc:
            _log.error("the latencies of the relay could not be saved: %s", exc)


def _waits(batch: BatchRun) -> Iterator[None]:
    """Wait until some throttled messages may be sent, and yield; again, unless that is not soon."""
    ends = monotonic() + MOST_WAITING_SECONDS
    while (wait := batch.wait_seconds) is not None and monotonic() + wait < ends:
        until = monotonic() + max(wait, _LEAST_WAIT_SECONDS)
        while monotonic() < until and not batch.stops():
            sleep(min(_LEAST_WAIT_SECONDS, max(0.0, until - monotonic())))
        if batch.stops():
            return
        yield
