"""Send an edition: lease a batch, choose, compose, hand over, settle; until nothing is due."""

import logging
import os
import secrets
import socket
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from contextlib import AbstractContextManager, closing, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic, sleep
from typing import Protocol

import structlog
from sqlalchemy.exc import SQLAlchemyError

from digest.delivery.batch_run import BatchRun, JournalWriter, UncertainPolicy
from digest.delivery.composing import Composer
from digest.delivery.guard import Guard, Thresholds
from digest.delivery.late_unsubscribes import LateUnsubscribes
from digest.delivery.lease_keeper import LeaseKeeper
from digest.delivery.recipient_domains import RecipientDomains
from digest.delivery.recovery import recover
from digest.delivery.store import batches, due_deliveries, journal_copies, reasons
from digest.delivery.store.batches import Batch, Settlement
from digest.delivery.store.journal import Journal
from digest.editions.store import editions
from digest.editions.store.editions import OpenEdition
from digest.errors import DigestError
from digest.ground.database.engine import Database
from digest.model import DeliveryState, Message, Reason
from digest.runs.store import runs
from digest.smtp.domain_limits import Provider
from digest.smtp.latency import Latencies, Timed
from digest.smtp.pool import Recorder

LEASE = timedelta(minutes=30)
HAND_OUT = timedelta(minutes=10)  # after that a worker begins no more of its batch
CANARY_POLL_SECONDS = 0.5
MOST_WAITING_SECONDS = 30.0  # in one batch, for domains that take no more; the others go on
_LEAST_WAIT_SECONDS = 0.25  # so that a limit gives several permissions at once
NEVER = datetime.max.replace(tzinfo=UTC)

Clock = Callable[[], datetime]
_log = logging.getLogger(__name__)


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
    stale_at: what would be tried again only after that is given up. domain_limits: of recipients'
    domains. thresholds: what may go wrong before the edition is paused. reason_ids: those met so
    far, as many as topics and interests; no batch reads them again. lease: how long a batch is
    ours without a sign of life; on PostgreSQL it is renewed while we live.
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
    latencies: Latencies = field(default_factory=Latencies)
    reason_ids: dict[Reason, int] = field(default_factory=dict)
    lease: timedelta = LEASE

    def run(self, *, only: int | None = None, number: int | None = None) -> Counter[DeliveryState]:
        """Send every batch that has something due; count what became of the deliveries.

        only: send to this subscriber alone. number: this batch alone. UnreachableError when the
        relay can no longer be reached, or refuses us; what was not handed over stays queued.
        """
        with self.database.read() as session:
            papers = [candidate.paper.id for candidate in self.edition.edition.candidates]
            shared = editions.ids_with_any(session, papers)
        tally: Counter[DeliveryState] = Counter()
        guard = Guard(self.database, self.edition.id, self.thresholds, self.clock)
        domains = RecipientDomains(self.database, self.domain_limits, self.clock)
        try:
            while not self.stop():
                guard.judge_canary()
                taken = self._lease(only, number)
                if taken is None:
                    alone = only is not None or number is not None
                    if alone or not guard.canary_is_out():
                        break
                    tally += self._wait_for_canary()
                    continue
                batch, journal = taken
                with structlog.contextvars.bound_contextvars(batch=batch.number), closing(journal):
                    tally += self._send(batch, journal, shared, guard, domains, only)
                guard.pause_if_needed()
                if only is not None or number is not None or guard.stops():
                    break  # also when the edition has gone on since: the next run does that
            guard.judge_canary()
        finally:
            self._keep_latencies()
        return tally

    def _wait_for_canary(self) -> Counter[DeliveryState]:
        """Wait a moment; should whoever has the canary be dead, settle what he left."""
        sleep(CANARY_POLL_SECONDS)
        return recover(self.database, self.journals, now=self.clock(), uncertain=self.uncertain)

    def _keep_latencies(self) -> None:
        """Add what was measured to the database; no send fails for a figure."""
        if not self.latencies.counts:
            return
        try:
            with self.database.write() as session:
                runs.add_latencies(session, self.latencies.counts, self.latencies.seconds)
        except (DigestError, SQLAlchemyError) as exc:
            _log.error("the latencies of the relay could not be kept: %s", exc)

    def _lease(self, only: int | None, number: int | None) -> tuple[Batch, Journal] | None:
        lease = secrets.token_hex(16)
        journal = Journal(self.journals, lease)
        try:
            batch = self._leased(lease, journal, only, number)
        except BaseException:
            journal.close()  # should the lease stand all the same, the next recovery ends it
            raise
        if batch is None:
            journal.remove()
            return None
        return batch, journal

    def _leased(
        self, lease: str, journal: Journal, only: int | None, number: int | None
    ) -> Batch | None:
        now = self.clock()
        with self.database.write() as session:
            batch = batches.lease(
                session,
                self.edition.id,
                lease=lease,
                worker=f"{socket.gethostname()}:{os.getpid()}",
                now=now,
                until=now + self.lease,
                only=only,
                number=number,
            )
            if batch is not None:
                journal.head(batch.edition_id, batch.number)
                if self._is_kept:
                    journal_copies.add(session, lease, part=0, high_water_mark=0)
        return batch

    def _send(
        self,
        batch: Batch,
        journal: Journal,
        shared: Sequence[int],
        guard: Guard,
        domains: RecipientDomains,
        only: int | None,
    ) -> Counter[DeliveryState]:
        started = self.clock()
        domains.load()
        late_unsubscribes = LateUnsubscribes(self.database, batch)
        with self._lease_keeper(batch, journal) as lease_keeper:
            desk, keys = self._desk(batch, lease_keeper or journal, shared, guard, domains, only)

            def messages() -> Iterator[Message]:
                kept = (
                    lease_keeper.within(desk.messages(), keys) if lease_keeper else desk.messages()
                )
                return late_unsubscribes.sift(kept, desk.leave_out)

            def stop() -> bool:
                too_late = lease_keeper.lost if lease_keeper else self._late(started)
                return too_late or self.stop() or guard.stops()

            timed = Timed(desk, self.latencies)
            try:
                self.relay.deliver(messages(), timed, stop)
                for _ in _waits(desk, stop):
                    self.relay.deliver(messages(), timed, stop)
            finally:  # also when the relay gave up: what it did until then is settled
                if lease_keeper:
                    lease_keeper.end()
                    if lease_keeper.refused:
                        desk.forget_unreached()
                settled = desk.settlements(
                    now=self.clock(), uncertain=self.uncertain, stale_at=self.stale_at
                )
                self._settle(batch, journal, settled)
                domains.save()
        return Counter(one.state for one in settled)

    @property
    def _is_kept(self) -> bool:
        """Whether other machines may have to go on with what we began."""
        return not self.database.is_sqlite

    def _lease_keeper(
        self, batch: Batch, journal: Journal
    ) -> AbstractContextManager[LeaseKeeper | None]:
        if not self._is_kept:
            return nullcontext()
        return LeaseKeeper(self.database, batch, journal, self.lease)

    def _desk(
        self,
        batch: Batch,
        notes: JournalWriter,
        shared: Sequence[int],
        guard: Guard,
        domains: RecipientDomains,
        only: int | None,
    ) -> tuple[BatchRun, list[int]]:
        """Return the desk of a batch, and who is due in it, in their order."""
        with self.database.read() as session:
            dues = due_deliveries.due(session, batch, shared, self.clock())
            known = reasons.behind(session, [one.picks for one in dues if one.picks])
        if only is not None:
            dues = [one for one in dues if one.subscriber_id == only]
        composer = self.composer()
        choices = composer.choose(dues, known)
        self._learn_reasons({pick.reason for choice in choices for pick in choice.picks})
        desk = BatchRun(composer, choices, self.reason_ids, notes, guard.last, domains)
        return desk, [choice.due.subscriber_id for choice in choices]

    def _late(self, started: datetime) -> bool:
        return self.clock() - started > HAND_OUT

    def _settle(self, batch: Batch, journal: Journal, settled: Sequence[Settlement]) -> None:
        with self.database.write() as session:
            kept = batches.settle(session, batch, settled, now=self.clock())
        if not kept:
            raise DigestError(
                f"Batch {batch.number} of this edition was given to another worker while this one "
                "was still sending: what this one did is in its journal, not in the ledger.",
                hint=f"compare {journal.path.name} with `digest deliveries --state uncertain`",
            )
        journal.remove()
        _log.debug("batch settled", extra=Counter(one.state.value for one in settled))
        self.progress(len(settled))

    def _learn_reasons(self, wanted: Set[Reason]) -> None:
        """See to it that these reasons are stored, and that we know their ids."""
        unknown = wanted - self.reason_ids.keys()
        if not unknown:
            return
        with self.database.read() as session:
            found = reasons.ids_of(session, unknown)
        if new := unknown - found.keys():
            with self.database.write() as session:
                reasons.intern(session, new)
                found |= reasons.ids_of(session, new)
        self.reason_ids.update(found)


def _waits(desk: BatchRun, stop: Callable[[], bool]) -> Iterator[None]:
    """Wait until some that are held back may go, and yield; again, unless that is not soon."""
    ends = monotonic() + MOST_WAITING_SECONDS
    while (wait := desk.wait_seconds) is not None and monotonic() + wait < ends:
        until = monotonic() + max(wait, _LEAST_WAIT_SECONDS)
        while monotonic() < until and not stop():
            sleep(min(_LEAST_WAIT_SECONDS, max(0.0, until - monotonic())))
        if stop():
            return
        yield
