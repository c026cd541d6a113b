"""The links of readers: whose they are, and how all of one reader end."""

from datetime import datetime

from digest.ground.database.engine import Database
from digest.ground.tokens.nonces import Binding, Bindings
from digest.subscribers.store import relinking, subscribers
from digest.subscribers.unsubscribe import changed


def bindings(database: Database) -> Bindings:
    """Return what looks up whose a token is while it is read."""

    def binding(subscriber_id: int) -> Binding | None:
        with database.read() as session:
            return subscribers.binding(session, subscriber_id)

    return binding


def renew(database: Database, subscriber_id: int, now: datetime) -> None:
    """End all links, return paths, reply addresses and the feed of a reader that are out.

    The next mail has new ones. NotFoundError when there is no such subscriber.
    """
    with database.write() as session:
        changed(relinking.relink(session, subscriber_id, now))
