"""Never mail an address again, whoever asks for it; and take that back by hand."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from digest.errors import InputError, NotFoundError
from digest.ground.database.engine import Database
from digest.ground.text.plain_text import clean
from digest.model import Subscriber, SubscriberState
from digest.subscribers.rules.addresses import normalise
from digest.subscribers.store import events, subscribers, suppressions
from digest.subscribers.store.events import EventKind
from digest.subscribers.store.suppressions import Listed, Suppression

LONGEST_REASON = 500
_PAGE = 1000


@dataclass(frozen=True, slots=True)
class Suppressed:
    """How an address stands after a request. changed: whether that was not so before.

    subscriber: whose address it is; None for an address that nobody here has.
    """

    address: str
    changed: bool
    subscriber: Subscriber | None


def suppress(
    database: Database,
    address: str,
    reason: str,
    now: datetime,
    source: str = suppressions.OPERATOR,
) -> Suppressed:
    """Never mail an address again: no digest, no other mail; nor can it be added or subscribe.

    Mail of theirs that is queued is skipped. An address that is suppressed already keeps its first
    reason. source: who or what does it. InputError without a reason, or for what is no address.
    """
    known, why = normalise(address), clean(reason)
    if not 0 < len(why) <= LONGEST_REASON:
        raise InputError(f"a reason is needed, of at most {LONGEST_REASON} characters")
    with database.write() as session:
        is_new = suppressions.add(session, known, why, now=now, source=source)
        found = subscribers.get(session, known)
        if found is None or found.state is SubscriberState.SUPPRESSED:
            return Suppressed(known, is_new, found)
        subscribers.set_state(session, found.id, SubscriberState.SUPPRESSED)
        detail = {"from": found.state.value, "reason": why, "source": source}
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
        if found is None:
            return Suppressed(known, True, None)
        return Suppressed(known, True, _let_in(session, found, now))


def is_suppressed(database: Database, address: str) -> bool:
    """Whether a normalised address must not be mailed."""
    with database.read() as session:
        return bool(suppressions.suppressed(session, [address]))


def page(database: Database, *, source: str | None, after: str, limit: int) -> Sequence[Listed]:
    """Return the next suppressions by hash. source: only those; after: the last hash before."""
    with database.read() as session:
        return suppressions.page(session, source=source, after=after, limit=limit)


def find(database: Database, address: str) -> Suppression:
    """Return why an address is suppressed; NotFoundError when it is not."""
    with database.read() as session:
        found = suppressions.get(session, normalise(address))
    if found is None:
        raise NotFoundError("This address is not suppressed.")
    return found


def iter_all(database: Database, source: str | None = None) -> Iterator[Listed]:
    """Yield all suppressions by hash, a thousand in memory at a time."""
    after = ""
    while found := page(database, source=source, after=after, limit=_PAGE):
        yield from found
        after = found[-1].address_hash


def admits(session: Session, address: str, now: datetime, retry_after: timedelta | None) -> bool:
    """Whether a normalised address may ask for mail.

    A suppression for bounces is lifted by that, `retry_after` its last one: a mailbox may be there
    again, and only a mail to it can tell. Those for complaints and by hand stay.
    """
    found = suppressions.get(session, address)
    if found is None:
        return True
    bounced = found.kind in suppressions.BOUNCES
    if not bounced or retry_after is None or now - found.since < retry_after:
        return False
    suppressions.remove(session, address)
    if (subscriber := subscribers.get(session, address)) is not None:
        _let_in(session, subscriber, now)
    return True


def _let_in(session: Session, found: Subscriber, now: datetime) -> Subscriber:
    """Note that an address may be mailed again; who was suppressed is unsubscribed now."""
    events.record(session, found.id, EventKind.LIFTED, at=now)
    if found.state is not SubscriberState.SUPPRESSED:
        return found
    subscribers.set_state(session, found.id, SubscriberState.UNSUBSCRIBED)
    return replace(found, state=SubscriberState.UNSUBSCRIBED)
