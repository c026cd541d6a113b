"""What is written to one person beside the digest."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from digest.app.clocks import Clock
from digest.app.files import Files
from digest.app.identity import Identity
from digest.app.smtp import Smtp
from digest.model import Message, Reply
from digest.render.transactional import TransactionalRenderer
from digest.transactional.mailer import Mailer
from digest.transactional.mails import TransactionalMails
from digest.transactional.samples import compose_samples


@dataclass(frozen=True)
class Transactional:
    """Composes and sends single mails."""

    renderer: TransactionalRenderer
    mails: TransactionalMails
    clock: Clock

    def samples(self) -> Iterator[tuple[str, Message]]:
        """Compose every mail beside the digest with made-up words, each with its name."""
        return compose_samples(self.renderer, self.mails.topic_names, self.clock())


def build(
    files: Files,
    identity: Identity,
    smtp: Smtp,
    clock: Clock,
    refused: Callable[[int, Reply], None],
) -> Transactional:
    """Return what writes single mails; each is sent over a connection of its own.

    refused: told which subscriber's mail was refused, and how.
    """
    renderer = TransactionalRenderer(
        identity.letterhead, files.templates, files.languages, files.theme
    )
    mailer = Mailer(
        renderer,
        lambda: smtp.pool(connections=1),
        clock,
        lambda message, nonce: identity.finish(message, nonce, clock()),
        lambda message, reply: refused(message.key, reply) if message.key else None,
    )
    mails = TransactionalMails(
        mailer, identity.signer, identity.token_signer, files.topic_names, files.summarise
    )
    return Transactional(renderer, mails, clock)
