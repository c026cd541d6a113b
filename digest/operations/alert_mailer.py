"""Mail alerts to the operator: one a day while an alert lasts, and one when it is over.

The database decides which process writes them into the outbox, so any number of schedulers may
check at the same time.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from digest.ground.database.engine import Database
from digest.operations.rules.alerts import Alert
from digest.runs.store import runs
from digest.subscribers.store import outbox
from digest.transactional.mails import AlertNotice


@dataclass(frozen=True, slots=True)
class AlertMailer:
    """Mails alerts to the operator at an address. link: the console's, if there is one."""

    database: Database
    address: str
    zone: ZoneInfo
    clock: Callable[[], datetime]
    link: str = ""

    def queue(self, alerts: Sequence[Alert]) -> int:
        """Queue mails about what is new today, and what is over; return how many.

        Of the mails about one alert only the newest waits, however long the relay does not answer.
        """
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
            notices = {
                alert.name: notice(self.address, alert, open_alerts[alert.name].since, self.link)
                for alert in due
            }
            for ended in over:
                if ended.is_told:  # the end of an alert that was never mailed is no news
                    notices[ended.name] = notice_of_end(self.address, ended.title, ended.since)
            for name, each in notices.items():
                outbox.add_alert(session, name, now=now, detail=asdict(each))
        return len(notices)


def notice(address: str, alert: Alert, since: datetime, link: str = "") -> AlertNotice:
    """Return the mail about an alert. since: when it was first seen. link: to the console."""
    lines = (
        f"First seen at {_minute(since)}.",
        "One mail a day while it lasts, and one when it is over.",
    )
    todo = f"What to do: {alert.remedy}"
    return AlertNotice(address, alert.title, alert.text, lines, todo, link)


def notice_of_end(address: str, title: str, since: datetime) -> AlertNotice:
    """Return the mail that says that an alert is over."""
    return AlertNotice(
        address, f"over: {title}", f"This is over. It was first seen at {_minute(since)}."
    )


def _minute(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
