"""Send what waits in the outbox, in any number of processes at once."""

import logging
import os
import secrets
import socket
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from digest.bounces.recording import record_all
from digest.bounces.replies import feedback_of
from digest.bounces.rules.scoring import BounceRules
from digest.delivery.recipient_domains import RecipientDomains
from digest.delivery.settling import UncertainPolicy
from digest.delivery.store.journal import Journal
from digest.errors import DigestError
from digest.ground.database.engine import Database
from digest.model import DeliveryState, Feedback
from digest.outbox import recovery
from digest.outbox.store import figures, mails
from digest.smtp.domain_limits import Provider
from digest.smtp.pool import SmtpPool

if TYPE_CHECKING:
    from digest.outbox.composing import OutboxComposer

# Longer than what may be begun (HAND_OUT) can take, with ten minutes for the final dot.
LEASE = timedelta(minutes=15)
AT_ONCE = 20  # mails in a lease
_UNTOLD = (
    DeliveryState.QUEUED,
    DeliveryState.DEFERRED,
    DeliveryState.UNCERTAIN,
    DeliveryState.FAILED,
)
_log = logging.getLogger(__name__)
Tally = Counter[DeliveryState]


@dataclass(frozen=True, slots=True)
class Outbox:
    """Everything that sending it needs.

    journals: the folder of its journals. composer: asked when there is something to send. relay:
    makes the connections, which are opened only then. admit: turns what was typed into the form
    into mails. held: whether nobody but the operator is to be written to, as the database may not
    know who has left. rules: what a refusal does to its reader.
    """

    database: Database
    journals: Path
    composer: Callable[[], "OutboxComposer"]
    relay: Callable[[], SmtpPool]
    domain_limits: Callable[[], Mapping[str, Provider]]
    uncertain: UncertainPolicy
    admit: Callable[[], object]
    held: Callable[[], bool]
    rules: BounceRules
    clock: Callable[[], datetime]

    def drain(self, stop: Callable[[], bool] = lambda: False) -> Tally:
        """Send all that is due, and settle what killed processes left; count what became of it.

        UnreachableError when the relay does not let us in: then all of it waits as before.
        """
        self.admit()
        tally = recovery.recover(
            self.database, self.journals, now=self.clock(), uncertain=self.uncertain
        )
        held = self.held()
        if not self._has_due(held):
            return tally
        domains = RecipientDomains(self.database, self.domain_limits(), self.clock)
        with self.relay() as relay:
            while not stop() and self._has_due(held):
                tally += self._send_some(relay, domains, held, stop)
        return tally

    def drain_if_possible(self, stop: Callable[[], bool] = lambda: False) -> None:
        """Drain beside other work: what fails is logged, and waits for whoever drains next."""
        try:
            self.drain(stop)
        except DigestError as exc:
            _log.warning("The outbox waits: %s", exc)

    def is_untold(self, subscriber_id: int) -> bool:
        """Return whether the newest mail to a subscriber failed, waits, or may not have arrived."""
        with self.database.read() as session:
            return figures.newest_state(session, subscriber_id) in _UNTOLD

    def _has_due(self, held: bool) -> bool:
        with self.database.read() as session:
            return mails.has_due(session, self.clock(), held=held)

    def _send_some(
        self, relay: SmtpPool, domains: RecipientDomains, held: bool, stop: Callable[[], bool]
    ) -> Tally:
        """Lease a few mails, send and settle them."""
        from digest.outbox.outbox_run import OutboxRun  # what composes comes with it

        lease = secrets.token_hex(16)
        journal = Journal(self.journals, lease)
        with closing(journal):  # with its lease, should anything fail: the next recovery ends it
            leased = self._lease(lease, journal, held)
            domains.load()
            run = OutboxRun(leased, journal, self.composer(), domains, self.clock, stop)
            try:
                if leased:
                    relay.deliver(run.messages(), run, run.stops)
            finally:  # also when the relay gave up: what it did until then is settled
                settled = run.settled(self.uncertain)
                with self.database.write() as session:
                    now = self.clock()
                    ours = not leased or mails.settle(session, lease, settled, now=now)
                    if ours:
                        record_all(session, list(_refusals(settled)), self.rules, now)
                if ours:
                    journal.remove()
                domains.save()
        if not ours:
            raise DigestError(
                f"{len(leased)} mails of the outbox were given to another worker while this one "
                "was still sending them: what this one did is in its journal.",
                hint=f"compare {journal.path.name} with `digest deliveries --state uncertain`",
            )
        return Counter(outcome.state for _, outcome in settled)

    def _lease(self, lease: str, journal: Journal, held: bool) -> list[mails.OutboxMail]:
        now = self.clock()
        with self.database.write() as session:
            leased = mails.lease(
                session,
                lease,
                worker=f"{socket.gethostname()}:{os.getpid()}",
                now=now,
                until=now + LEASE,
                most=AT_ONCE,
                held=held,
            )
            journal.head(0, 0)  # of no batch
        return leased


def _refusals(settled: Iterable[mails.Settled]) -> Iterator[Feedback]:
    """Yield what refusals for good say of readers: a bounce, mostly."""
    for mail, outcome in settled:
        if outcome.state is DeliveryState.FAILED and outcome.refusal and mail.subscriber_id:
            occasion = f"outbox {mail.id}"
            found = feedback_of(outcome.refusal, mail.subscriber_id, None, occasion)
            if found is not None:
                yield found
