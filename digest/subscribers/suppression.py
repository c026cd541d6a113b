"""Never mail an address again, whoever asks for it; and take that back by hand."""

from dataclasses import dataclass, replace
from datetime import datetime

from digest.errors import InputError, NotFoundError
from digest.ground.database.engine import Database
from digest.ground.text.plain_text import clean
from digest.model import Subscriber, SubscriberState
from digest.subscribers.rules.addresses import normalise
from digest.subscribers.store import events, subscribers, suppressions
from digest.subscribers.store.events import EventKind

LONGEST_REASON = 500


@dataclass(frozen=True, slots=True)
class Suppressed:
    """How an address stands after a request. changed: whether that was not so before.

    subscriber: whose address it is; None for an address that nobody here has.
    """

    address: str
    changed: bool
    subscriber: Subscriber | None


def suppress(database: Database, address: str, reason: str, now: datetime) -> Suppressed:
    """Never mail an address again: no digest, no other mail; nor can it be added or subscribe.

    Mail of theirs that is queued is skipped. An address that is suppressed already keeps its first
    reason. InputError without a reason, or for what is no address.
    """
    known, why = normalise(address), clean(reason)
    if not 0 < len(why) <= LONGEST_REASON:
        raise InputError(f"a reason is needed, of at most {LONGEST_REASON} characters")
    with database.write() as session:
        is_new = suppressions.add(session, known, why, now=now)
        found = subscribers.get(session, known)
        if found is None or found.state is SubscriberState.SUPPRESSED:
            return Suppressed(known, is_new, found)
        subscribers.set_state(session, found.id, SubscriberState.SUPPRESSED)
        detail = {"from": found.state.value, "reason": why}
        events.record(session, found.id, EventKind.SUPPRESSED, at=now, detail=detail)
        return Suppressed(known, True, replace(found, state=SubscriberState.SUPPRESSED))


def lift(database: Database, address: str, now: datetime) -> Suppressed:
    """Let an address be mailed again once its reader asks for it: they are unsubscribed until then.

    NotFoundError when it is not suppressed.
    """
    known = normalise(address)
    with database.write() as session:
        found = subscribers.get(session, known)
        held = found is not None and found.state is SubscriberState.SUPPRESSED
        if not suppressions.remove(session, known) and not held:
            raise NotFoundError("This address is not suppressed.")
        if found is None or not held:
            return Suppressed(known, True, found)
        subscribers.set_state(session, found.id, SubscriberState.UNSUBSCRIBED)
        events.record(session, found.id, EventKind.LIFTED, at=now)
        return Suppressed(known, True, replace(found, state=SubscriberState.UNSUBSCRIBED))
