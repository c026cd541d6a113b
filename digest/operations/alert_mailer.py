"""Tell the operator: one mail a trouble and day, and one when it is over.

The database decides who tells, so any number of clocks may look at the same time. A mail that
could not be handed over is taken back there and tried again the next time.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from digest.errors import DigestError
from digest.ground.database.engine import Database
from digest.operations.rules.alerts import Alert
from digest.runs.store import runs
from digest.transactional.mails import TransactionalMails

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class AlertMailer:
    """Rings for the operator. tell: mails (trouble, is it over?, since when); False: it failed."""

    database: Database
    tell: Callable[[Alert, bool, datetime], bool]
    zone: ZoneInfo
    clock: Callable[[], datetime]

    def ring(self, troubles: Sequence[Alert]) -> int:
        """Mail what is new today, and what is over; return how many mails went out."""
        now = self.clock()
        midnight = now.astimezone(self.zone).replace(hour=0, minute=0, second=0, microsecond=0)
        with self.database.write() as session:
            due = [
                each
                for each in troubles
                if runs.raise_alert(session, each.name, each.title, now=now, midnight=midnight)
            ]
            known = {each.name: each for each in runs.list_alerts(session)}
            gone = [known[name] for name in known.keys() - {each.name for each in troubles}]
            over = [each for each in gone if runs.end_alert(session, each.name, now)]
        sent = 0
        for trouble in due:
            if self._told(trouble, known[trouble.name].since, over=False):
                sent += 1
            else:
                with self.database.write() as session:
                    runs.mark_untold(session, trouble.name)
        for alert in over:
            if alert.is_told:  # nobody wants to hear that something is over which he never heard of
                ended = Alert(alert.name, alert.title, "", "")
                sent += self._told(ended, alert.since, over=True)
        return sent

    def _told(self, trouble: Alert, since: datetime, *, over: bool) -> bool:
        """Tell; what keeps one mail from going out must not keep back the others."""
        try:
            return self.tell(trouble, over, since)
        except DigestError as exc:
            _log.warning("the operator could not be told: %s", exc)
            return False


def write_alert(
    letters: TransactionalMails, address: str, trouble: Alert, *, over: bool, since: datetime
) -> bool:
    """Mail a trouble, or that it is over, to the operator; return whether the mail went out.

    since: when it was first seen. Errors like `TransactionalMails.alert`.
    """
    seen = f"{since:%Y-%m-%d %H:%M} UTC"
    if over:
        summary = f"This is over. It was first seen at {seen}."
        return letters.alert(address, f"over: {trouble.title}", summary)
    lines = [f"First seen at {seen}.", "One mail a day while it lasts, and one when it is over."]
    todo = f"What to do: {trouble.remedy}"
    return letters.alert(address, trouble.title, trouble.text, lines, todo)
