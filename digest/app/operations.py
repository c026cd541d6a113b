"""Looking after the service while it runs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from digest.app.clocks import Clock
from digest.ground.database.engine import Database
from digest.operations import status, watchers
from digest.operations.outlook import find_outlook
from digest.operations.rules.alerts import Alert
from digest.operations.rules.outlook import describe
from digest.settings import Settings
from digest.sources.rules.source_state import SourceStatus, list_statuses
from digest.sources.store import sources as source_states

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
            from digest.accounts import accounts
            from digest.operations.alert_mailer import AlertMailer  # what composes mails

            zone = ZoneInfo(self.settings.timezone)
            has_console = accounts.exist(self.database)
            link = f"{self.settings.base_url.rstrip('/')}/admin" if has_console else ""
            AlertMailer(self.database, self.settings.operator, zone, self.clock, link).queue(found)
        return found
