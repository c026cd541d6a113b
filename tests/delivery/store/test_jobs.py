"""A job comes with the rows that it is about, or not at all."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta

import pytest
from sqlalchemy import text

from digest.delivery.store import jobs, planning
from digest.ground.database.engine import Database
from digest.model import DeliveryState
from tests.factories import DAY, NOON
from tests.rows import (
    plan_edition,
    settle,
    store_dump,
    store_edition,
    store_subscribers,
    take,
)


@pytest.fixture
def database(postgres_url: str) -> Iterator[Database]:
    database = Database(postgres_url)
    yield database
    database.close()


def queued(database: Database) -> list[tuple[str, str, object]]:
    query = "SELECT args->>'number', status::text, scheduled_at FROM procrastinate_jobs ORDER BY id"
    with database.read() as session:
        return [tuple(row) for row in session.execute(text(query))]


def sweep(database: Database) -> None:
    with database.write() as session:
        jobs.sweep(session)


def run_sql(database: Database, statement: str) -> None:
    with database.write() as session:
        session.execute(text(statement))


def test_each_new_batch_has_a_job(database):
    plan_edition(database, 5, batch_size=2)
    assert queued(database) == [("1", "todo", None), ("2", "todo", None), ("3", "todo", None)]


def test_who_joins_later_gets_a_job_and_nobody_a_second_one(database):
    edition_id, _, _ = plan_edition(database, 2)
    for new in (1, 0):
        with database.write() as session:
            store_subscribers(session, new, first=100)
            planning.plan(session, edition_id)
    assert [number for number, _, _ in queued(database)] == ["1", "2"]


def test_a_plan_that_is_rolled_back_leaves_neither_deliveries_nor_jobs(database):
    """The jobs are inserted by the transaction that plans, not beside it."""
    with database.write() as session:
        store_subscribers(session, 3)
        edition_id = store_edition(session, store_dump(session, DAY, ["Alpha"]))
    with suppress(InterruptedError), database.write() as session:
        assert planning.plan(session, edition_id) == 3
        count = session.scalar(text("SELECT count(*) FROM procrastinate_jobs"))
        assert count == 1  # in here it is there
        assert queued(database) == []  # to all others it is not
        raise InterruptedError
    assert queued(database) == []
    with database.read() as session:
        assert session.scalar(text("SELECT count(*) FROM deliveries")) == 0


def test_a_batch_without_a_job_gets_one(database):
    plan_edition(database, 2)
    run_sql(database, "DELETE FROM procrastinate_jobs")
    for _ in range(2):
        sweep(database)
        assert queued(database) == [("1", "todo", None)]


def test_a_retry_has_a_job_at_its_time(database):
    edition_id, ids, _ = plan_edition(database, 2)
    later = NOON + timedelta(minutes=5)
    batch = take(database, edition_id)
    settle(
        database,
        batch,
        {ids[0]: DeliveryState.SENT, ids[1]: DeliveryState.DEFERRED},
        not_before=later,
    )
    run_sql(database, "DELETE FROM procrastinate_jobs")
    sweep(database)
    assert queued(database) == [("1", "todo", later)]


def test_jobs_of_what_was_sent_without_them_are_dropped(database):
    edition_id, ids, _ = plan_edition(database, 2)
    settle(database, take(database, edition_id), dict.fromkeys(ids, DeliveryState.SENT))
    sweep(database)
    assert queued(database) == []


def test_a_job_whose_worker_is_gone_is_replaced(database):
    plan_edition(database, 2)
    run_sql(database, "INSERT INTO procrastinate_workers (last_heartbeat) VALUES ('2000-01-01')")
    run_sql(database, "SELECT procrastinate_fetch_job_v2(NULL, max(id)) FROM procrastinate_workers")
    assert [status for _, status, _ in queued(database)] == ["doing"]
    sweep(database)
    assert [status for _, status, _ in queued(database)] == ["todo"]


def test_on_sqlite_there_are_no_jobs(sqlite_url):
    database = Database(sqlite_url)
    plan_edition(database, 2)
    sweep(database)
    database.close()
