"""Looking after the service while it runs."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from digest.app.transactional import Correspondence
from digest.errors import SettingsError
from digest.operations import status as standing
from digest.operations import watchers
from digest.operations.alert_mailer import AlertMailer, write_alert
from digest.operations.rules.alerts import Alert

if TYPE_CHECKING:
    from digest.sources.kinds import Source


class Watching(Correspondence):
    """Says how the service stands, and tells the operator."""

    def status(self) -> dict[str, Any]:
        """Return how the service stands: see `services.standing`."""
        here = self.database.file.parent if self.database.file else Path()
        folders = (here.resolve(),)
        return standing.status(
            self.database, self.settings, self._readable_sources, folders, self.clock()
        )

    def troubles(self) -> list[Alert]:
        """Return everything that the operator should know now."""
        return watchers.find_alerts(
            self.database, self.settings, self._readable_sources, self.clock()
        )

    @property
    def _readable_sources(self) -> "tuple[Source, ...]":
        """The live sources; none when their file is wrong: who asks them then reports it."""
        try:
            return self.sources
        except SettingsError:
            return ()

    def watch(self) -> list[Alert]:
        """Return everything that is wrong now, and tell the operator what he was not told today."""
        found = self.troubles()
        if self.settings.operator:
            self._alert_mailer.ring(found)
        return found

    @property
    def _alert_mailer(self) -> AlertMailer:
        def tell(trouble: Alert, over: bool, since: datetime) -> bool:
            operator = self.settings.operator
            return write_alert(self.letters, operator, trouble, over=over, since=since)

        return AlertMailer(self.database, tell, ZoneInfo(self.settings.timezone), self.clock)
