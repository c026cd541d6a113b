"""Withdraw what an edition's own refusals said of readers, once it shows that the relay was wrong.

A relay whose directory is down calls every reader unknown. What it said is deleted, so that the
same refusal counts when it comes again.
"""

from datetime import date, datetime

from sqlalchemy.orm import Session

from digest.bounces.replies import SOURCE
from digest.bounces.store import feedback as store
from digest.bounces.store.feedback import Addressee
from digest.ground.database.statements import chunks
from digest.model import SubscriberState
from digest.subscribers.store import events, subscribers, suppressions
from digest.subscribers.store.events import EventKind


def withdraw(session: Session, edition: date, now: datetime) -> list[int]:
    """Forget who was refused for good, and let in whom that suppressed; return all their ids."""
    refused = store.take_refusals(session, edition, SOURCE)
    ids = list(refused)
    for some in chunks(ids):
        for reader in store.addressees(session, some, ()):
            _let_in(session, reader, refused[reader.id], now)
    return ids


def _let_in(session: Session, reader: Addressee, refused_at: datetime, now: datetime) -> None:
    """Lift what this refusal did, and nothing that others did before or after it."""
    found = suppressions.get(session, reader.address)
    if found is None or (found.source, found.since) != (SOURCE, refused_at):
        return
    suppressions.remove(session, reader.address)
    event = events.newest(session, reader.id, EventKind.SUPPRESSED)
    if reader.state is SubscriberState.SUPPRESSED and event and event.at == refused_at:
        subscribers.set_state(session, reader.id, SubscriberState(event.detail["from"]))
        detail = {"event": event.id, "source": SOURCE}
        events.record(session, reader.id, EventKind.UNDONE, at=now, detail=detail)
