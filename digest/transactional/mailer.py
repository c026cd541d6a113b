"""Send one mail at once, while somebody waits for the answer."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from digest.errors import UnreachableError
from digest.model import Answer, Message, Reply
from digest.smtp.pool import SmtpPool

_log = logging.getLogger(__name__)


def send_now(relay: Callable[[], SmtpPool], message: Message) -> bool:
    """Send a finished message; False, and a line in the log, when no server accepted it."""
    outcome = _Outcome()
    try:
        with relay() as pool:
            pool.deliver(iter([message]), outcome, lambda: False)
    except UnreachableError as exc:
        _log.warning("The mail was not sent: %s", exc)
        return False
    for answer in outcome.answers:
        if isinstance(answer, Reply) and answer.code < 400:
            return True
        _log.warning("The mail was not sent: %s", answer)
    return False


@dataclass(slots=True)
class _Outcome:
    """What became of the message."""

    answers: list[Answer] = field(default_factory=list)

    def begin(self, message: Message) -> None:
        """Ignore that sending began."""

    def answer(self, _message: Message, answer: Answer) -> None:
        """Keep the answer."""
        self.answers.append(answer)
