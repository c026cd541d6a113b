"""Tell the operator: one mail a trouble and day, and one when it is over.

The database decides who tells, so any number of clocks may look at the same time. A mail that
could not be handed over is taken back there and tried again the next time.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from digest.core.troubles import Trouble
from digest.db import watching
from digest.db.engine import Database
from digest.errors import DigestError
from digest.mail.relay import Relay
from digest.model import Answer, Message, Reply

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Bell:
    """Rings for the operator. tell: mails (trouble, is it over?, since when); False: it failed."""

    database: Database
    tell: Callable[[Trouble, bool, datetime], bool]
    zone: ZoneInfo
    clock: Callable[[], datetime]

    def ring(self, troubles: Sequence[Trouble]) -> int:
        """Mail what is new today, and what is over; return how many mails went out."""
        now = self.clock()
        midnight = now.astimezone(self.zone).replace(hour=0, minute=0, second=0, microsecond=0)
        with self.database.write() as session:
            due = [
                each
                for each in troubles
                if watching.raise_alert(session, each.name, each.title, now=now, midnight=midnight)
            ]
            known = {each.name: each for each in watching.alerts(session)}
            gone = [known[name] for name in known.keys() - {each.name for each in troubles}]
            over = [each for each in gone if watching.end_alert(session, each.name, now)]
        sent = 0
        for trouble in due:
            if self.tell(trouble, False, known[trouble.name].since):
                sent += 1
            else:
                with self.database.write() as session:
                    watching.untell(session, trouble.name)
        for alert in over:
            if alert.is_told:  # nobody wants to hear that something is over which he never heard of
                ended = Trouble(alert.name, alert.title, "", "")
                sent += self.tell(ended, True, alert.since)
        return sent


def post(compose: Callable[[], Message], relay: Callable[[], Relay]) -> bool:
    """Compose one mail and hand it over; return whether it went out. Why not is in the log."""
    outcome = _Outcome()
    try:
        message = compose()
        with relay() as opened:
            opened.deliver(iter([message]), outcome, lambda: False)
    except DigestError as exc:
        _log.warning("the operator could not be told: %s", exc)
        return False
    for answer in outcome.answers:
        if isinstance(answer, Reply) and answer.code < 400:
            return True
        _log.warning("the operator could not be told: %s", answer)
    return False


@dataclass(slots=True)
class _Outcome:
    """What became of the message."""

    answers: list[Answer] = field(default_factory=list)

    def begin(self, message: Message) -> None:
        """Nothing is kept of a handover that began."""

    def answer(self, _message: Message, answer: Answer) -> None:
        """Keep the answer."""
        self.answers.append(answer)
