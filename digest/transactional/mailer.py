"""Send one mail to one address, at once, outside of any edition."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from digest.errors import UnreachableError
from digest.model import Answer, Message, Reply
from digest.render.transactional import MailKind, Recipient, TransactionalRenderer
from digest.smtp.pool import SmtpPool

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Mailer:
    """Sends single mails. relay: connects for one mail. finish: signs it, as its last change, for
    whoever has the nonce. refused: told what a server said that refused a mail.
    """

    renderer: TransactionalRenderer
    relay: Callable[[], SmtpPool]
    clock: Callable[[], datetime]
    finish: Callable[[Message, bytes], Message]
    refused: Callable[[Message, Reply], None] = lambda _message, _reply: None

    def send(
        self, kind: MailKind, recipient: Recipient, values: Mapping[str, Any], *, occasion: str
    ) -> bool:
        """Compose a mail and send it; False, and a line in the log, when no server accepted it.

        Errors and arguments like `TransactionalRenderer.compose`.
        """
        now = self.clock()
        message = self.renderer.compose(kind, recipient, values, occasion=occasion, now=now)
        outcome = _Outcome()
        try:
            with self.relay() as relay:
                relay.deliver(iter([self.finish(message, recipient.nonce)]), outcome, lambda: False)
        except UnreachableError as exc:
            _log.warning("A mail (%s) was not sent: %s", kind, exc)
            return False
        for answer in outcome.answers:
            if isinstance(answer, Reply) and answer.code < 400:
                return True
            _log.warning("A mail (%s) was not sent: %s", kind, answer)
            if isinstance(answer, Reply):
                self.refused(message, answer)
        return False


@dataclass(frozen=True, slots=True)
class RecordingMailer:
    """Keeps mails instead of sending them."""

    renderer: TransactionalRenderer
    clock: Callable[[], datetime]
    messages: list[Message] = field(default_factory=list)

    def send(
        self, kind: MailKind, recipient: Recipient, values: Mapping[str, Any], *, occasion: str
    ) -> bool:
        """Compose a transactional mail and keep it; errors and arguments like `compose`."""
        now = self.clock()
        message = self.renderer.compose(kind, recipient, values, occasion=occasion, now=now)
        self.messages.append(message)
        return True


@dataclass(slots=True)
class _Outcome:
    """What became of the message."""

    answers: list[Answer] = field(default_factory=list)

    def begin(self, message: Message) -> None:
        """Ignore that sending began."""

    def answer(self, _message: Message, answer: Answer) -> None:
        """Keep the answer."""
        self.answers.append(answer)
