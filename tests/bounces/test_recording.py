from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from digest.bounces.recording import Recorded, forget, record, record_all
from digest.bounces.rules.scoring import BounceRules
from digest.bounces.store import feedback as store
from digest.ground.database.tables.feedback import FeedbackRow
from digest.ground.database.tables.readers import EventKind
from digest.model import Feedback, FeedbackKind, Preferences, SubscriberState
from digest.subscribers import subscriptions, suppression, unsubscribe
from digest.subscribers.store import events, subscribers, suppressions
from tests.factories import DAY, NOON

ANN, BOB = "ann@example.org", "bob@example.org"
RULES = BounceRules()
HARD = Feedback(
    FeedbackKind.HARD,
    "dsn",
    "dsn/1",
    trusted=True,
    edition=DAY,
    status="5.1.1",
    words=f"550 5.1.1 <{ANN}>: User unknown",
)


@pytest.fixture
def ids(database):
    """The ids of two active readers, by address."""
    with database.write() as session:
        readers = [(address, "", Preferences()) for address in (ANN, BOB)]
        subscribers.add_all(session, readers, state=SubscriberState.ACTIVE, now=NOON)
    return {one.address: one.id for one in subscriptions.iter_all(database)}


def state(database, address=ANN):
    return subscriptions.find(database, address).state


def why(database, address=ANN):
    with database.read() as session:
        return suppressions.get(session, address)


def test_a_hard_bounce_suppresses_its_reader_with_reason_source_and_date(database, ids):
    done = record(database, replace(HARD, subscriber_id=ids[ANN]), RULES, NOON)
    assert done == Recorded(new=1, suppressed=1)
    assert state(database) is SubscriberState.SUPPRESSED
    assert state(database, BOB) is SubscriberState.ACTIVE
    said = "a hard bounce: 550 5.1.1"
    assert why(database) == (said, NOON, "dsn", FeedbackKind.HARD)
    with database.read() as session:
        event = events.newest(session, ids[ANN], EventKind.SUPPRESSED)
        row = session.scalars(select(FeedbackRow)).one()
    assert event.detail == {"from": "active", "reason": said, "source": "dsn", "kind": "hard"}
    assert ANN not in row.words


def test_the_same_feedback_counts_once(database, ids):
    hard = replace(HARD, subscriber_id=ids[ANN])
    assert record(database, hard, RULES, NOON).new == 1
    suppression.lift(database, ANN, NOON)
    assert record(database, hard, RULES, NOON) == Recorded()
    with database.write() as session:
        assert record_all(session, [hard, hard], RULES, NOON) == Recorded()
    assert why(database) is None


def test_a_reader_is_found_by_address_when_nothing_else_tells(database, ids):
    record(database, replace(HARD, address=ANN), RULES, NOON)
    assert state(database) is SubscriberState.SUPPRESSED
    with database.read() as session:
        assert session.scalars(select(FeedbackRow.subscriber_id)).all() == [ids[ANN]]


def test_a_signed_id_counts_more_than_an_address(database, ids):
    record(database, replace(HARD, subscriber_id=ids[ANN], address=BOB), RULES, NOON)
    assert state(database) is SubscriberState.SUPPRESSED
    assert state(database, BOB) is SubscriberState.ACTIVE


def test_an_address_of_nobody_here_is_suppressed(database):
    complaint = Feedback(FeedbackKind.COMPLAINT, "arf", "arf/1", address=ANN, trusted=True)
    assert record(database, complaint, RULES, NOON).suppressed == 1
    assert why(database).reason == "a complaint"
    nobody = Feedback(FeedbackKind.COMPLAINT, "arf", "arf/2", subscriber_id=9_999, trusted=True)
    assert record(database, nobody, RULES, NOON) == Recorded(new=1)


@pytest.mark.parametrize("source", ["dsn", "arf", "text"])
def test_the_token_of_an_erased_reader_suppresses_no_address_that_its_mail_names(
    database, ids, source
):
    named = replace(HARD, source=source, subscriber_id=9_999, address=BOB)
    assert record(database, named, RULES, NOON) == Recorded(new=1)
    assert state(database, BOB) is SubscriberState.ACTIVE
    assert why(database, BOB) is None


def test_what_nobody_vouches_for_changes_no_reader_and_is_counted(database, ids):
    forged = replace(HARD, subscriber_id=ids[ANN], address=ANN, trusted=False)
    assert record(database, forged, RULES, NOON) == Recorded(new=1)
    assert state(database) is SubscriberState.ACTIVE
    assert why(database) is None
    with database.read() as session:
        assert store.count_untrusted(session, NOON) == 1
        assert store.count_since(session, NOON) == {}
        assert store.count_of_edition(session, DAY) == {}


def test_soft_bounces_on_five_days_suppress_and_forged_ones_do_not_count(database, ids):
    soft = replace(HARD, kind=FeedbackKind.SOFT, status="5.2.2", subscriber_id=ids[ANN])
    for day in range(5):
        at = NOON + timedelta(days=day)
        assert state(database) is SubscriberState.ACTIVE
        forged = replace(soft, reference=f"forged/{day}", trusted=False)
        record(database, forged, RULES, at - timedelta(days=5))
        for time in range(3):
            record(database, replace(soft, reference=f"dsn/{day}/{time}"), RULES, at)
    assert state(database) is SubscriberState.SUPPRESSED


def test_after_a_suppression_is_lifted_the_score_begins_anew(database, ids):
    soft = replace(HARD, kind=FeedbackKind.SOFT, subscriber_id=ids[ANN])
    for day in range(5):
        record(database, replace(soft, reference=f"{day}"), RULES, NOON + timedelta(days=day))
    assert state(database) is SubscriberState.SUPPRESSED
    later = NOON + timedelta(days=4, hours=1)
    suppression.lift(database, ANN, later)
    record(database, replace(soft, reference="5"), RULES, later + timedelta(days=1))
    assert why(database) is None


def test_blocked_mail_blames_nobody_and_is_told_to_the_operator(database, ids):
    for number, address in enumerate((ANN, BOB)):
        blocked = replace(HARD, kind=FeedbackKind.BLOCKED, words="554 5.7.1 SPF failed")
        blocked = replace(blocked, reference=str(number), subscriber_id=ids[address])
        assert record(database, blocked, BounceRules(1, 1, 1), NOON) == Recorded(new=1)
    with database.read() as session:
        assert store.blocked(session, NOON) == [("554 5.7.1 SPF failed", 2, NOON)]
        assert store.count_of_edition(session, DAY) == {FeedbackKind.BLOCKED: 2}


def test_who_is_not_subscribed_keeps_their_state(database, ids):
    unsubscribe.unsubscribe(database, ids[ANN], NOON)
    record(database, replace(HARD, subscriber_id=ids[ANN]), RULES, NOON)
    assert state(database) is SubscriberState.UNSUBSCRIBED
    assert why(database).kind is FeedbackKind.HARD


def test_another_bounce_lets_the_suppression_count_from_then_on_and_keeps_its_reason(database, ids):
    record(database, replace(HARD, subscriber_id=ids[ANN]), RULES, NOON)
    later = NOON + timedelta(days=31)
    again = replace(HARD, subscriber_id=ids[ANN], reference="dsn/2", status="5.2.1")
    assert record(database, again, RULES, later) == Recorded(new=1)
    assert why(database).since == later
    assert why(database).reason == "a hard bounce: 550 5.1.1"
    suppression.suppress(database, BOB, "asked for it", NOON)
    record(database, replace(again, subscriber_id=ids[BOB], reference="dsn/3"), RULES, later)
    assert why(database, BOB) == ("asked for it", NOON, "operator", None)


def test_many_at_once_are_recorded_with_few_words_of_any_length(database, ids):
    many = [
        replace(HARD, reference=f"{number}" * 100, words="x@y " * 1000, address=f"r{number}@x.org")
        for number in range(1100)
    ]
    with database.write() as session:
        assert record_all(session, many, RULES, NOON) == Recorded(new=1100, suppressed=1100)
    with database.write() as session:
        assert record_all(session, many, RULES, NOON) == Recorded()


def test_feedback_is_forgotten_and_suppressions_stay(database, ids):
    record(database, replace(HARD, subscriber_id=ids[ANN]), RULES, NOON)
    assert forget(database, NOON) == 0
    assert forget(database, NOON + timedelta(seconds=1)) == 1
    assert why(database) is not None
