"""What is written to one person beside the digest."""

from collections.abc import Iterator
from functools import cached_property

from digest.app.identity import Identity
from digest.ground.tokens.signed_numbers import Stamper
from digest.model import Message
from digest.render.transactional import Notices
from digest.subscribers.opt_in import OptIn
from digest.transactional.mails import Letters
from digest.transactional.post import Post
from digest.transactional.samples import specimens


class Correspondence(Identity):
    """Makes what takes new subscribers in and what writes single mails."""

    @cached_property
    def opt_in(self) -> OptIn:
        """What takes new subscribers in."""
        stamps = Stamper(self.settings.keys)
        return OptIn(self.database, self.letters, stamps, self.vocabulary, self.clock)

    @cached_property
    def notices(self) -> Notices:
        """What composes the mails beside the digest."""
        return Notices(self.letterhead, self.templates, self.languages, self.theme)

    def specimens(self) -> Iterator[tuple[str, Message]]:
        """Compose every mail beside the digest with made-up words, each with its name."""
        names = self.topic_names
        return specimens(self.notices, names, self.clock())

    @cached_property
    def letters(self) -> Letters:
        """What writes to one person beside the digest."""
        return Letters(
            Post(self.notices, lambda: self.relay(connections=1), self.clock, self.finish),
            self.signer,
            Stamper(self.settings.keys),
            self.topic_names,
        )
