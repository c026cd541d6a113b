"""What the pages behind links ask the database for, in rounds: many visitors, one transaction.

After a large mailing thousands press a button within minutes, and scanners open every link.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager, ExitStack
from typing import NamedTuple, Self

from sqlalchemy.orm import Session

from digest.app import App
from digest.errors import DigestError, LinkError
from digest.ground.database.rounds import Rounds
from digest.ground.tokens.links import LinkSigner, Purpose
from digest.ground.tokens.signed_numbers import TokenSigner
from digest.model import Subscriber
from digest.subscribers import confirming, personal_feed, unsubscribe, votes
from digest.subscribers.confirming import Press
from digest.subscribers.opening import Opened, open_all
from digest.subscribers.store import votes as cast_votes
from digest.subscribers.unsubscribe import Step
from digest.subscribers.votes import Ballot

_OWN_PAGES = 16  # in a round: each takes a millisecond to make


class OwnPage(NamedTuple):
    """What a reader's own page shows beside the reader. feed: the token of their feed."""

    reader: Subscriber
    votes: int
    feed: str


class Asking:
    """Reads links and takes presses of buttons; a context that ends when all are answered."""

    def __init__(self, app: App, links: LinkSigner, tokens: TokenSigner) -> None:
        self._app, self._links, self._tokens = app, links, tokens
        read, write = self._read, self._write
        self.open = Rounds(read, self._open, "open")  # purpose and token -> Opened
        self.own_page = Rounds(
            read, self._own_page, "own page", most=_OWN_PAGES
        )  # token -> OwnPage
        self.find = Rounds(read, self._find, "find")  # token of a confirmation -> Subscriber
        self.leave = Rounds(write, self._leave, "leave")  # token -> Step
        self.confirm = Rounds(write, self._confirm, "confirm")  # Press -> Subscriber
        self.vote = Rounds(write, self._vote, "vote")  # Ballot -> Opened
        self._running = ExitStack()

    def __enter__(self) -> Self:
        for each in (self.open, self.own_page, self.find, self.leave, self.confirm, self.vote):
            self._running.enter_context(each)
        return self

    def __exit__(self, *_: object) -> None:
        self._running.close()

    def _read(self, _lock_seconds: float) -> AbstractContextManager[Session]:
        return self._app.database.read()  # which waits for nobody

    def _write(self, lock_seconds: float) -> AbstractContextManager[Session]:
        return self._app.database.write(row_lock_seconds=lock_seconds)

    def read_own_page(self, token: str) -> OwnPage:
        """Return what `own_page` does, to a thread; LinkError for a wrong link."""
        with self._app.database.read() as session:
            (found,) = self._own_page(session, [token])
        if isinstance(found, LinkError):
            raise found
        return found

    def _open(
        self, session: Session, asked: Sequence[tuple[Purpose, str]]
    ) -> list[Opened | LinkError]:
        return open_all(session, self._links, asked)

    def _own_page(self, session: Session, tokens: Sequence[str]) -> list[OwnPage | LinkError]:
        opened = open_all(session, self._links, [(Purpose.PREFERENCES, one) for one in tokens])
        readers = {one.subscriber.id: one.subscriber for one in opened if isinstance(one, Opened)}
        counts = cast_votes.counts(session, readers)
        feeds = personal_feed.tokens(session, self._tokens, list(readers.values()))
        return [
            OwnPage(one.subscriber, counts.get(one.subscriber.id, 0), feeds[one.subscriber.id])
            if isinstance(one, Opened)
            else one
            for one in opened
        ]

    def _find(self, session: Session, tokens: Sequence[str]) -> list[Subscriber | DigestError]:
        vocabulary = self._app.topics.in_force.vocabulary
        return confirming.find_all(session, self._tokens, vocabulary, tokens, self._app.clock())

    def _leave(self, session: Session, tokens: Sequence[str]) -> list[Step | LinkError]:
        return unsubscribe.leave_all(session, self._links, tokens, self._app.clock())

    def _confirm(
        self, session: Session, presses: Sequence[Press]
    ) -> list[Subscriber | DigestError]:
        vocabulary = self._app.topics.in_force.vocabulary
        return confirming.confirm_all(session, self._tokens, vocabulary, presses, self._app.clock())

    def _vote(self, session: Session, ballots: Sequence[Ballot]) -> list[Opened | DigestError]:
        return votes.vote_all(session, self._links, ballots, self._app.clock())
