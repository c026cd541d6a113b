"""Sending an edition, and looking at what would be sent."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from time import monotonic

from digest.app.clocks import Clock
from digest.app.composing import Composing
from digest.app.editions import Editions
from digest.app.incoming.bounces import bounce_rules
from digest.app.preflight import PreflightChecks
from digest.app.smtp import Smtp
from digest.delivery import recovery, signing_ahead
from digest.delivery.composing import Choice, Composer, Mail
from digest.delivery.forecast import dry_run
from digest.delivery.guard import Thresholds
from digest.delivery.leasing import LEASE
from digest.delivery.rules.dating import QUARTER
from digest.delivery.send_report import SendReport
from digest.delivery.sender import Sender
from digest.delivery.signing_ahead import Signing, Turn
from digest.delivery.store import journal
from digest.editions.store.editions import OpenEdition
from digest.errors import InputError, SettingsError
from digest.ground.database.engine import Database
from digest.model import DeliveryState, Message
from digest.settings import Settings
from digest.smtp.pool import SmtpPool
from digest.subscribers import subscriptions


@dataclass(frozen=True)
class Delivery:
    """Sends and rehearses.

    checks: asked for only by a rehearsal; they need the secret key.
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
            dkim_keys=self.composing.identity.dkim_keys,
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

    def sign_ahead(
        self,
        on: date | None,
        at: datetime,
        *,
        stop: Callable[[], bool] = lambda: False,
        progress: Callable[[int], None] = lambda _: None,
    ) -> int:
        """Sign what `digest send` at a moment to come would send; count the mails.

        SettingsError without a DKIM key, InputError for a moment that is over, NotFoundError when
        the edition is not open.
        """
        edition = self.editions.find(on)
        keys = self.composing.identity.dkim_keys
        if not keys:
            raise SettingsError("DIGEST_DKIM_KEY_FILE is not set.", hint="digest dkim keygen")
        if at + QUARTER < self.clock():
            raise InputError("That moment is over.", hint="--at takes the hour of the next send")
        signing_ahead.forget_old(self.database, self.clock())
        return self._signing(edition, stop, progress).sign(at)

    def remark_on_signed(self, on: date | None, at: datetime, signed: int) -> str:
        """Return what is odd about what `sign_ahead` did, if anything."""
        day = self.editions.find(on).edition.date
        ends = self.editions.freshness.ends(day).astimezone(UTC)
        if at > ends:
            until = f"{ends:%Y-%m-%d %H:%M} UTC"
            return f"The scheduler mails the edition of {day} until {until}; later you do."
        return "" if signed else "All mails of then are signed, or nobody gets one."

    def sign_what_is_due_soon(
        self, *, stop: Callable[[], bool], progress: Callable[[int], None]
    ) -> None:
        """Sign the mails of `turns`."""
        edition, turns = self.turns()
        if edition is not None:
            signing = self._signing(edition, stop, progress)
            for turn in turns:
                signing.sign(turn.at, turn.due)

    def turns(self) -> tuple[OpenEdition | None, list[Turn]]:
        """Return the edition that is sent next, and whose mails are to be signed ahead by now."""
        ahead = timedelta(minutes=self.settings.sign_ahead_minutes)
        keys = self.composing.identity.dkim_keys if ahead else []
        day = signing_ahead.next_edition(self.database) if keys else None
        if day is None:
            return None, []
        edition = self.editions.find(day)
        found = signing_ahead.turns(
            self.database, edition, self.editions.freshness, now=self.clock(), ahead=ahead
        )
        left = [one for one in found if signing_ahead.is_left(self.database, edition, keys, one)]
        return edition, left

    def _signing(
        self, edition: OpenEdition, stop: Callable[[], bool], progress: Callable[[int], None]
    ) -> Signing:
        composer = self.composing.composer(edition, tried=True)
        keys = self.composing.identity.dkim_keys
        return Signing(self.database, edition, composer, keys, stop, progress)

    def preview(self, address: str, on: date | None) -> Mail:
        """Return the mail that a subscriber got, or would get now."""
        edition = self.editions.foresee(on)
        composer = self.composing.composer(edition)
        return dry_run.preview(self.database, edition, composer, address, now=self.clock())

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
