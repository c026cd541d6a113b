"""What a lost machine may have begun is known up to one portion, and a lost batch is left alone."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from time import sleep

import pytest

from digest.delivery import recovery
from digest.delivery.lease_keeper import PORTION, LeaseKeeper
from digest.delivery.store import batches, journal_copies
from digest.delivery.store.batches import Batch
from digest.delivery.store.journal import Journal
from digest.errors import DigestError
from digest.ground.database.engine import Database
from digest.model import DeliveryState, Message, Reply
from tests.factories import NOON
from tests.rows import let_leases_run_out, plan_edition, settle, take

LEASE = "a" * 32
LENGTH = timedelta(seconds=60)
READERS = 3 * PORTION


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
    batch = take(database, 1, until=NOON + LENGTH)
    assert batch is not None
    with database.write() as session:
        journal_copies.add(session, LEASE, 0, 0)
    return batch


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    journal = Journal(tmp_path, LEASE)
    yield journal
    journal.close()


def messages(ids: list[int]) -> Iterator[Message]:
    for id_ in ids:
        yield Message(id_, "from@example.org", f"reader{id_}@example.org", b"")


def known(database: Database) -> journal_copies.Copy:
    with database.read() as session:
        copy = journal_copies.read(session, LEASE)
    assert copy is not None
    return copy


def test_nobody_beyond_the_horizon_is_handed_out(database, batch, journal, ids):
    with LeaseKeeper(database, batch, journal, LENGTH) as lease_keeper:
        handed_out = []
        for message in lease_keeper.within(messages(ids), ids):
            handed_out.append(message.key)
            assert message.key <= known(database).high_water_mark <= message.key + PORTION
    assert handed_out == ids


def test_what_was_answered_is_known_a_portion_later(database, batch, journal, ids):
    with LeaseKeeper(database, batch, journal, LENGTH) as lease_keeper:
        for place, message in enumerate(lease_keeper.within(messages(ids), ids), start=1):
            lease_keeper.begin(message.key, b"picks")
            lease_keeper.answer(message.key, Reply(250, "2.0.0 Ok"))
            copy = known(database)
            assert place - len(copy.answers) <= PORTION
            assert len(copy.begun) == len(copy.answers)


def test_of_a_lost_machine_only_what_may_have_been_begun_is_uncertain(
    database, batch, journal, ids, tmp_path
):
    with LeaseKeeper(database, batch, journal, LENGTH) as lease_keeper:
        handed_out = lease_keeper.within(messages(ids), ids)
        for message, _ in zip(handed_out, range(2 * PORTION), strict=False):
            lease_keeper.begin(message.key, b"")
            lease_keeper.answer(message.key, Reply(250, "2.0.0 Ok"))
    let_leases_run_out(database)
    found = recovery.recover(database, tmp_path / "elsewhere", now=NOON, uncertain="hold")
    assert found[DeliveryState.SENT] + found[DeliveryState.UNCERTAIN] >= 2 * PORTION
    assert 0 < found[DeliveryState.UNCERTAIN] <= PORTION + 1
    again = take(database, 1, lease="b" * 32)
    assert again is not None  # the rest of the batch is there for others
    assert not settle(database, batch, {ids[0]: DeliveryState.FAILED})


def test_a_worker_that_began_nobody_leaves_nobody_in_doubt(database, batch, tmp_path):
    let_leases_run_out(database)
    assert not recovery.recover(database, tmp_path, now=NOON, uncertain="hold")
    assert take(database, 1) is not None


def test_a_batch_that_is_another_workers_is_left_alone(database, batch, journal, ids):
    short = timedelta(seconds=0.6)
    with LeaseKeeper(database, batch, journal, short) as lease_keeper:
        handed_out = lease_keeper.within(messages(ids), ids)
        next(handed_out)
        assert settle(database, batch, {})  # somebody took it over
        assert len(list(handed_out)) <= PORTION  # those are in doubt already
        assert lease_keeper.lost
        with pytest.raises(DigestError, match="another worker's"):
            lease_keeper.begin(ids[0], b"")


def test_the_lease_is_renewed_as_long_as_its_worker_lives(database, batch, journal):
    let_leases_run_out(database)
    with LeaseKeeper(database, batch, journal, timedelta(seconds=6)) as lease_keeper:
        while keeper_is_late(database):
            assert not lease_keeper.lost
            sleep(0.02)


def keeper_is_late(database: Database) -> bool:
    with database.read() as session:
        return bool(batches.expired(session, now=NOON))
