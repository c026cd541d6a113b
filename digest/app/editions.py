"""Editions: opened, or foreseen."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from digest.app.clocks import Clock
from digest.app.identity import Identity
from digest.editions import editions
from digest.editions.editions import EditionRules
from digest.editions.rules.freshness import Freshness
from digest.editions.store.editions import OpenEdition
from digest.ground.database.engine import Database
from digest.ground.time.due_times import local_date
from digest.settings import Settings

if TYPE_CHECKING:
    from digest.editions.summaries import SummaryReport


@dataclass(frozen=True)
class Editions:
    """Opens editions.

    rules: what an edition is made by. freshness: how old one may be when the scheduler mails it.
    """

    settings: Settings
    database: Database
    rules: EditionRules
    freshness: Freshness
    clock: Clock

    def open(self, on: date | None) -> OpenEdition:
        """Return the edition of a date, opened if need be."""
        return editions.open_edition(self.database, on, self.rules, now=self.clock())

    def find(self, on: date | None) -> OpenEdition:
        """Return the open edition of a date, of None the newest; NotFoundError without one."""
        return editions.find_edition(self.database, on)

    def check_date(self, on: date | None) -> None:
        """Raise DateError for a date that no edition has or can have."""
        editions.check_date(self.database, on, self.rules, now=self.clock())

    def remark_on(self, edition: OpenEdition) -> str:
        """Say that an edition is too old for the scheduler to send it; empty when it is fresh."""
        day, now = edition.edition.date, self.clock()
        if self.freshness.allows(day, now):
            return ""
        days = (local_date(self.freshness.timezone, now) - day).days
        return (
            f"The edition of {day} is {days} days old. The scheduler sends none that is older than "
            f"{self.settings.stale_after:g} hours (DIGEST_STALE_AFTER)."
        )

    def foresee(self, on: date | None) -> OpenEdition:
        """Return the edition of a date as it is, or would be, without opening it."""
        return editions.foresee_edition(self.database, on, self.rules, now=self.clock())

    def write_summaries(self, on: date | None) -> "SummaryReport":
        """Have an edition summarised before it is opened; SettingsError without an endpoint."""
        from digest.editions import summaries  # httpx takes a quarter of a second to import
        from digest.editions.endpoint import endpoint_of

        endpoint = endpoint_of(self.settings)
        return summaries.write_summaries(self.database, on, self.rules, endpoint, now=self.clock())


def build(settings: Settings, identity: Identity, database: Database, clock: Clock) -> Editions:
    """Return what opens editions by the settings."""
    requires = settings.approval == "required"
    rules = EditionRules(
        window_days=settings.window_days,
        size=settings.edition_size,
        send_hour=settings.send_hour,
        timezone=settings.timezone,
        domain=identity.letterhead.sender_address.rpartition("@")[2],
        model=settings.summary_model if settings.summary_url else "",
        approval=timedelta(minutes=settings.approval_minutes) if requires else None,
        late=settings.approval_late,
    )
    freshness = Freshness(timedelta(hours=settings.stale_after), settings.timezone)
    return Editions(settings, database, rules, freshness, clock)
