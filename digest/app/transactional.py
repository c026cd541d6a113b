"""What is written to one person beside the digest."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from digest.app.clocks import Clock
from digest.app.files import Files
from digest.app.identity import Identity
from digest.app.smtp import Smtp
from digest.app.topics import Topics
from digest.model import Message
from digest.render.transactional import Recipient, TransactionalRenderer
from digest.transactional.mailer import send_now
from digest.transactional.mails import TransactionalMails
from digest.transactional.samples import compose_samples


@dataclass(frozen=True)
class Transactional:
    """Composes single mails; the outbox sends them."""

    renderer: TransactionalRenderer
    files: Files
    topics: Topics
    identity: Identity
    smtp: Smtp
    clock: Clock

    @cached_property
    def mails(self) -> TransactionalMails:
        """What composes them for subscribers."""
        return TransactionalMails(
            self.renderer,
            self.identity.signer,
            self.identity.token_signer,
            self.topics.in_force.topic_names,
            self.files.summarise,
        )

    def samples(self) -> Iterator[tuple[str, Message]]:
        """Compose every mail beside the digest with made-up words, each with its name."""
        return compose_samples(self.renderer, self.mails.topic_names, self.clock())

    def send_test(self, recipient: Recipient, relay: str) -> bool:
        """Send a test mail at once; return whether a mail server took it.

        relay: the mail servers in words. Errors like `TransactionalRenderer.compose`.
        """
        now = self.clock()
        mail = self.mails.test(recipient, relay, at=now)
        message = self.identity.finish(mail, recipient.nonce, now)
        return send_now(lambda: self.smtp.pool(connections=1), message)


def build(
    files: Files, topics: Topics, identity: Identity, smtp: Smtp, clock: Clock
) -> Transactional:
    """Return what composes single mails."""
    renderer = TransactionalRenderer(
        identity.letterhead, files.templates, files.languages, files.theme
    )
    return Transactional(renderer, files, topics, identity, smtp, clock)
