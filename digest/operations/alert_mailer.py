"""Mail alerts to the operator: one a day while an alert lasts, and one when it is over.

The database decides which process sends, so any number of schedulers may check at the same time. A
mail that could not be sent is tried again the next time.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from digest.errors import DigestError
from digest.ground.database.engine import Database
from digest.operations.rules.alerts import Alert
from digest.runs.store import runs

if TYPE_CHECKING:
    from digest.transactional.mails import TransactionalMails

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class AlertMailer:
    """Mails alerts to the operator.

    write: sends one mail (alert, whether it is over, since when); False if it failed.
    """

    database: Database
    write: Callable[[Alert, bool, datetime], bool]
    zone: ZoneInfo
    clock: Callable[[], datetime]

    def send(self, alerts: Sequence[Alert]) -> int:
        """Mail what is new today, and what is over; return how many mails went out."""
        now = self.clock()
        midnight = now.astimezone(self.zone).replace(hour=0, minute=0, second=0, microsecond=0)
        with self.database.write() as session:
            due = [
                alert
                for alert in alerts
                if runs.raise_alert(session, alert.name, alert.title, now=now, midnight=midnight)
            ]
            open_alerts = {alert.name: alert for alert in runs.list_alerts(session)}
            names = open_alerts.keys() - {alert.name for alert in alerts}
            over = [open_alerts[name] for name in names if runs.end_alert(session, name, now)]
        sent = 0
        for alert in due:
            if self._is_sent(alert, open_alerts[alert.name].since, over=False):
                sent += 1
            else:
                with self.database.write() as session:
                    runs.mark_untold(session, alert.name)
        for ended in over:
            if ended.is_told:  # the end of an alert that was never mailed is no news
                alert = Alert(ended.name, ended.title, "", "")
                sent += self._is_sent(alert, ended.since, over=True)
        return sent

    def _is_sent(self, alert: Alert, since: datetime, *, over: bool) -> bool:
        """Send one mail; an error with it must not keep back the others."""
        try:
            return self.write(alert, over, since)
        except DigestError as exc:
            _log.warning("the operator could not be told: %s", exc)
            return False


def write_alert(
    mails: "TransactionalMails", address: str, alert: Alert, *, over: bool, since: datetime
) -> bool:
    """Mail an alert, or that it is over, to the operator; return whether the mail went out.

    since: when it was first seen. Errors like `TransactionalMails.alert`.
    """
    seen = f"{since:%Y-%m-%d %H:%M} UTC"
    if over:
        summary = f"This is over. It was first seen at {seen}."
        return mails.alert(address, f"over: {alert.title}", summary)
    lines = [f"First seen at {seen}.", "One mail a day while it lasts, and one when it is over."]
    return mails.alert(address, alert.title, alert.text, lines, f"What to do: {alert.remedy}")
