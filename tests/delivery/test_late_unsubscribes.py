"""Who leaves while his batch is being sent."""

import pytest

from digest.delivery import late_unsubscribes
from digest.delivery.late_unsubscribes import LateUnsubscribes
from digest.delivery.store.batches import Batch
from digest.ground.database.engine import Database
from digest.model import Message, SubscriberState
from digest.subscribers.store import subscribers
from tests.rows import plan_edition, take


def message(key: int) -> Message:
    return Message(key, "digest@example.org", f"reader{key}@example.org", b"")


@pytest.fixture
def planned(database):
    """A leased batch of three, and their ids."""
    edition_id, ids, _ = plan_edition(database, 3)
    return take(database, edition_id), ids


def leave(database, reader):
    with database.write() as session:
        subscribers.set_state(session, reader, SubscriberState.PAUSED)


def test_who_leaves_between_two_messages_is_left_out(database, planned, monkeypatch):
    monkeypatch.setattr(late_unsubscribes, "LOOK_SECONDS", 0.0)
    batch, ids = planned
    out = {}
    passed = LateUnsubscribes(database, batch).sift(map(message, ids), out.__setitem__)
    assert next(passed).key == ids[0]
    for reader in ids[:2]:
        leave(database, reader)
    assert [one.key for one in passed] == [ids[2]]
    assert out == {ids[1]: "the subscriber is paused"}


def test_nobody_is_looked_up_before_half_a_second(database, planned):
    batch, ids = planned
    leave(database, ids[0])
    passed = list(LateUnsubscribes(database, batch).sift(map(message, ids), dict.__setitem__))
    assert [one.key for one in passed] == ids


def test_a_database_that_cannot_be_asked_keeps_nobodys_mail_back(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(late_unsubscribes, "LOOK_SECONDS", 0.0)
    lost = Database(f"sqlite:///{tmp_path}/nowhere/digest.db")
    passed = LateUnsubscribes(lost, Batch(1, 1, 1, 3, "a")).sift(
        map(message, [1, 2]), dict.__setitem__
    )
    assert [one.key for one in passed] == [1, 2]
    assert "could not look who has left" in caplog.text
