"""Who unsubscribes while their batch is being sent."""

import pytest

from digest.bounces.recording import record
from digest.bounces.rules.scoring import DEFAULT_RULES
from digest.delivery.late_unsubscribes import LateUnsubscribes
from digest.delivery.store.batches import Batch
from digest.ground.database.engine import Database
from digest.model import Feedback, FeedbackKind, SubscriberState
from digest.subscribers.store import subscribers
from tests.factories import NOON
from tests.rows import plan_edition, take


@pytest.fixture
def planned(database):
    """A leased batch of three, and their ids."""
    edition_id, ids, _ = plan_edition(database, 3)
    return take(database, edition_id), ids


def leave(database, reader):
    with database.write() as session:
        subscribers.set_state(session, reader, SubscriberState.PAUSED)


def test_who_leaves_between_two_messages_is_left_out(database, planned):
    batch, ids = planned
    late = LateUnsubscribes(database, batch, look_seconds=0.0)
    assert not late.reason(ids[0])
    for reader in ids[:2]:
        leave(database, reader)
    assert late.reason(ids[1]) == "the subscriber is paused"
    assert not late.reason(ids[2])


def test_who_calls_a_mail_spam_meanwhile_is_left_out(database, planned):
    batch, ids = planned
    late = LateUnsubscribes(database, batch, look_seconds=0.0)
    assert not late.reason(ids[0])
    told = Feedback(FeedbackKind.COMPLAINT, "arf", "arf/1", subscriber_id=ids[0], trusted=True)
    record(database, told, DEFAULT_RULES, NOON)
    assert late.reason(ids[0]) == "the subscriber is suppressed"
    assert not late.reason(ids[1])


def test_nobody_is_looked_up_before_half_a_second(database, planned):
    batch, ids = planned
    leave(database, ids[0])
    late = LateUnsubscribes(database, batch)
    assert not any(late.reason(reader) for reader in ids)


def test_a_database_that_cannot_be_asked_keeps_nobodys_mail_back(tmp_path, caplog):
    lost = Database(f"sqlite:///{tmp_path}/nowhere/digest.db")
    late = LateUnsubscribes(lost, Batch(1, 1, 1, 3, "a"), look_seconds=0.0)
    assert not late.reason(1)
    assert not late.reason(2)
    assert "could not look who has unsubscribed" in caplog.text
