"""Looking after the service while it runs, and at its figures over days."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from digest.accounts import accounts
from digest.app.clocks import Clock
from digest.app.topics import Topics
from digest.ground.database.engine import Database
from digest.operations import status, watchers
from digest.operations.outlook import find_outlook
from digest.operations.rules.alerts import Alert
from digest.operations.rules.outlook import describe
from digest.settings import Settings
from digest.sources.rules.source_state import SourceStatus, list_statuses
from digest.sources.store import sources as source_states
from digest.statistics import growth, keeping, tables
from digest.statistics.store.reader_days import ReaderDay
from digest.statistics.table import Table

if TYPE_CHECKING:
    from digest.sources.kinds import Source


@dataclass(frozen=True)
class Operations:
    """Says how the service stands, and tells the operator.

    look: sees whether the database is behind what this machine has seen of it.
    """

    settings: Settings
    sources: "Sequence[Source]"
    database: Database
    look: Callable[[], object]
    clock: Clock

    def status(self) -> dict[str, Any]:
        """Return how the service stands: see `operations.status`."""
        self.look()
        folder = self.database.file.parent if self.database.file else Path()
        return status.status(
            self.database, self.settings, self.sources, (folder.resolve(),), self.clock()
        )

    def outlook(self) -> str:
        """Say in words which edition opens next, or why none does."""
        with self.database.read() as session:
            return describe(find_outlook(session, self.settings, self.sources, self.clock()))

    def source_statuses(self) -> list[SourceStatus]:
        """Return how the live sources do, in the order of the operator's file."""
        with self.database.read() as session:
            states = source_states.all_by_name(session)
        return list_statuses(self.sources, states, self.clock())

    def alerts(self) -> list[Alert]:
        """Return everything that the operator should know now."""
        self.look()
        return watchers.find_alerts(self.database, self.settings, self.sources, self.clock())

    def watch(self) -> list[Alert]:
        """Return everything that is wrong now; queue a mail about what is new today."""
        found = self.alerts()
        if self.settings.operator:
            from digest.operations.alert_mailer import AlertMailer  # what composes mails

            zone = ZoneInfo(self.settings.timezone)
            has_console = accounts.exist(self.database)
            link = f"{self.settings.base_url.rstrip('/')}/admin" if has_console else ""
            AlertMailer(self.database, self.settings.operator, zone, self.clock, link).queue(found)
        return found


@dataclass(frozen=True)
class Statistics:
    """Makes the tables of the plots, and keeps what they are made from."""

    settings: Settings
    database: Database
    topics: Topics
    clock: Clock

    def table(self, name: str, *, days: int, paper: int | None = None) -> Table:
        """Return a table by its name, like `tables`."""
        return self.tables([name], days=days, paper=paper)[0]

    def tables(self, names: Collection[str], *, days: int, paper: int | None = None) -> list[Table]:
        """Return tables by name (`statistics.tables`), what they share counted once.

        days: up to today. paper: whose ranks; None for those that trend most now. InputError for
        a name that is none.
        """
        return tables.make(
            self.database,
            names,
            zone=self.settings.timezone,
            now=self.clock(),
            days=days,
            topics=self.topics.in_force.topic_names,
            paper=paper,
        )

    def growth(self, days: int) -> list[ReaderDay]:
        """Return how the number of readers grew in the last days: see `statistics.growth`."""
        return growth.growth(self.database, self.settings.timezone, self.clock(), days)

    def keep(self) -> int:
        """Keep the figures of days that are over, and count topics and votes anew."""
        return keeping.keep(self.database, self.settings.timezone, self.clock())
