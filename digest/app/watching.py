"""Looking after the service while it runs."""

from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from digest.app.transactional import Correspondence
from digest.operations import status as standing
from digest.operations import watchers
from digest.operations.alert_mailer import AlertMailer, write_alert
from digest.operations.rules.alerts import Alert


class Watching(Correspondence):
    """Says how the service stands, and tells the operator."""

    def status(self) -> dict[str, Any]:
        """Return how the service stands: see `services.standing`."""
        here = self.database.file.parent if self.database.file else Path()
        return standing.status(self.database, self.settings, (here.resolve(),), self.clock())

    def troubles(self) -> list[Alert]:
        """Return everything that the operator should know now."""
        return watchers.look(self.database, self.settings, self.clock())

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
