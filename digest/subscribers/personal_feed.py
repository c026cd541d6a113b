"""The secret address of a reader's own feed: it is known to whoever was shown it, and renewable.

The address is signed and names the event that made it. What is stored is only that event, and
only once a reader renews the address: all addresses with an older event, or none, end with it.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from digest.errors import NotFoundError
from digest.ground.database.engine import Database
from digest.ground.languages.marking import N_
from digest.ground.tokens.signed_numbers import TokenPurpose, TokenSigner
from digest.model import Subscriber
from digest.subscribers.links import bindings
from digest.subscribers.store import events, subscribers
from digest.subscribers.store.events import EventKind
from digest.subscribers.unsubscribe import existing

_FIRST = 0  # stands for the event of an address that was never renewed


def tokens(session: Session, signer: TokenSigner, readers: Sequence[Subscriber]) -> dict[int, str]:
    """Return the token of the address that is good now, for each of these readers by id."""
    renewed = events.newest_ids(session, [one.id for one in readers], EventKind.RENEWED)
    return {
        one.id: signer.sign(TokenPurpose.FEED, one.id, renewed.get(one.id, _FIRST), one.nonce)
        for one in readers
    }


def token(database: Database, signer: TokenSigner, subscriber: Subscriber) -> str:
    """Return the token of the address that is good now."""
    with database.read() as session:
        return tokens(session, signer, [subscriber])[subscriber.id]


def read(database: Database, signer: TokenSigner, feed_token: str) -> int:
    """Return whose feed it is.

    LinkError when altered, or when the reader was erased; NotFoundError when renewed since.
    """
    subscriber_id, event_id = signer.read(TokenPurpose.FEED, feed_token, bindings(database))
    if event_id != _newest(database, subscriber_id):
        raise NotFoundError(N_("This feed has a new address. It is on your preferences page."))
    with database.read() as session:
        return existing(subscribers.by_id(session, subscriber_id)).id


def renew(database: Database, subscriber_id: int, now: datetime) -> None:
    """Let the present address end; NotFoundError when there is no such subscriber."""
    with database.write() as session:
        existing(subscribers.by_id(session, subscriber_id, lock=True))
        events.record(session, subscriber_id, EventKind.RENEWED, at=now)


def _newest(database: Database, subscriber_id: int) -> int:
    with database.read() as session:
        renewed = events.newest_ids(session, [subscriber_id], EventKind.RENEWED)
        return renewed.get(subscriber_id, _FIRST)
