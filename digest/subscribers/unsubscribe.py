"""End a subscription, or send less; each step can be undone for a week."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from digest.errors import LinkError, NotFoundError
from digest.ground.database.engine import Database
from digest.ground.languages.language import N_
from digest.ground.tokens.links import LinkSigner, Purpose
from digest.model import Cadence, MailKind, Preferences, Subscriber, SubscriberState
from digest.subscribers.opening import Opened, open_all
from digest.subscribers.rules.preferences import from_record, to_record
from digest.subscribers.store import events, outbox, subscribers, suppressions
from digest.subscribers.store.events import EventKind

UNDO_FOR = timedelta(days=7)
ONE_MAIL_IN = timedelta(days=1)  # of a kind
NOTHING_TO_UNDO = N_("There is nothing left to undo.")
_OVER = (SubscriberState.UNSUBSCRIBED, SubscriberState.SUPPRESSED)
# What can be undone, and what makes it too late when it has happened since.
_TOO_LATE = {
    EventKind.UNSUBSCRIBED: (
        *(EventKind.UNSUBSCRIBED, EventKind.UNDONE, EventKind.CONFIRMED),
        *(EventKind.PAUSED, EventKind.RESUMED),
    ),
    EventKind.CHANGED: (
        *(EventKind.CHANGED, EventKind.UNDONE, EventKind.CONFIRMED, EventKind.UNSUBSCRIBED),
    ),
}


@dataclass(frozen=True, slots=True)
class Step:
    """What became of a request to unsubscribe or to get less.

    changed: False when it was so before. undo: the event of this step, which can be undone; 0 when
    nothing was changed: whoever comes later with the same link does not get to undo it. told:
    whether a mail that says so was queued.
    """

    subscriber: Subscriber
    changed: bool
    undo: int = 0
    told: bool = False


def get(database: Database, subscriber_id: int) -> Subscriber:
    """Return a subscriber by id; NotFoundError when it was erased."""
    with database.read() as session:
        return existing(subscribers.by_id(session, subscriber_id))


def unsubscribe(
    database: Database,
    subscriber_id: int,
    now: datetime,
    *,
    tell: bool = True,
    source: str = "",
) -> Step:
    """End the subscription at once; again is harmless. NotFoundError when it was erased.

    Mail that is already queued is not sent: a batch looks at the state when it is leased. tell:
    queue a mail that says goodbye, one a day at most; nobody who is suppressed gets one. source: by
    what it was ended, for the record.
    """
    with database.write() as session:
        found = existing(subscribers.by_id(session, subscriber_id, lock=True))
        return end(session, found, now, tell=tell, source=source)


def end(
    session: Session, found: Subscriber, now: datetime, *, tell: bool = True, source: str = ""
) -> Step:
    """End a subscription in the caller's transaction. source: by what, for the record."""
    return end_all(session, [found], now, tell=tell, source=source)[0]


def end_all(
    session: Session,
    readers: Sequence[Subscriber],
    now: datetime,
    *,
    tell: bool = True,
    source: str = "",
) -> list[Step]:
    """End subscriptions (at most ~1,000) in the caller's transaction; return each one's step."""
    leaving = [one for one in readers if one.state not in _OVER]
    ended = SubscriberState.UNSUBSCRIBED
    changed(subscribers.end_all(session, [one.id for one in leaving]) == len(leaving))
    details = [(one.id, {"from": one.state.value, **_by(source)}) for one in leaving]
    ids = events.record_each(session, EventKind.UNSUBSCRIBED, details, at=now)
    undo = dict(zip([one.id for one in leaving], ids, strict=True))
    told = may_be_told(session, leaving, MailKind.GOODBYE, now) if tell else set()
    mails = [(one, event) for one, event in undo.items() if one in told]
    outbox.add_all(session, MailKind.GOODBYE, mails, now=now)
    return [
        Step(replace(one, state=ended), True, undo[one.id], one.id in told)
        if one.id in undo
        else Step(one, changed=False)
        for one in readers
    ]


def leave_all(
    session: Session, links: LinkSigner, tokens: Sequence[str], now: datetime
) -> list[Step | LinkError]:
    """End the subscriptions that links name (at most ~1,000), as `unsubscribe` does.

    Return what became of each link; of two of one reader the second finds them gone.
    """
    asked = [(Purpose.UNSUBSCRIBE, token) for token in tokens]
    opened = open_all(session, links, asked, lock=True)
    readers = {one.subscriber.id: one.subscriber for one in opened if isinstance(one, Opened)}
    steps = dict(zip(readers, end_all(session, list(readers.values()), now), strict=True))
    found: list[Step | LinkError] = []
    for one in opened:
        if isinstance(one, LinkError):
            found.append(one)
            continue
        step = steps[one.subscriber.id]
        found.append(step)
        steps[one.subscriber.id] = Step(step.subscriber, changed=False)
    return found


def weekly_instead(database: Database, subscriber_id: int, now: datetime) -> Step:
    """Send this reader one mail a week from now on, on the weekday that they chose."""

    def weekly(prefs: Preferences) -> Preferences:
        return replace(prefs, schedule=replace(prefs.schedule, cadence=Cadence.WEEKLY))

    return _less(database, subscriber_id, weekly, now)


def drop_topic(database: Database, subscriber_id: int, slug: str, now: datetime) -> Step:
    """Let this reader no longer follow one topic."""

    def without(prefs: Preferences) -> Preferences:
        topics = {topic: weight for topic, weight in prefs.topics.items() if topic != slug}
        return replace(prefs, topics=topics)

    return _less(database, subscriber_id, without, now)


def undo(database: Database, subscriber_id: int, event_id: int, now: datetime) -> Subscriber:
    """Undo the reader's last step; NotFoundError when there is none, or it is too old."""
    with database.write() as session:
        found = existing(subscribers.by_id(session, subscriber_id, lock=True))
        return take_back(session, found, event_id, now)


def take_back(
    session: Session, found: Subscriber, event_id: int, now: datetime, *, source: str = ""
) -> Subscriber:
    """Undo a step in the caller's transaction. source: by what, for the record."""
    event = events.get(session, event_id)
    if event is None or event_id != _undoable(session, found, event.kind, now):
        raise NotFoundError(NOTHING_TO_UNDO)
    if event.kind is EventKind.CHANGED:
        before = from_record(event.detail["before"])
        changed(subscribers.set_preferences(session, found.id, before))
    else:
        state = SubscriberState(event.detail["from"])
        changed(subscribers.set_state(session, found.id, state))
    detail = {"event": event_id, **_by(source)}
    events.record(session, found.id, EventKind.UNDONE, at=now, detail=detail)
    return existing(subscribers.by_id(session, found.id))


def existing(found: Subscriber | None) -> Subscriber:
    """Return the subscriber; NotFoundError when there is none."""
    if found is None:
        raise NotFoundError(N_("This subscription no longer exists."))
    return found


def changed(rows: bool) -> None:
    """Refuse to call something done that changed no row."""
    if not rows:
        raise NotFoundError(N_("This subscription no longer exists."))


def change(
    session: Session,
    subscriber: Subscriber,
    preferences: Preferences,
    now: datetime,
    *,
    source: str = "",
) -> int:
    """Replace a subscriber's preferences and record it; return the event's id, 0 for no change.

    source: by what it was changed, for the record.
    """
    if preferences == subscriber.preferences:
        return 0
    changed(subscribers.set_preferences(session, subscriber.id, preferences))
    both = {"before": to_record(subscriber.preferences), "after": to_record(preferences)}
    detail = both | _by(source)
    return events.record(session, subscriber.id, EventKind.CHANGED, at=now, detail=detail)


def may_be_told(
    session: Session, readers: Sequence[Subscriber], kind: MailKind, now: datetime
) -> set[int]:
    """Return who of these may be told of a step by mail: once a day, and never if suppressed.

    Anyone with a forwarded mail can take and undo steps all day.
    """
    if not readers:
        return set()
    barred = suppressions.suppressed(session, [one.address for one in readers])
    ids = [one.id for one in readers]
    had = outbox.had_since(session, ids, kind, now - ONE_MAIL_IN)
    return {one.id for one in readers if one.address not in barred} - had


def way_back(session: Session, subscriber_id: int, now: datetime) -> int:
    """Return the event that undoes the end of a subscription; 0 when there is none."""
    found = subscribers.by_id(session, subscriber_id)
    if found is None or found.state is not SubscriberState.UNSUBSCRIBED:
        return 0
    return _undoable(session, found, EventKind.UNSUBSCRIBED, now)


def _by(source: str) -> dict[str, Any]:
    return {"source": source} if source else {}


def _less(
    database: Database,
    subscriber_id: int,
    reduce: Callable[[Preferences], Preferences],
    now: datetime,
) -> Step:
    with database.write() as session:
        found = existing(subscribers.by_id(session, subscriber_id, lock=True))
        if found.state in _OVER:
            return Step(found, changed=False)
        preferences = reduce(found.preferences)
        event = change(session, found, preferences, now)
        return Step(replace(found, preferences=preferences), event > 0, event)


def _undoable(session: Session, found: Subscriber, kind: EventKind, now: datetime) -> int:
    """Return the event of this kind that can be undone; 0 for none."""
    last = events.newest(session, found.id, *_TOO_LATE.get(kind, ()))
    if last is None or last.kind is not kind or now - last.at > UNDO_FOR:
        return 0
    ended = kind is EventKind.UNSUBSCRIBED
    if ended and found.state is not SubscriberState.UNSUBSCRIBED:
        return 0
    return 0 if suppressions.suppressed(session, [found.address]) else last.id
