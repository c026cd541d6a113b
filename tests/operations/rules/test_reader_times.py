"""Since when a state lasts, and when the next mail is due."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from digest.model import DeliverySchedule, Preferences, Subscriber, SubscriberState
from digest.operations.rules.reader_times import times_of
from digest.subscribers.store.events import Event, EventKind

MADE = datetime(2026, 11, 1, tzinfo=UTC)
NOW = datetime(2026, 11, 19, 12, tzinfo=UTC)
PREFERENCES = Preferences(schedule=DeliverySchedule(hour=7, timezone="Europe/Berlin"))
ANN = Subscriber(1, "ann@example.org", "", SubscriberState.ACTIVE, PREFERENCES, MADE, b"")


def happened(*kinds, **detail):
    """Events of these kinds, one a day from the second of the month on."""
    return [
        Event(number, 1, kind, MADE + timedelta(days=number), detail)
        for number, kind in enumerate(kinds, start=1)
    ]


def since(state, *kinds, confirmed_at=None, **detail):
    found = times_of(replace(ANN, state=state), confirmed_at, happened(*kinds, **detail), NOW)
    return (found.state_since - MADE).days


def test_a_state_lasts_since_what_led_to_it():
    asked, confirmed = EventKind.ASKED, EventKind.CONFIRMED
    active = SubscriberState.ACTIVE
    assert since(SubscriberState.PENDING, asked) == 0
    assert since(active, asked, confirmed, EventKind.CHANGED) == 2
    assert since(active, confirmed, EventKind.PAUSED, EventKind.RESUMED) == 3
    assert since(SubscriberState.PAUSED, confirmed, EventKind.PAUSED) == 2
    assert since(SubscriberState.UNSUBSCRIBED, confirmed, EventKind.UNSUBSCRIBED) == 2
    assert since(SubscriberState.SUPPRESSED, confirmed, EventKind.SUPPRESSED) == 2
    assert since(SubscriberState.UNSUBSCRIBED, EventKind.SUPPRESSED, EventKind.LIFTED) == 2


def test_what_was_undone_counts_only_for_the_end_of_a_subscription():
    active = SubscriberState.ACTIVE
    confirmed, undone = EventKind.CONFIRMED, EventKind.UNDONE
    assert since(active, confirmed, EventKind.UNSUBSCRIBED, undone, event=2) == 3
    assert since(active, confirmed, EventKind.CHANGED, undone, event=2) == 1


def test_without_a_record_it_lasts_since_the_confirmation_or_the_beginning():
    assert since(SubscriberState.ACTIVE, confirmed_at=MADE + timedelta(days=4)) == 4
    assert since(SubscriberState.ACTIVE) == 0


def test_the_next_mail_is_that_of_the_schedule_after_a_pause():
    def due(**changes):
        return times_of(replace(ANN, **changes), None, [], NOW).next_due_at

    assert due() == datetime(2026, 11, 20, 6, tzinfo=UTC)
    paused = {"state": SubscriberState.PAUSED, "paused_until": date(2026, 12, 24)}
    assert due(**paused) == datetime(2026, 12, 24, 6, tzinfo=UTC)
    assert due(**paused | {"paused_until": date(2026, 11, 18)}) == due()
    assert due(state=SubscriberState.UNSUBSCRIBED) is None
