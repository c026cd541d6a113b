"""Change preferences, pause and resume, and erase a reader."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from digest.errors import InputError, NotFoundError
from digest.ground.database.engine import Database
from digest.ground.languages.language import N_
from digest.ground.time.due_times import known_zone, local_date
from digest.model import MailKind, Preferences, Subscriber, SubscriberState
from digest.subscribers.rules.preferences import from_record
from digest.subscribers.store import erasure, events, outbox, subscribers, suppressions
from digest.subscribers.store.events import EventKind
from digest.subscribers.unsubscribe import change, changed, existing, may_be_told

LONGEST_PAUSE = timedelta(days=366)
_KNOWN = (SubscriberState.ACTIVE, SubscriberState.PAUSED, SubscriberState.UNSUBSCRIBED)
_FURTHEST_EAST = timedelta(hours=14)  # where a date begins first


def save(
    database: Database,
    subscriber_id: int,
    preferences: Preferences,
    now: datetime,
    *,
    tell: bool = False,
    source: str = "",
) -> int:
    """Replace a reader's preferences; return the event's id, 0 when they were so before.

    source: by what it was changed, for the record. tell: queue a mail to an active reader that says
    what was changed, one a day at most. Anyone with the link of a forwarded mail can change
    preferences, so readers are told and can undo it.
    """
    with database.write() as session:
        found = existing(subscribers.by_id(session, subscriber_id, lock=True))
        event = change(session, found, preferences, now, source=source)
        is_active = found.state is SubscriberState.ACTIVE
        if tell and event and is_active and may_be_told(session, [found], MailKind.CHANGED, now):
            outbox.add(session, MailKind.CHANGED, subscriber_id, event, now=now)
        return event


@dataclass(frozen=True, slots=True)
class Notice:
    """A change that a reader is told of. subscriber: with what they preferred then."""

    subscriber: Subscriber
    before: Preferences
    event: int


def notice_of(session: Session, found: Subscriber, event_id: int) -> Notice | None:
    """Return what a reader is told of a change; None when it is no change of theirs."""
    this = events.get(session, event_id)
    if this is None or this.subscriber_id != found.id or this.kind is not EventKind.CHANGED:
        return None
    before, after = (from_record(this.detail[name]) for name in ("before", "after"))
    return Notice(replace(found, preferences=after), before, event_id)


def pause(
    database: Database, subscriber_id: int, until: str, now: datetime, *, source: str = ""
) -> Subscriber:
    """Send nothing before a date (2026-12-24) that has begun where the reader lives.

    InputError when it is no such date, is not to come, or is more than a year away; NotFoundError
    when there is no subscription that could pause.
    """
    with database.write() as session:
        found = lasting(subscribers.by_id(session, subscriber_id, lock=True))
        return rest(session, found, _day(until, today_of(found, now)), now, source=source)


def rest(
    session: Session, found: Subscriber, until: date, now: datetime, *, source: str = ""
) -> Subscriber:
    """Pause in the caller's transaction. source: by what, for the record."""
    changed(subscribers.pause(session, found.id, until))
    detail = {"until": until.isoformat(), **({"source": source} if source else {})}
    events.record(session, found.id, EventKind.PAUSED, at=now, detail=detail)
    return replace(found, state=SubscriberState.PAUSED, paused_until=until)


def resume(
    database: Database, subscriber_id: int, now: datetime, *, source: str = ""
) -> Subscriber:
    """End a pause; harmless without one. NotFoundError when there is no subscription to go on."""
    with database.write() as session:
        found = lasting(subscribers.by_id(session, subscriber_id, lock=True))
        return go_on(session, found, now, source=source)


def go_on(session: Session, found: Subscriber, now: datetime, *, source: str = "") -> Subscriber:
    """End a pause in the caller's transaction. source: by what, for the record."""
    if found.state is SubscriberState.PAUSED:
        changed(subscribers.resume(session, found.id))
        detail = {"source": source} if source else {}
        events.record(session, found.id, EventKind.RESUMED, at=now, detail=detail)
    return replace(found, state=SubscriberState.ACTIVE, paused_until=None)


def resume_rested(database: Database, now: datetime) -> int:
    """End the pauses whose date has begun where their readers live; return how many."""
    count = 0
    with database.write() as session:
        for subscriber_id in subscribers.resting(session, (now + _FURTHEST_EAST).date()):
            found = subscribers.by_id(
                session, subscriber_id, lock=True
            )  # they may be unsubscribing
            if found is not None and _has_rested(found, now):
                changed(subscribers.resume(session, subscriber_id))
                events.record(session, subscriber_id, EventKind.RESUMED, at=now)
                count += 1
    return count


def erase(database: Database, subscriber_id: int, now: datetime) -> None:
    """Erase a reader: what stays is a number and when what happened to it. NotFoundError if gone.

    The ledger keeps the number so that the counts of what was sent stay true. A last mail says so,
    but to no address that is suppressed, or whose reader never confirmed. On SQLite the
    write-ahead log is emptied as well, as far as others let it; `tidy` does the rest.
    """
    with database.write() as session:
        found = existing(subscribers.by_id(session, subscriber_id, lock=True))
        may_tell = found.state in _KNOWN and not suppressions.suppressed(session, [found.address])
        changed(erasure.erase(session, subscriber_id, now))
        if may_tell:
            language = found.preferences.language
            outbox.add_erased(session, found.address, language, now=now)
    database.fold_log(wait_seconds=1)


def _has_rested(found: Subscriber, now: datetime) -> bool:
    if found.state is not SubscriberState.PAUSED or found.paused_until is None:
        return False
    return found.paused_until <= today_of(found, now)


def today_of(subscriber: Subscriber, now: datetime) -> date:
    """Return the date where they live; in UTC where nobody knows their zone."""
    return local_date(known_zone(subscriber.preferences.schedule.timezone, "UTC"), now)


def lasting(found: Subscriber | None) -> Subscriber:
    """Return a subscriber who is active or paused; NotFoundError for anybody else."""
    subscriber = existing(found)
    if subscriber.state not in (SubscriberState.ACTIVE, SubscriberState.PAUSED):
        raise NotFoundError(N_("Only an active or paused subscription can be paused or resumed."))
    return subscriber


def _day(text: str, today: date) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise InputError(N_("please choose a date")) from None
    if not today < day <= today + LONGEST_PAUSE:
        raise InputError(N_("please choose a date within the next year"))
    return day
