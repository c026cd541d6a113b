"""Since when a subscriber is in their state, and when their next mail is due."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple, Protocol

from digest.ground.time.due_times import next_due, start_of
from digest.model import Subscriber, SubscriberState

_A_MOMENT = timedelta(microseconds=1)
# The kinds of events that lead into a state (digest.subscribers.store.events.EventKind).
_LEADS_TO = {
    SubscriberState.ACTIVE: {"confirmed", "resumed"},
    SubscriberState.PAUSED: {"paused"},
    SubscriberState.UNSUBSCRIBED: {"unsubscribed", "lifted"},
    SubscriberState.SUPPRESSED: {"suppressed"},
}


class Happened(Protocol):
    """An event of a subscription."""

    @property
    def id(self) -> int:
        """Its number."""

    @property
    def kind(self) -> str:
        """What happened."""

    @property
    def at(self) -> datetime:
        """When."""

    @property
    def detail(self) -> Mapping[str, Any]:
        """What belongs to it."""


class Times(NamedTuple):
    """state_since: never empty. next_due_at: None for whoever gets no mail."""

    state_since: datetime
    next_due_at: datetime | None


def times_of(
    subscriber: Subscriber,
    confirmed_at: datetime | None,
    events: Iterable[Happened],
    now: datetime,
) -> Times:
    """Return both; events: all of the subscriber, the oldest first."""
    state, kinds, since = subscriber.state, {}, None
    for event in events:
        kinds[event.id] = event.kind
        undone = event.kind == "undone" and kinds.get(event.detail.get("event", 0))
        if event.kind in _LEADS_TO.get(state, ()) or undone == "unsubscribed":
            since = event.at
    if since is None and state is SubscriberState.ACTIVE:
        since = confirmed_at
    return Times(since or subscriber.created_at, _next_mail(subscriber, now))


def _next_mail(subscriber: Subscriber, now: datetime) -> datetime | None:
    schedule = subscriber.preferences.schedule
    if subscriber.state is SubscriberState.ACTIVE:
        return next_due(schedule, now)
    if subscriber.state is SubscriberState.PAUSED and subscriber.paused_until is not None:
        goes_on = start_of(subscriber.paused_until, schedule.timezone) - _A_MOMENT
        return next_due(schedule, max(now, goes_on))
    return None
