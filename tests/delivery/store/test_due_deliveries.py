"""Who is due, what he wants, and what he has been sent before."""

from datetime import timedelta

import pytest

from digest.delivery.store import due_deliveries, planning, reasons
from digest.editions.store import offered
from digest.ground.tokens.nonces import Binding
from digest.model import (
    DeliveryState,
    Pick,
    Preferences,
    Reader,
    Reason,
    ReasonKind,
    SubscriberState,
)
from digest.subscribers.store import erasure, subscribers
from tests.factories import DAY, NOON, make_preferences
from tests.rows import plan_edition, settle, store_dump, store_edition, store_subscribers, take

LATER = NOON + timedelta(minutes=5)
TRENDING = Reason(ReasonKind.TRENDING)


def packed(*papers):
    return reasons.pack([Pick(paper, TRENDING) for paper in papers], {TRENDING: 1})


def dues(database, batch, shared=(), now=NOON):
    with database.read() as session:
        return due_deliveries.due(session, batch, shared, now)


def would_be(database, edition_id, shared=(), after=0, now=NOON, limit=500):
    with database.read() as session:
        return due_deliveries.would_be_due(
            session, edition_id, shared, after=after, now=now, limit=limit
        )


def next_day(database, papers):
    """Open and plan a second edition of these papers."""
    with database.write() as session:
        edition_id = store_edition(session, papers, DAY + timedelta(days=1))
        planning.plan(session, edition_id)
        return edition_id, offered.ids_with_any(session, papers)


def test_readers_of_a_batch_come_by_id_with_what_they_want(database):
    edition_id, ids, _ = plan_edition(database, 2)
    wishes = make_preferences({"speech": 2.0}, ["small models"], ["blockchain"], 5)
    with database.write() as session:
        subscribers.set_preferences(session, ids[0], wishes)
    found = dues(database, take(database, edition_id))
    assert [one.subscriber_id for one in found] == ids
    assert [(one.state, one.attempts, one.picks, one.obstacle) for one in found] == [
        (DeliveryState.QUEUED, 0, None, "")
    ] * 2
    nonce = found[0].reader.nonce
    assert found[0].reader == Reader(ids[0], "reader1@example.org", "", wishes, nonce)
    with database.read() as session:
        bound = [subscribers.binding(session, id_) for id_ in ids]
    assert [Binding(one.reader.nonce) for one in found] == bound
    assert found[1].reader.preferences == Preferences()


def test_only_the_readers_of_this_batch_come(database):
    edition_id, ids, _ = plan_edition(database, 5, batch_size=2)
    batch = take(database, edition_id, only=ids[2])
    assert [one.subscriber_id for one in dues(database, batch)] == ids[2:4]


def test_what_is_settled_is_due_no_more_and_what_waits_at_its_time(database):
    edition_id, ids, _ = plan_edition(database, 3)
    batch = take(database, edition_id)
    fates = {
        ids[0]: DeliveryState.SENT,
        ids[1]: DeliveryState.DEFERRED,
        ids[2]: DeliveryState.UNCERTAIN,
    }
    settle(database, batch, fates, not_before=LATER, picks=packed(1))
    assert dues(database, batch, now=LATER - timedelta(microseconds=1)) == []
    found = dues(database, batch, now=LATER)
    assert [(one.subscriber_id, one.state, one.attempts, one.picks) for one in found] == [
        (ids[1], DeliveryState.DEFERRED, 1, packed(1)),
        (ids[2], DeliveryState.UNCERTAIN, 1, packed(1)),
    ]


def test_who_was_erased_or_has_left_is_an_obstacle(database):
    edition_id, ids, _ = plan_edition(database, 4)
    with database.write() as session:
        erasure.erase(session, ids[0], NOON)
        subscribers.set_state(session, ids[1], SubscriberState.UNSUBSCRIBED)
        subscribers.set_state(session, ids[2], SubscriberState.SUPPRESSED)
    found = dues(database, take(database, edition_id))
    assert [one.obstacle for one in found] == [
        "the subscriber was erased",
        "the subscriber is unsubscribed",
        "the subscriber is suppressed",
        "",
    ]
    assert [one.reader is None for one in found] == [True, True, True, False]
    rehearsed = would_be(database, edition_id)
    assert [one.obstacle for one in rehearsed] == [one.obstacle for one in found[1:]]


@pytest.mark.parametrize(
    ("state", "not_before", "holds"),
    [
        (DeliveryState.SENT, None, True),
        (DeliveryState.UNCERTAIN, None, True),
        (DeliveryState.UNCERTAIN, LATER, True),
        (DeliveryState.DEFERRED, LATER, True),
        (DeliveryState.FAILED, None, False),
        (DeliveryState.SKIPPED, None, False),
    ],
)
def test_a_paper_counts_as_sent_while_a_copy_may_reach_its_reader(
    database, state, not_before, holds
):
    first, ids, papers = plan_edition(database, 2)
    batch = take(database, first)
    fates = {ids[0]: state}
    settle(database, batch, fates, not_before=not_before, picks=packed(*papers[:2]))
    second, shared = next_day(database, papers)
    assert shared == [first, second]
    found = dues(database, take(database, second), shared)
    assert [one.reader.sent for one in found] == [
        frozenset(papers[:2] if holds else ()),
        frozenset(),
    ]
    assert would_be(database, second, shared) == found
    with database.read() as session:
        assert due_deliveries.reader(session, second, shared, ids[0]) == (found[0].reader, None)


def test_a_paper_that_may_have_come_stays_sent_when_a_later_attempt_is_refused(database):
    first, ids, papers = plan_edition(database, 1)
    for state in (DeliveryState.UNCERTAIN, DeliveryState.FAILED):
        batch = take(database, first)
        settle(database, batch, {ids[0]: state}, not_before=NOON, picks=packed(papers[0]))
    second, shared = next_day(database, papers)
    (found,) = dues(database, take(database, second), shared)
    assert found.reader.sent == {papers[0]}


def test_papers_of_the_edition_itself_are_not_sent_before(database):
    """Its own picks are repeated, not avoided."""
    edition_id, ids, papers = plan_edition(database, 1)
    batch = take(database, edition_id)
    settle(
        database, batch, {ids[0]: DeliveryState.DEFERRED}, not_before=NOON, picks=packed(papers[0])
    )
    (found,) = dues(database, take(database, edition_id), [edition_id])
    assert (found.reader.sent, found.picks) == (frozenset(), packed(papers[0]))
    with database.read() as session:
        one, picks = due_deliveries.reader(session, edition_id, [edition_id], ids[0])
    assert (one.sent, picks) == (frozenset(), packed(papers[0]))


def test_what_would_be_due_needs_no_plan(database):
    with database.write() as session:
        store_dump(session, DAY, ["Alpha"])
        ids = store_subscribers(session, 3)
        store_subscribers(session, 1, state=SubscriberState.PENDING, first=10)
    found = would_be(database, 0)
    assert [one.subscriber_id for one in found] == ids
    assert {one.state for one in found} == {None}
    assert all(one.reader is not None for one in found)


def test_what_would_be_due_is_what_a_send_would_do(database):
    edition_id, ids, _ = plan_edition(database, 3)
    batch = take(database, edition_id)
    fates = {ids[0]: DeliveryState.SENT, ids[1]: DeliveryState.DEFERRED}
    settle(database, batch, fates, not_before=LATER)
    with database.write() as session:
        (new,) = store_subscribers(session, 1, first=10)
    assert [one.subscriber_id for one in would_be(database, edition_id)] == [ids[2], new]
    found = would_be(database, edition_id, now=LATER)
    assert [(one.subscriber_id, one.state) for one in found] == [
        (ids[1], DeliveryState.DEFERRED),
        (ids[2], DeliveryState.QUEUED),
        (new, None),
    ]


def test_what_would_be_due_comes_in_pages(database):
    with database.write() as session:
        ids = store_subscribers(session, 5)
    seen, after = [], 0
    while found := would_be(database, 0, after=after, limit=2):
        seen += [one.subscriber_id for one in found]
        after = seen[-1]
        assert len(found) <= 2
    assert seen == ids


def test_a_reader_is_found_whatever_the_state(database):
    edition_id, ids, _ = plan_edition(database, 1)
    with database.write() as session:
        subscribers.set_state(session, ids[0], SubscriberState.PAUSED)
    with database.read() as session:
        found, picks = due_deliveries.reader(session, edition_id, [], ids[0])
        assert (found.address, picks) == ("reader1@example.org", None)
        with pytest.raises(LookupError):
            due_deliveries.reader(session, edition_id, [], 999_999)
