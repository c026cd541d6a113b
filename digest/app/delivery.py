"""Sending an edition, and looking at what would be sent."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from time import monotonic

from digest.app.clocks import Clock
from digest.app.composing import Composing
from digest.app.editions import Editions
from digest.app.incoming.bounces import bounce_rules
from digest.app.preflight import PreflightChecks
from digest.app.smtp import Smtp
from digest.delivery import recovery
from digest.delivery.composing import Choice, Composer, Mail
from digest.delivery.forecast import dry_run
from digest.delivery.guard import Thresholds
from digest.delivery.leasing import LEASE
from digest.delivery.send_report import SendReport
from digest.delivery.sender import Sender
from digest.delivery.store import journal
from digest.editions.store.editions import OpenEdition
from digest.ground.database.engine import Database
from digest.model import DeliveryState, Message
from digest.selection.explanation import Explanation
from digest.settings import Settings
from digest.smtp.pool import SmtpPool
from digest.subscribers import subscriptions


@dataclass(frozen=True)
class Delivery:
    """Sends, rehearses, explains.

    checks: asked for only by a rehearsal; they need the secret key, and an explanation does not.
    """

    settings: Settings
    database: Database
    journals: Path
    former_journals: Path | None
    smtp: Smtp
    editions: Editions
    composing: Composing
    checks: Callable[[], PreflightChecks]
    clock: Clock

    def sender(
        self,
        edition: OpenEdition,
        pool: SmtpPool,
        *,
        composer: Callable[[], Composer] | None = None,
        stop: Callable[[], bool] = lambda: False,
        progress: Callable[[int], None] = lambda _: None,
    ) -> Sender:
        """Return what sends an open edition in this process.

        composer: one that is at hand, by a cached call; left out, one is made with the first batch.
        """
        settings = self.settings
        return Sender(
            database=self.database,
            edition=edition,
            composer=composer or cache(lambda: self.composing.composer(edition, tried=True)),
            relay=pool,
            journals=self.journals,
            clock=self.clock,
            uncertain=settings.uncertain,
            stop=stop,
            progress=progress,
            stale_at=self.editions.freshness.ends(edition.edition.date),
            domain_limits=self.smtp.domain_limits,
            thresholds=self.thresholds,
            bounce_rules=bounce_rules(settings),
            lease=LEASE if self.database.is_sqlite else timedelta(seconds=settings.lease_seconds),
        )

    @property
    def thresholds(self) -> Thresholds:
        """How much may go wrong before an edition is paused."""
        settings = self.settings
        return Thresholds(
            settings.canary_percent,
            settings.canary_most_failed,
            settings.guard_last,
            settings.guard_most_failed,
            settings.bounces_most,
            settings.complaints_most,
        )

    def rehearse(
        self,
        on: date | None,
        *,
        to: str | None = None,
        show: Callable[[Choice, Message | None], None],
    ) -> SendReport:
        """Do all that `send` does up to the bytes; open no connection, change nothing."""
        only = subscriptions.find(self.database, to).id if to else None
        edition = self.editions.foresee(on)
        started = monotonic()
        composer = self.composing.composer(edition)
        report = dry_run.dry_run(
            self.database, edition, composer, now=self.clock(), only=only, show=show
        )
        report.seconds = monotonic() - started
        report.remark = self.editions.remark_on(edition)
        report.findings = self.checks().preflight().check(edition.edition)
        return report

    def preview(self, address: str, on: date | None) -> Mail:
        """Return the mail that a subscriber got, or would get now."""
        edition = self.editions.foresee(on)
        composer = self.composing.composer(edition)
        return dry_run.preview(self.database, edition, composer, address, now=self.clock())

    def explain(self, address: str, on: date | None) -> tuple[date, list[Explanation]]:
        """Return the edition's date, and how each candidate looks to a subscriber."""
        edition = self.editions.foresee(on)
        matrix = self.composing.matrix(edition)
        lab = self.composing.lab_of(edition)
        found = dry_run.explain_to(self.database, edition, matrix, address, lab)
        return edition.edition.date, found

    def recover(self) -> Counter[DeliveryState]:
        """Settle what killed runs left behind."""
        if self.former_journals is not None:
            journal.bring(self.former_journals, self.journals)
        return recovery.recover(
            self.database,
            self.journals,
            now=self.clock(),
            uncertain=self.settings.uncertain,
            rules=bounce_rules(self.settings),
        )
