"""Add, find, list and remove subscribers."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from digest.errors import ConflictError, InputError, NotFoundError
from digest.ground.database.engine import Database
from digest.model import Origin, Preferences, Subscriber, SubscriberState
from digest.subscribers.rules.addresses import normalise, normalise_new
from digest.subscribers.rules.preference_fields import FIELDS
from digest.subscribers.rules.preferences import parse_preferences
from digest.subscribers.rules.reader_filter import EVERYBODY, ReaderFilter
from digest.subscribers.rules.vocabulary import Vocabulary
from digest.subscribers.store import events, reader_lists, subscribers, suppressions
from digest.subscribers.store.events import EventKind
from digest.subscribers.store.reader_lists import ReaderCount, ReaderPage

COLUMNS = ("email", "name", *(field.name for field in FIELDS))
LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class NewSubscriber:
    """Somebody to add. address: normalised."""

    address: str
    name: str
    preferences: Preferences


def new_subscriber(email: str, name: str, preferences: Preferences) -> NewSubscriber:
    """Return somebody to add; InputError for what is no address or no name."""
    return NewSubscriber(normalise_new(email), usable_name(name), preferences)


def usable_name(name: str) -> str:
    """Return a name with single blanks between words; InputError for what is none."""
    words = " ".join(name.split())
    if len(words) > LONGEST_NAME or not words.isprintable():
        raise InputError(f"name: at most {LONGEST_NAME} printable characters")
    return words


def add(
    database: Database,
    texts: Mapping[str, str],
    vocabulary: Vocabulary,
    *,
    state: SubscriberState,
    now: datetime,
    origin: Origin = Origin.UNKNOWN,
    consent: Mapping[str, Any] | None = None,
) -> Subscriber:
    """Add one subscriber from the texts of COLUMNS; `consent` and errors like `add_new`."""
    new = _parse(texts, vocabulary)
    return add_new(database, new, state=state, now=now, origin=origin, consent=consent)


def add_new(
    database: Database,
    new: NewSubscriber,
    *,
    state: SubscriberState,
    now: datetime,
    origin: Origin = Origin.UNKNOWN,
    consent: Mapping[str, Any] | None = None,
) -> Subscriber:
    """Add one subscriber. consent: what to record of how they agreed.

    ConflictError for an address that is known already, or must not be mailed.
    """
    with database.write() as session:
        if suppressions.suppressed(session, [new.address]):
            raise ConflictError("this address is suppressed: it must not receive email")
        reader = (new.address, new.name, new.preferences)
        if not subscribers.add_all(session, [reader], state=state, now=now, origin=origin):
            raise ConflictError("this address is already subscribed", hint="digest subscribers")
        added = _find(session, new.address)
        record_consent(session, [added.id], consent, now)
        return added


def find(database: Database, address: str) -> Subscriber:
    """Return one subscriber; NotFoundError when there is none."""
    with database.read() as session:
        return _find(session, normalise(address))


def iter_all(database: Database, wanted: ReaderFilter = EVERYBODY) -> Iterator[Subscriber]:
    """Yield all subscribers of a filter by id, a thousand in memory at a time."""
    with database.read() as session:
        yield from reader_lists.iter_all(session, wanted)


def page(
    database: Database,
    wanted: ReaderFilter = EVERYBODY,
    *,
    after: int | None,
    limit: int,
    newest_first: bool = False,
) -> ReaderPage:
    """Return the next subscribers of a filter by id; a page may be short, and others follow.

    after: `next` of the page before; None for the first page.
    """
    with database.read() as session:
        return reader_lists.page(
            session, wanted, after=after, limit=limit, newest_first=newest_first
        )


def count(database: Database, wanted: ReaderFilter) -> ReaderCount:
    """Count the subscribers of a filter, as far as that is cheap."""
    with database.read() as session:
        return reader_lists.count(session, wanted)


def _find(session: Session, address: str) -> Subscriber:
    found = subscribers.get(session, address)
    if found is None:
        raise NotFoundError("No subscriber has this address.", hint="digest subscribers list")
    return found


def _parse(texts: Mapping[str, str], vocabulary: Vocabulary) -> NewSubscriber:
    if any("\udc80" <= letter <= "\udcff" for text in texts.values() for letter in text):
        raise InputError("not UTF-8 text")
    preferences = parse_preferences(texts, vocabulary)
    return new_subscriber(texts.get("email", ""), texts.get("name", ""), preferences)


def record_consent(
    session: Session,
    subscriber_ids: Sequence[int],
    consent: Mapping[str, Any] | None,
    now: datetime,
) -> None:
    """Record how new subscribers agreed, where that is known (GDPR 7(1))."""
    if consent is not None:
        events.record_all(session, subscriber_ids, EventKind.CONFIRMED, at=now, detail=consent)


def end(session: Session, subscriber: Subscriber, why: str, now: datetime) -> None:
    """End a subscription because an imported file says so; why: in words, for the record."""
    subscribers.set_state(session, subscriber.id, SubscriberState.UNSUBSCRIBED)
    detail = {"from": subscriber.state.value, "by": "import", "why": why}
    events.record(session, subscriber.id, EventKind.UNSUBSCRIBED, at=now, detail=detail)
