"""End the asking for an address: its reader says that it was not them who filled in the form."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

from sqlalchemy.orm import Session

from digest.errors import LinkError, NotFoundError
from digest.ground.database.engine import Database
from digest.ground.languages.language import N_
from digest.ground.tokens.signed_numbers import TokenPurpose, TokenSigner
from digest.model import Subscriber, SubscriberState
from digest.subscribers.opt_in import WELCOME
from digest.subscribers.rules.asking import hashes_of
from digest.subscribers.store import asked_addresses, erasure, events, subscribers
from digest.subscribers.store.events import EventKind
from digest.subscribers.unsubscribe import changed


def find(database: Database, tokens: TokenSigner, token: str) -> Subscriber:
    """Return whom a link is about; changes nothing. Errors like `refuse`."""
    with database.read() as session:
        return _find(session, tokens, token)


def refuse(
    database: Database, tokens: TokenSigner, keys: Sequence[bytes], token: str, now: datetime
) -> None:
    """Let the form send nothing to an address for a year, and forget it if it never was subscribed.

    What is kept is a hash by the newest key. LinkError for an altered link; NotFoundError for one
    of somebody who has confirmed since, or is forgotten: then there is nothing to end.
    """
    with database.write() as session:
        found = _find(session, tokens, token, lock=True)
        hashes = hashes_of(found.address, keys)
        asked = asked_addresses.locked(session, hashes, now)
        asked_addresses.save(session, hashes, replace(asked, refused_at=now))
        events.record(session, found.id, EventKind.REFUSED, at=now)
        if found.state is SubscriberState.PENDING:
            changed(erasure.erase(session, found.id, now))


def _find(session: Session, tokens: TokenSigner, token: str, *, lock: bool = False) -> Subscriber:
    subscriber_id, event_id = tokens.read(
        TokenPurpose.REFUSE, token, partial(subscribers.binding, session)
    )
    found = subscribers.by_id(session, subscriber_id, lock=lock)
    asked = events.get(session, event_id)
    if asked is None or asked.subscriber_id != subscriber_id or asked.kind is not EventKind.ASKED:
        raise LinkError(N_("This link is not valid."))
    if found is None:
        raise NotFoundError(N_("Your address has already been deleted."))
    if found.state not in WELCOME:
        raise NotFoundError(N_("This link has already been used or has expired."))
    return found
