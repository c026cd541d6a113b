"""The ledger's batches: nobody twice, nobody lost, whoever races."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from digest.db import batches, ledger, subscribers
from digest.db.batches import BATCH_SIZE, Settlement
from digest.db.tables import BatchRow, BatchState, DeliveryRow
from digest.model import State, SubscriberState
from tests.factories import NOON
from tests.rows import (
    let_leases_run_out,
    plan_edition,
    settle,
    store_edition,
    store_subscribers,
    take,
)

MINUTE = timedelta(minutes=1)
A, B = "a" * 32, "b" * 32


def plan(database, edition_id, *, only=None):
    with database.write() as session:
        return batches.plan(session, edition_id, only=only)


def states(database, edition_id):
    """Return the states, after checking that they add up to what was planned."""
    with database.read() as session:
        found = ledger.states(session, edition_id)
        assert sum(found.values()) == ledger.planned(session, edition_id)
        return found


def together(*actions):
    """Run actions at the same moment, each in a thread of its own; return what they returned."""
    start = threading.Barrier(len(actions), timeout=30)
    results = [None] * len(actions)
    errors = []

    def run(place, action):
        try:
            start.wait()
            results[place] = action()
        except Exception as exc:  # raised again below, where the test can see it
            errors.append(exc)

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(actions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not errors, errors
    return results


def test_active_readers_are_planned_and_nobody_else(database):
    edition_id, ids, _ = plan_edition(database, 3)
    with database.write() as session:
        for number, state in enumerate(SubscriberState):
            if state is not SubscriberState.ACTIVE:
                store_subscribers(session, 1, state=state, first=100 + number)
    assert plan(database, edition_id) == 0
    with database.read() as session:
        planned = session.scalars(select(DeliveryRow.subscriber_id)).all()
    assert sorted(planned) == ids
    assert states(database, edition_id) == {State.QUEUED: 3}


def test_planning_again_plans_only_who_is_new(database):
    edition_id, ids, _ = plan_edition(database, 2)
    assert plan(database, edition_id) == 0
    with database.write() as session:
        new = store_subscribers(session, 2, first=10)
    assert plan(database, edition_id) == 2
    with database.read() as session:
        rows = session.execute(select(BatchRow.number, BatchRow.first_subscriber_id)).all()
    assert [tuple(row) for row in rows] == [(1, ids[0]), (2, new[0])]


def test_one_reader_alone_can_be_planned(database):
    edition_id, _, _ = plan_edition(database, 0)
    with database.write() as session:
        ids = store_subscribers(session, 3)
        (paused,) = store_subscribers(session, 1, state=SubscriberState.PAUSED, first=10)
    assert plan(database, edition_id, only=ids[1]) == 1
    assert plan(database, edition_id, only=ids[1]) == 0
    assert plan(database, edition_id, only=paused) == 0
    assert plan(database, edition_id, only=999_999) == 0
    assert plan(database, edition_id) == 2


def test_batches_hold_so_many_readers_in_the_order_of_their_ids(database):
    _, ids, _ = plan_edition(database, 2 * BATCH_SIZE + 1)
    with database.read() as session:
        rows = session.scalars(select(BatchRow).order_by(BatchRow.number)).all()
        found = [
            (row.number, row.first_subscriber_id, row.last_subscriber_id, row.state) for row in rows
        ]
    assert found == [
        (1, ids[0], ids[BATCH_SIZE - 1], BatchState.OPEN),
        (2, ids[BATCH_SIZE], ids[2 * BATCH_SIZE - 1], BatchState.OPEN),
        (3, ids[-1], ids[-1], BatchState.OPEN),
    ]


def test_two_who_plan_at_once_plan_nobody_twice(database):
    edition_id, _, _ = plan_edition(database, 0)
    with database.write() as session:
        store_subscribers(session, 700)
    counts = together(*[lambda: plan(database, edition_id)] * 4)
    assert sum(counts) == 700
    assert states(database, edition_id) == {State.QUEUED: 700}
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(BatchRow)) == 2


def test_racers_never_lease_the_same_batch(database, monkeypatch):
    monkeypatch.setattr(batches, "BATCH_SIZE", 2)
    edition_id, _, _ = plan_edition(database, 24)

    def race(racer):
        taken = []
        while batch := take(database, edition_id, lease=f"{racer}-{len(taken)}"):
            taken.append(batch.number)
        return taken

    found = together(*[lambda racer=racer: race(racer) for racer in range(3)])
    numbers = [number for taken in found for number in taken]
    assert sorted(numbers) == list(range(1, 13))
    assert states(database, edition_id) == {State.SENDING: 24}


def test_leasing_takes_the_oldest_batch_that_is_open(database, monkeypatch):
    monkeypatch.setattr(batches, "BATCH_SIZE", 2)
    edition_id, ids, _ = plan_edition(database, 5)
    first = take(database, edition_id, lease=A)
    assert (first.number, first.first_subscriber_id, first.last_subscriber_id) == (1, *ids[:2])
    assert take(database, edition_id, lease=B).number == 2
    assert states(database, edition_id) == {State.SENDING: 4, State.QUEUED: 1}
    with database.read() as session:
        assert batches.count_open(session, edition_id) == 1
        assert batches.leased(session, edition_id, 1, A) == first
        assert batches.leased(session, edition_id, 1, B) is None
        assert batches.leased(session, edition_id, 3, A) is None
    assert take(database, edition_id).number == 3
    assert take(database, edition_id) is None
    assert take(database, 999) is None


def test_the_batch_of_one_reader_can_be_leased_before_its_turn(database, monkeypatch):
    monkeypatch.setattr(batches, "BATCH_SIZE", 2)
    edition_id, ids, _ = plan_edition(database, 5)
    assert take(database, edition_id, only=ids[3]).number == 2
    assert take(database, edition_id, only=ids[2]) is None
    assert take(database, edition_id, only=999_999) is None
    assert take(database, edition_id, only=ids[4]).number == 3


def test_a_settled_batch_is_done_and_stays_so(database):
    edition_id, ids, _ = plan_edition(database, 4)
    batch = take(database, edition_id)
    fates = dict(zip(ids, [State.SENT, State.FAILED, State.SKIPPED, State.SENT], strict=True))
    assert settle(database, batch, fates, picks=b"8 bytes.")
    assert states(database, edition_id) == {State.SENT: 2, State.FAILED: 1, State.SKIPPED: 1}
    assert take(database, edition_id, now=NOON + timedelta(days=9)) is None
    with database.read() as session:
        row = session.get(DeliveryRow, (edition_id, ids[0]))
        assert (row.attempts, row.doubts, row.reply, row.picks) == (1, 0, "was sent", b"8 bytes.")
        assert row.settled_at == NOON
        assert session.get(DeliveryRow, (edition_id, ids[2])).attempts == 0
        done = session.scalars(select(BatchRow)).one()
        assert (done.state, done.lease, done.worker, done.leased_until) == (
            BatchState.DONE,
            None,
            None,
            None,
        )


def test_who_was_not_reached_is_queued_as_before(database):
    edition_id, ids, _ = plan_edition(database, 3)
    batch = take(database, edition_id)
    assert settle(database, batch, {ids[0]: State.SENT})
    assert states(database, edition_id) == {State.SENT: 1, State.QUEUED: 2}
    assert take(database, edition_id).number == batch.number


def test_nothing_settled_gives_the_batch_back_as_it_was(database):
    edition_id, _, _ = plan_edition(database, 2)
    batch = take(database, edition_id)
    assert settle(database, batch, {})
    assert states(database, edition_id) == {State.QUEUED: 2}


@pytest.mark.parametrize("state", [State.DEFERRED, State.UNCERTAIN])
def test_what_waits_comes_due_exactly_at_its_time(database, state):
    edition_id, ids, _ = plan_edition(database, 2)
    later = NOON + timedelta(minutes=5, microseconds=1)
    batch = take(database, edition_id)
    settle(database, batch, {ids[0]: State.SENT, ids[1]: state}, not_before=later)
    assert states(database, edition_id) == {State.SENT: 1, state: 1}
    assert take(database, edition_id, now=later - timedelta(microseconds=1)) is None
    assert take(database, edition_id, now=later).number == batch.number
    with database.read() as session:
        row = session.get(DeliveryRow, (edition_id, ids[1]))
        assert row.doubts == (1 if state is State.UNCERTAIN else 0)


def test_the_batch_comes_due_with_the_first_that_waits_in_it(database):
    edition_id, ids, _ = plan_edition(database, 2)
    for id_, minutes in zip(ids, (9, 4), strict=True):
        batch = take(database, edition_id)
        settle(database, batch, {id_: State.DEFERRED}, not_before=NOON + minutes * MINUTE)
    assert take(database, edition_id, now=NOON + 3 * MINUTE) is None
    assert take(database, edition_id, now=NOON + 4 * MINUTE) is not None


def test_uncertain_without_a_time_is_held(database):
    edition_id, ids, _ = plan_edition(database, 1)
    settle(database, take(database, edition_id), {ids[0]: State.UNCERTAIN})
    assert take(database, edition_id, now=NOON + timedelta(days=9)) is None
    assert states(database, edition_id) == {State.UNCERTAIN: 1}


def test_attempts_and_doubts_add_up(database):
    edition_id, ids, _ = plan_edition(database, 1)
    for state in (State.UNCERTAIN, State.DEFERRED, State.UNCERTAIN, State.SENT):
        batch = take(database, edition_id)
        settle(database, batch, {ids[0]: state}, not_before=NOON)
    with database.read() as session:
        row = session.get(DeliveryRow, (edition_id, ids[0]))
        assert (row.attempts, row.doubts, row.state) == (4, 2, State.SENT)
        assert row.not_before is None


def test_a_stale_lease_writes_nothing(database):
    edition_id, ids, _ = plan_edition(database, 2)
    stale = take(database, edition_id, lease=A)
    assert settle(database, stale, {})
    fresh = take(database, edition_id, lease=B)
    assert not settle(database, stale, dict.fromkeys(ids, State.SENT))
    assert states(database, edition_id) == {State.SENDING: 2}
    assert settle(database, fresh, dict.fromkeys(ids, State.SENT))
    assert not settle(database, fresh, dict.fromkeys(ids, State.FAILED))
    assert states(database, edition_id) == {State.SENT: 2}


def test_of_two_who_settle_one_lease_one_writes(database):
    """A worker that was thought dead, and the recovery that took its batch over."""
    edition_id, ids, _ = plan_edition(database, 50)
    batch = take(database, edition_id)
    fates = [dict.fromkeys(ids, state) for state in (State.SENT, State.FAILED)]
    kept = together(*[lambda fate=fate: settle(database, batch, fate) for fate in fates])
    assert sorted(kept) == [False, True]
    assert len(states(database, edition_id)) == 1


def test_a_lease_that_ran_out_is_found(database, monkeypatch):
    monkeypatch.setattr(batches, "BATCH_SIZE", 1)
    edition_id, ids, _ = plan_edition(database, 2)
    batch = take(database, edition_id, lease=A, until=NOON + MINUTE)
    with database.read() as session:
        assert batches.expired(session, now=NOON + MINUTE) == []
    let_leases_run_out(database)
    take(database, edition_id, lease=B, until=NOON + 9 * MINUTE)
    with database.read() as session:
        assert batches.expired(session, now=NOON + 2 * MINUTE) == [batch]
    settle(database, batch, {ids[0]: State.SENT})
    with database.read() as session:
        assert batches.expired(session, now=NOON + 2 * MINUTE) == []


def test_the_counts_add_up_whatever_happens(database, monkeypatch):
    """Readers come and go, batches are taken, settled in part, and given back."""
    monkeypatch.setattr(batches, "BATCH_SIZE", 3)
    edition_id, ids, _ = plan_edition(database, 10)
    fates = [*State] * 2
    fates.remove(State.SENDING)
    fates.remove(State.SENDING)
    now = NOON
    for step in range(8):
        states(database, edition_id)
        batch = take(database, edition_id, lease=f"{step}", now=now)
        states(database, edition_id)
        if batch is not None:
            first, last = batch.first_subscriber_id, batch.last_subscriber_id
            inside = [id_ for id_ in ids if first <= id_ <= last]
            fate = {id_: fates[(step + place) % len(fates)] for place, id_ in enumerate(inside)}
            settle(database, batch, fate, not_before=now + MINUTE)
        with database.write() as session:
            ids += store_subscribers(session, 1, first=100 + step)
            subscribers.remove(session, ids[step])
        plan(database, edition_id)
        now += MINUTE
    assert sum(states(database, edition_id).values()) == 18


def test_a_reader_of_many_editions_is_settled_in_the_right_one(database):
    first, ids, papers = plan_edition(database, 1)
    with database.write() as session:
        second = store_edition(session, papers, NOON.date() + timedelta(days=1))
        batches.plan(session, second)
    settle(database, take(database, second), {ids[0]: State.SENT})
    assert states(database, first) == {State.QUEUED: 1}
    assert states(database, second) == {State.SENT: 1}


def test_a_settlement_may_come_from_any_iterable(database):
    edition_id, ids, _ = plan_edition(database, 1)
    batch = take(database, edition_id)
    done = Settlement(ids[0], State.SENT, "250 ok", None, attempted=True, picks=None)
    with database.write() as session:
        assert batches.settle(session, batch, iter([done]), now=NOON)
    assert states(database, edition_id) == {State.SENT: 1}
