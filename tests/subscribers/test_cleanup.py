from datetime import UTC, date, datetime, timedelta

import pytest

from digest.model import DeliverySchedule, Preferences, SubscriberState
from digest.subscribers import unsubscribe, update_preferences
from digest.subscribers.cleanup import Tidied, tidy
from digest.subscribers.store import events, subscribers
from digest.subscribers.store.events import EventKind
from tests.factories import NOON
from tests.rows import store_subscribers

PAGO, KIRITIMATI = "Pacific/Pago_Pago", "Pacific/Kiritimati"  # the last and the first to change


def paused(database, zone: str, until: str, first: int) -> int:
    wishes = Preferences(schedule=DeliverySchedule(timezone=zone))
    with database.write() as session:
        reader = store_subscribers(session, 1, preferences=wishes, first=first)[0]
    update_preferences.pause(database, reader, until, NOON)
    return reader


def state(database, reader):
    found = unsubscribe.get(database, reader)
    return found.state, found.paused_until


def test_a_pause_ends_when_its_date_begins_where_the_reader_lives(database):
    east = paused(database, KIRITIMATI, "2026-12-24", 1)
    west = paused(database, PAGO, "2026-12-24", 2)
    later = paused(database, "UTC", "2026-12-25", 3)
    begins = datetime(2026, 12, 23, 10, tzinfo=UTC)  # 14 hours before it does in UTC
    assert tidy(database, begins - timedelta(seconds=1)) == Tidied(0, 0)
    assert tidy(database, begins) == Tidied(0, 1)
    assert state(database, east) == (SubscriberState.ACTIVE, None)
    assert tidy(database, begins + timedelta(hours=24, seconds=3599)) == Tidied(0, 0)
    assert tidy(database, begins + timedelta(hours=25)) == Tidied(0, 1)
    assert state(database, west) == (SubscriberState.ACTIVE, None)
    assert tidy(database, begins + timedelta(hours=25)) == Tidied(0, 0)
    assert state(database, later) == (SubscriberState.PAUSED, date(2026, 12, 25))
    with database.read() as session:
        last = events.newest(session, east, EventKind.RESUMED)
    assert last.at == begins


def test_after_a_long_time_everybody_is_resumed_and_the_unconfirmed_are_gone(database):
    for number in range(1, 4):
        paused(database, "UTC", "2026-12-24", number)
    with database.write() as session:
        (waiting,) = store_subscribers(session, 1, first=9, state=SubscriberState.PENDING)
        events.record(session, waiting, EventKind.ASKED, at=NOON)
    assert tidy(database, NOON + timedelta(days=300)) == Tidied(1, 3)
    assert tidy(database, NOON + timedelta(days=300)) == Tidied(0, 0)
    with database.read() as session:
        assert subscribers.counts(session) == {"active": 3}


@pytest.mark.parametrize(
    "then", [unsubscribe.unsubscribe, update_preferences.resume, update_preferences.erase]
)
def test_who_does_not_pause_any_more_is_left_alone(database, then):
    reader = paused(database, "UTC", "2026-12-24", 1)
    then(database, reader, NOON)
    assert tidy(database, NOON + timedelta(days=300)).resumed == 0
