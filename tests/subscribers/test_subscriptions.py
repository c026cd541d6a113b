"""Subscribers come, change and go."""

import threading

import pytest

from digest.errors import InputError, NotFoundError
from digest.ground.database.tables.readers import SuppressionRow
from digest.model import SubscriberState
from digest.subscribers import subscriptions, update_preferences
from digest.subscribers.store import suppression_keys
from digest.subscribers.subscriptions import LONGEST_NAME
from tests.factories import NOON, make_vocabulary

VOCABULARY = make_vocabulary()


def add(database, email="ann@example.org", state=SubscriberState.ACTIVE, **fields):
    return subscriptions.add(
        database, {"email": email, **fields}, VOCABULARY, state=state, now=NOON
    )


def everybody(database):
    return {one.address: one for one in subscriptions.iter_all(database)}


def suppress(database, address):
    with database.write() as session:
        hash_ = suppression_keys.address_hash(address)
        session.add(SuppressionRow(address_hash=hash_, reason="complaint", created_at=NOON))


def test_one_can_be_added_found_and_erased(database):
    added = add(database, " Ann@Example.ORG", name="  Ann \t Smith ", topics="speech:2")
    assert (added.address, added.name, added.state) == (
        "ann@example.org",
        "Ann Smith",
        SubscriberState.ACTIVE,
    )
    assert subscriptions.find(database, "ANN@example.org") == added
    update_preferences.erase(database, added.id, NOON)
    with pytest.raises(NotFoundError):
        subscriptions.find(database, "ann@example.org")


def test_nobody_is_added_twice_or_against_his_will(database):
    add(database, topics="speech")
    with pytest.raises(InputError, match="already subscribed"):
        add(database, "ANN@example.org", topics="coding")
    assert list(subscriptions.find(database, "ann@example.org").preferences.topics) == ["speech"]
    suppress(database, "gone@example.org")
    with pytest.raises(InputError, match="suppressed"):
        add(database, "gone@example.org")


def test_of_two_at_once_with_one_address_one_is_added(database):
    start = threading.Barrier(3, timeout=20)
    results = []

    def come():
        start.wait()
        try:
            results.append(add(database).address)
        except InputError as exc:
            results.append(str(exc))

    threads = [threading.Thread(target=come) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(results) == ["ann@example.org", *["this address is already subscribed"] * 2]


@pytest.mark.parametrize(
    "fields",
    [
        {"email": "ann"},
        {"email": "ann@mailhost"},
        {"email": "ann@example.org", "name": "x" * (LONGEST_NAME + 1)},
        {"email": "ann@example.org", "name": "Ann\0"},
        {"email": "ann@example.org", "hour": "25"},
    ],
)
def test_what_cannot_be_taken_is_refused_and_nothing_is_stored(database, fields):
    with pytest.raises(InputError):
        subscriptions.add(database, fields, VOCABULARY, state=SubscriberState.ACTIVE, now=NOON)
    assert everybody(database) == {}
