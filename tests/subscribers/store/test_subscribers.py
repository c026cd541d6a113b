"""Subscribers: stored once, found by their address, erased without a trace but a number."""

import threading
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from digest.ground.database.tables.readers import DeliveryScheduleRow, SubscriberRow, SuppressionRow
from digest.model import Cadence, DeliverySchedule, Preferences, Subscriber, SubscriberState
from digest.subscribers.rules.reader_filter import ReaderFilter
from digest.subscribers.store import (
    erasure,
    reader_lists,
    subscribers,
    suppression_keys,
    suppressions,
)
from tests.factories import NOON
from tests.rows import store_subscribers

WISHES = Preferences(
    {"speech": 2.0, "coding": 0.1},
    ("small models", 'a "phrase"'),
    ("blockchain",),
    7,
    DeliverySchedule(Cadence.WEEKLY, 23, "Europe/Berlin", 4),
)


def test_a_subscriber_comes_back_as_it_went_in(database, now):
    with database.write() as session:
        reader = ("ann@example.org", "Änn", WISHES)
        added = subscribers.add_all(session, [reader], state=SubscriberState.ACTIVE, now=now)
    assert added == {"ann@example.org"}
    with database.read() as session:
        found = subscribers.get(session, "ann@example.org")
        assert found is not None
        assert found == Subscriber(
            found.id, "ann@example.org", "Änn", SubscriberState.ACTIVE, WISHES, now, found.nonce
        )
        assert len(found.nonce) == 16
        assert subscribers.by_id(session, found.id) == found
        assert list(found.preferences.topics) == ["speech", "coding"]
        assert session.scalar(select(SubscriberRow.confirmed_at)) == now


def test_who_is_not_there_is_none(database):
    with database.write() as session:
        assert subscribers.get(session, "nobody@example.org") is None
        assert subscribers.by_id(session, 1) is None
        assert not subscribers.set_state(session, 1, SubscriberState.PAUSED)
        assert not subscribers.set_preferences(session, 1, WISHES)
        assert not erasure.erase(session, 1, NOON)
        assert list(reader_lists.iter_all(session)) == []
        assert subscribers.add_all(session, [], state=SubscriberState.ACTIVE, now=None) == set()


def test_a_pending_subscriber_is_not_confirmed(database):
    with database.write() as session:
        store_subscribers(session, 1, state=SubscriberState.PENDING)
        assert session.scalar(select(SubscriberRow.confirmed_at)) is None


def test_who_is_there_already_is_left_as_he_is(database, now):
    with database.write() as session:
        store_subscribers(session, 1, preferences=WISHES)
        readers = [(f"reader{n}@example.org", "new", Preferences()) for n in (1, 2)]
        added = subscribers.add_all(session, readers, state=SubscriberState.PENDING, now=now)
        assert added == {"reader2@example.org"}
        found = subscribers.get(session, "reader1@example.org")
        assert found is not None
        assert (found.name, found.preferences) == ("", WISHES)


def test_readers_of_one_rhythm_share_a_row(database):
    schedules = [
        DeliverySchedule(),
        DeliverySchedule(hour=8),
        DeliverySchedule(weekday=3),
        DeliverySchedule(),
        DeliverySchedule(hour=8),
    ]
    with database.write() as session:
        ids = [subscribers.schedule_id(session, schedule) for schedule in schedules]
        assert len(set(ids)) == 3
        assert ids[0] == ids[3]
        assert session.scalar(select(func.count()).select_from(DeliveryScheduleRow)) == 3


def test_two_who_come_at_once_with_a_new_rhythm_share_it_too(database, now):
    """And two with one address are one subscriber."""
    start = threading.Barrier(4, timeout=20)
    added = []

    def come(number):
        reader = (f"reader{number % 2}@example.org", "", WISHES)
        start.wait()
        with database.write() as session:
            found = subscribers.add_all(session, [reader], state=SubscriberState.ACTIVE, now=now)
        added.extend(found)

    threads = [threading.Thread(target=come, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(added) == ["reader0@example.org", "reader1@example.org"]
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(DeliveryScheduleRow)) == 1


def test_each_comes_by_id_and_by_state(database):
    with database.write() as session:
        active = store_subscribers(session, 3)
        paused = store_subscribers(session, 2, state=SubscriberState.PAUSED, first=10)
    with database.read() as session:
        assert [one.id for one in reader_lists.iter_all(session)] == active + paused
        only = reader_lists.iter_all(session, ReaderFilter(state=SubscriberState.PAUSED))
        assert [one.id for one in only] == paused
        assert subscribers.counts(session) == {"active": 3, "paused": 2}


def test_known_and_suppressed_say_which(database, now):
    addresses = ["reader1@example.org", "reader2@example.org", "gone@example.org"]
    with database.write() as session:
        store_subscribers(session, 1)
        hash_ = suppression_keys.address_hash("gone@example.org")
        session.add(SuppressionRow(address_hash=hash_, reason="complaint", created_at=now))
        session.flush()
        assert subscribers.by_addresses(session, addresses).keys() == {"reader1@example.org"}
        assert suppressions.suppressed(session, addresses) == {"gone@example.org"}
        assert subscribers.by_addresses(session, []) == {}
        assert suppressions.suppressed(session, []) == set()


def test_a_thousand_addresses_can_be_asked_for_at_once(database):
    with database.write() as session:
        store_subscribers(session, 3)
        addresses = [f"reader{number}@example.org" for number in range(1000)]
        assert len(subscribers.by_addresses(session, addresses)) == 3
        assert suppressions.suppressed(session, addresses) == set()


def test_state_and_preferences_can_be_changed(database):
    with database.write() as session:
        (id_, other) = store_subscribers(session, 2)
        assert subscribers.set_state(session, id_, SubscriberState.UNSUBSCRIBED)
        assert subscribers.set_preferences(session, id_, WISHES)
    with database.read() as session:
        changed, untouched = subscribers.by_id(session, id_), subscribers.by_id(session, other)
        assert changed is not None
        assert untouched is not None
        assert (changed.state, changed.preferences) == (SubscriberState.UNSUBSCRIBED, WISHES)
        assert (untouched.state, untouched.preferences) == (SubscriberState.ACTIVE, Preferences())


def test_a_number_is_never_used_twice(database):
    """The links in old mails name numbers."""
    with database.write() as session:
        (first,) = store_subscribers(session, 1)
        assert erasure.erase(session, first, NOON)
        (second,) = store_subscribers(session, 1)
        assert second > first


@given(st.text(min_size=1), st.text(min_size=1))
def test_a_hash_tells_addresses_apart_and_fits_its_column(one, other):
    one, other = (text.encode("utf-8", "replace").decode() for text in (one, other))
    assert (suppression_keys.address_hash(one) == suppression_keys.address_hash(other)) == (
        one == other
    )
    assert len(suppression_keys.address_hash(one)) == 64


def test_times_come_back_in_utc_whatever_zone_they_were_in(database):
    berlin = datetime.fromisoformat("2026-11-19T09:00:00.123456+01:00")
    with database.write() as session:
        reader = ("ann@example.org", "", Preferences())
        subscribers.add_all(session, [reader], state=SubscriberState.ACTIVE, now=berlin)
    with database.read() as session:
        found = subscribers.get(session, "ann@example.org")
        assert found is not None
        assert found.created_at == datetime(2026, 11, 19, 8, 0, 0, 123456, tzinfo=UTC)
        assert found.created_at.tzinfo is UTC or str(found.created_at.tzinfo) == "UTC"
