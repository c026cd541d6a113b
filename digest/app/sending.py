"""Sending an edition, and looking at what would be sent."""

from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from functools import cache
from time import monotonic

from digest.app.editions import Editions
from digest.delivery import dry_run, recovery
from digest.delivery.composing import Choice, Mail
from digest.delivery.guard import Thresholds
from digest.delivery.leasing import LEASE
from digest.delivery.send_report import SendReport
from digest.delivery.sender import Sender
from digest.editions.store.editions import OpenEdition
from digest.model import DeliveryState, Message, Reason, Trend
from digest.render.digest.wording import why
from digest.selection.explanation import Explanation
from digest.smtp.pool import SmtpPool
from digest.subscribers import subscriptions


class Sending(Editions):
    """Sends, rehearses, explains."""

    def sender(
        self,
        edition: OpenEdition,
        relay: SmtpPool,
        *,
        stop: Callable[[], bool],
        progress: Callable[[int], None],
    ) -> Sender:
        """Return what sends an open edition in this process."""
        return Sender(
            database=self.database,
            edition=edition,
            composer=cache(lambda: self.composer(edition, tried=True)),
            relay=relay,
            journals=self.journals,
            clock=self.clock,
            uncertain=self.settings.uncertain,
            stop=stop,
            progress=progress,
            stale_at=self.fresh.ends(edition.edition.date),
            domain_limits=self.domain_limits,
            thresholds=self.thresholds,
            lease=LEASE
            if self.database.is_sqlite
            else timedelta(seconds=self.settings.lease_seconds),
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
        edition = self.foresee(on)
        started = monotonic()
        report = dry_run.dry_run(
            self.database, edition, self.composer(edition), now=self.clock(), only=only, show=show
        )
        report.seconds = monotonic() - started
        report.findings = self.preflight().check(
            edition.edition, lambda: self.composer(edition).renderer
        )
        return report

    def preview(self, address: str, on: date | None) -> Mail:
        """Return the mail that a subscriber got, or would get now."""
        edition = self.foresee(on)
        return dry_run.preview(self.database, edition, self.composer(edition), address)

    def explain(self, address: str, on: date | None) -> tuple[date, list[Explanation]]:
        """Return the edition's date, and how each candidate looks to a subscriber."""
        edition = self.foresee(on)
        found = dry_run.explain_to(self.database, edition, self.matrix(edition), address)
        return edition.edition.date, found

    def reason_text(self, reason: Reason, trend: Trend) -> str:
        """Say in a reader's words why a paper was picked, as its card in the mail does."""
        return why(reason, trend, self.topic_names)

    def recover(self) -> Counter[DeliveryState]:
        """Settle what killed runs left behind."""
        return recovery.recover(
            self.database, self.journals, now=self.clock(), uncertain=self.settings.uncertain
        )
