"""What is written to one person beside the digest."""

from collections.abc import Iterator
from functools import cached_property

from digest.app.identity import Identity
from digest.ground.tokens.signed_numbers import TokenSigner
from digest.model import Message
from digest.render.transactional import TransactionalRenderer
from digest.subscribers.opt_in import OptIn
from digest.transactional.mails import TransactionalMails
from digest.transactional.post import Post
from digest.transactional.samples import specimens


class Correspondence(Identity):
    """Makes what takes new subscribers in and what writes single mails."""

    @cached_property
    def opt_in(self) -> OptIn:
        """What takes new subscribers in."""
        tokens = TokenSigner(self.settings.keys)
        return OptIn(self.database, self.letters, tokens, self.vocabulary, self.clock)

    @cached_property
    def notices(self) -> TransactionalRenderer:
        """What composes the mails beside the digest."""
        return TransactionalRenderer(self.letterhead, self.templates, self.languages, self.theme)

    def specimens(self) -> Iterator[tuple[str, Message]]:
        """Compose every mail beside the digest with made-up words, each with its name."""
        names = self.topic_names
        return specimens(self.notices, names, self.clock())

    @cached_property
    def letters(self) -> TransactionalMails:
        """What writes to one person beside the digest."""
        return TransactionalMails(
            Post(self.notices, lambda: self.relay(connections=1), self.clock, self.finish),
            self.signer,
            TokenSigner(self.settings.keys),
            self.topic_names,
        )
