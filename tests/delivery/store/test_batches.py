"""The ledger's batches: nobody twice, nobody lost, whoever races."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from digest.delivery.store import batches, leases, planning
from digest.delivery.store.batches import Settlement
from digest.ground.database.tables.delivery import BatchRow, BatchState, DeliveryRow
from digest.model import DeliveryState
from digest.subscribers.store import erasure
from tests.factories import NOON
from tests.races import together
from tests.rows import (
    let_leases_run_out,
    plan,
    plan_edition,
    settle,
    states,
    store_edition,
    store_subscribers,
    take,
)

MINUTE = timedelta(minutes=1)
A, B = "a" * 32, "b" * 32


def test_racers_never_lease_the_same_batch(database):
    edition_id, _, _ = plan_edition(database, 24, batch_size=2)

    def race(racer):
        taken = []
        while batch := take(database, edition_id, lease=f"{racer}-{len(taken)}"):
            taken.append(batch.number)
        return taken

    found = together(*[lambda racer=racer: race(racer) for racer in range(3)])
    numbers = [number for taken in found for number in taken]
    assert sorted(numbers) == list(range(1, 13))
    assert states(database, edition_id) == {DeliveryState.SENDING: 24}


def test_leasing_takes_the_oldest_batch_that_is_open(database):
    edition_id, ids, _ = plan_edition(database, 5, batch_size=2)
    first = take(database, edition_id, lease=A)
    assert (first.number, first.first_subscriber_id, first.last_subscriber_id) == (1, *ids[:2])
    assert take(database, edition_id, lease=B).number == 2
    assert states(database, edition_id) == {DeliveryState.SENDING: 4, DeliveryState.QUEUED: 1}
    with database.read() as session:
        assert batches.count_open(session, edition_id) == 1
        assert leases.leased(session, edition_id, 1, A) == first
        assert leases.leased(session, edition_id, 1, B) is None
        assert leases.leased(session, edition_id, 3, A) is None
    assert take(database, edition_id).number == 3
    assert take(database, edition_id) is None
    assert take(database, 999) is None


def test_the_batch_of_one_reader_can_be_leased_before_its_turn(database):
    edition_id, ids, _ = plan_edition(database, 5, batch_size=2)
    assert take(database, edition_id, only=ids[3]).number == 2
    assert take(database, edition_id, only=ids[2]) is None
    assert take(database, edition_id, only=999_999) is None
    assert take(database, edition_id, only=ids[4]).number == 3


def test_a_settled_batch_is_done_and_stays_so(database):
    edition_id, ids, _ = plan_edition(database, 4)
    batch = take(database, edition_id)
    fates = dict(
        zip(
            ids,
            [DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.SKIPPED, DeliveryState.SENT],
            strict=True,
        )
    )
    assert settle(database, batch, fates, picks=b"8 bytes.")
    assert states(database, edition_id) == {
        DeliveryState.SENT: 2,
        DeliveryState.FAILED: 1,
        DeliveryState.SKIPPED: 1,
    }
    assert take(database, edition_id, now=NOON + timedelta(days=9)) is None
    with database.read() as session:
        row = session.get(DeliveryRow, (edition_id, ids[0]))
        assert (row.attempts, row.uncertain_attempts, row.reply, row.picks) == (
            1,
            0,
            "was sent",
            b"8 bytes.",
        )
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
    assert settle(database, batch, {ids[0]: DeliveryState.SENT})
    assert states(database, edition_id) == {DeliveryState.SENT: 1, DeliveryState.QUEUED: 2}
    assert take(database, edition_id).number == batch.number


def test_nothing_settled_gives_the_batch_back_as_it_was(database):
    edition_id, _, _ = plan_edition(database, 2)
    batch = take(database, edition_id)
    assert settle(database, batch, {})
    assert states(database, edition_id) == {DeliveryState.QUEUED: 2}


@pytest.mark.parametrize("state", [DeliveryState.DEFERRED, DeliveryState.UNCERTAIN])
def test_what_waits_comes_due_exactly_at_its_time(database, state):
    edition_id, ids, _ = plan_edition(database, 2)
    later = NOON + timedelta(minutes=5, microseconds=1)
    batch = take(database, edition_id)
    settle(database, batch, {ids[0]: DeliveryState.SENT, ids[1]: state}, not_before=later)
    assert states(database, edition_id) == {DeliveryState.SENT: 1, state: 1}
    assert take(database, edition_id, now=later - timedelta(microseconds=1)) is None
    assert take(database, edition_id, now=later).number == batch.number
    with database.read() as session:
        row = session.get(DeliveryRow, (edition_id, ids[1]))
        assert row.uncertain_attempts == (1 if state is DeliveryState.UNCERTAIN else 0)


def test_the_batch_comes_due_with_the_first_that_waits_in_it(database):
    edition_id, ids, _ = plan_edition(database, 2)
    for id_, minutes in zip(ids, (9, 4), strict=True):
        batch = take(database, edition_id)
        settle(database, batch, {id_: DeliveryState.DEFERRED}, not_before=NOON + minutes * MINUTE)
    assert take(database, edition_id, now=NOON + 3 * MINUTE) is None
    assert take(database, edition_id, now=NOON + 4 * MINUTE) is not None


def test_uncertain_without_a_time_is_held(database):
    edition_id, ids, _ = plan_edition(database, 1)
    settle(database, take(database, edition_id), {ids[0]: DeliveryState.UNCERTAIN})
    assert take(database, edition_id, now=NOON + timedelta(days=9)) is None
    assert states(database, edition_id) == {DeliveryState.UNCERTAIN: 1}


def test_attempts_and_doubts_add_up(database):
    edition_id, ids, _ = plan_edition(database, 1)
    for state in (
        DeliveryState.UNCERTAIN,
        DeliveryState.DEFERRED,
        DeliveryState.UNCERTAIN,
        DeliveryState.SENT,
    ):
        batch = take(database, edition_id)
        settle(database, batch, {ids[0]: state}, not_before=NOON)
    with database.read() as session:
        row = session.get(DeliveryRow, (edition_id, ids[0]))
        assert (row.attempts, row.uncertain_attempts, row.state) == (4, 2, DeliveryState.SENT)
        assert row.not_before is None


def test_a_stale_lease_writes_nothing(database):
    edition_id, ids, _ = plan_edition(database, 2)
    stale = take(database, edition_id, lease=A)
    assert settle(database, stale, {})
    fresh = take(database, edition_id, lease=B)
    assert not settle(database, stale, dict.fromkeys(ids, DeliveryState.SENT))
    assert states(database, edition_id) == {DeliveryState.SENDING: 2}
    assert settle(database, fresh, dict.fromkeys(ids, DeliveryState.SENT))
    assert not settle(database, fresh, dict.fromkeys(ids, DeliveryState.FAILED))
    assert states(database, edition_id) == {DeliveryState.SENT: 2}


def test_of_two_who_settle_one_lease_one_writes(database):
    """A worker that was thought dead, and the recovery that took its batch over."""
    edition_id, ids, _ = plan_edition(database, 50)
    batch = take(database, edition_id)
    fates = [dict.fromkeys(ids, state) for state in (DeliveryState.SENT, DeliveryState.FAILED)]
    kept = together(*[lambda fate=fate: settle(database, batch, fate) for fate in fates])
    assert sorted(kept) == [False, True]
    assert len(states(database, edition_id)) == 1


def test_a_lease_that_ran_out_is_found(database):
    edition_id, ids, _ = plan_edition(database, 2, batch_size=1)
    batch = take(database, edition_id, lease=A, length=MINUTE)
    with database.read() as session:
        assert leases.expired(session) == []
    let_leases_run_out(database)
    take(database, edition_id, lease=B, length=9 * MINUTE)
    with database.read() as session:
        assert leases.expired(session) == [batch]
    settle(database, batch, {ids[0]: DeliveryState.SENT})
    with database.read() as session:
        assert leases.expired(session) == []


def test_the_counts_add_up_whatever_happens(database):
    """Readers come and go, batches are taken, settled in part, and given back."""
    edition_id, ids, _ = plan_edition(database, 10, batch_size=3)
    fates = [*DeliveryState] * 2
    fates.remove(DeliveryState.SENDING)
    fates.remove(DeliveryState.SENDING)
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
            erasure.erase(session, ids[step], NOON)
        plan(database, edition_id, batch_size=3)
        now += MINUTE
    assert sum(states(database, edition_id).values()) == 18


def test_a_reader_of_many_editions_is_settled_in_the_right_one(database):
    first, ids, papers = plan_edition(database, 1)
    with database.write() as session:
        second = store_edition(session, papers, NOON.date() + timedelta(days=1))
        planning.plan(session, second)
    settle(database, take(database, second), {ids[0]: DeliveryState.SENT})
    assert states(database, first) == {DeliveryState.QUEUED: 1}
    assert states(database, second) == {DeliveryState.SENT: 1}


def test_a_settlement_may_come_from_any_iterable(database):
    edition_id, ids, _ = plan_edition(database, 1)
    batch = take(database, edition_id)
    done = Settlement(ids[0], DeliveryState.SENT, "250 ok", None, attempted=True, picks=None)
    with database.write() as session:
        assert batches.settle(session, batch, iter([done]), now=NOON)
    assert states(database, edition_id) == {DeliveryState.SENT: 1}
