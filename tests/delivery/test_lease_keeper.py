"""What a lost machine may have begun is known up to one segment, and a lost batch is left alone."""

import itertools
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from time import sleep

import pytest
from sqlalchemy import text

from digest.delivery import recovery
from digest.delivery.lease_keeper import SEGMENT, LeaseKeeper
from digest.delivery.leasing import LeasedBatch
from digest.delivery.store import journal_copies, leases
from digest.delivery.store.batches import Batch
from digest.delivery.store.journal import Journal
from digest.errors import DigestError
from digest.ground.database.engine import Database
from digest.model import DeliveryState, Reply
from tests.factories import NOON
from tests.rows import let_leases_run_out, plan_edition, settle, take

LEASE = "a" * 32
LENGTH = timedelta(seconds=60)
READERS = 3 * SEGMENT


@pytest.fixture
def database(postgres_url: str) -> Iterator[Database]:
    database = Database(postgres_url)
    yield database
    database.close()


@pytest.fixture
def ids(database: Database) -> list[int]:
    return plan_edition(database, READERS)[1]


@pytest.fixture
def batch(database: Database, ids: list[int]) -> Batch:
    batch = take(database, 1, length=LENGTH)
    assert batch is not None
    with database.write() as session:
        journal_copies.add(session, LEASE, 0, 0)
    return batch


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    journal = Journal(tmp_path, LEASE)
    yield journal
    journal.close()


def reached(lease_keeper: LeaseKeeper, ids: list[int]) -> Iterator[int]:
    """Yield the ids whose messages may be begun, until there is one that may not."""
    lease_keeper.expect(ids)
    return itertools.takewhile(lease_keeper.reaches, ids)


def known(database: Database) -> journal_copies.Copy:
    with database.read() as session:
        copy = journal_copies.read(session, LEASE)
    assert copy is not None
    return copy


def test_nobody_beyond_the_high_water_mark_is_handed_out(database, batch, journal, ids):
    with LeaseKeeper(database, LeasedBatch(batch, journal), LENGTH) as lease_keeper:
        handed_out = []
        for id_ in reached(lease_keeper, ids):
            handed_out.append(id_)
            assert id_ <= known(database).high_water_mark <= id_ + SEGMENT
    assert handed_out == ids


def test_what_was_answered_is_known_a_segment_later(database, batch, journal, ids):
    with LeaseKeeper(database, LeasedBatch(batch, journal), LENGTH) as lease_keeper:
        for place, id_ in enumerate(reached(lease_keeper, ids), start=1):
            lease_keeper.begin(id_, b"picks")
            lease_keeper.answer(id_, Reply(250, "2.0.0 Ok"))
            copy = known(database)
            assert place - len(copy.answers) <= SEGMENT
            # The thread may write between the two lines of the message that is under way.
            assert copy.begun.keys() >= copy.answers.keys()
            assert len(copy.begun) - len(copy.answers) <= 1


def test_of_a_lost_machine_only_what_may_have_been_begun_is_uncertain(
    database, batch, journal, ids, tmp_path
):
    with LeaseKeeper(database, LeasedBatch(batch, journal), LENGTH) as lease_keeper:
        for id_ in itertools.islice(reached(lease_keeper, ids), 2 * SEGMENT):
            lease_keeper.begin(id_, b"")
            lease_keeper.answer(id_, Reply(250, "2.0.0 Ok"))
    let_leases_run_out(database)
    found = recovery.recover(database, tmp_path / "elsewhere", now=NOON, uncertain="hold")
    assert found[DeliveryState.SENT] + found[DeliveryState.UNCERTAIN] >= 2 * SEGMENT
    assert 0 < found[DeliveryState.UNCERTAIN] <= SEGMENT + 1
    again = take(database, 1, lease="b" * 32)
    assert again is not None  # the rest of the batch is there for others
    assert not settle(database, batch, {ids[0]: DeliveryState.FAILED})


def test_a_worker_that_began_nobody_leaves_nobody_uncertain(database, batch, tmp_path):
    let_leases_run_out(database)
    assert not recovery.recover(database, tmp_path, now=NOON, uncertain="hold")
    assert take(database, 1) is not None


def test_a_batch_that_is_another_workers_is_left_alone(database, batch, journal, ids):
    short = timedelta(seconds=0.6)
    with LeaseKeeper(database, LeasedBatch(batch, journal), short) as lease_keeper:
        handed_out = reached(lease_keeper, ids)
        next(handed_out)
        assert settle(database, batch, {})  # somebody took it over
        assert len(list(handed_out)) <= SEGMENT  # those are uncertain already
        assert lease_keeper.lost
        with pytest.raises(DigestError, match="another worker's"):
            lease_keeper.begin(ids[0], b"")


def test_the_lease_is_renewed_as_long_as_its_worker_lives(database, batch, journal):
    let_leases_run_out(database)
    with LeaseKeeper(database, LeasedBatch(batch, journal), timedelta(seconds=6)) as lease_keeper:
        while is_expired(database):
            assert not lease_keeper.lost
            sleep(0.02)


def is_expired(database: Database) -> bool:
    with database.read() as session:
        return bool(leases.expired(session))


def test_a_database_that_refuses_the_segment_ends_the_lease_with_a_clear_error(
    database, batch, journal, ids
):
    with database.write() as session:
        session.execute(text("DROP TABLE journal_copies"))
    with LeaseKeeper(database, LeasedBatch(batch, journal), LENGTH) as lease_keeper:
        assert list(reached(lease_keeper, ids)) == []
        assert lease_keeper.lost
        with pytest.raises(DigestError, match='"journal_copies" does not exist'):
            lease_keeper.begin(ids[0], b"")
    assert "digest init" in lease_keeper.failure.hint
