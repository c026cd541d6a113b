"""One periodic task: how it went is recorded, an error ends nothing, a clock set back counts."""

from datetime import timedelta

import pytest

from digest.errors import UnreachableError
from digest.ground.database.engine import Database
from digest.ground.time.cron import parse_cron
from digest.runs.store import tasks
from digest.subscribers.store import schedules
from digest.workers import run_task
from tests.factories import NOON
from tests.rows import store_subscribers


def last(database, name="plan"):
    with database.read() as session:
        return tasks.all_by_name(session)[name]


def test_a_tick_leaves_word_of_how_it_went(database):
    assert run_task.run(database, "plan", lambda: {"planned": 3}, lambda: NOON) == {"planned": 3}
    found = last(database)
    assert (found.started_at, found.finished_at) == (NOON, NOON)
    assert (found.error, found.report) == ("", {"planned": 3})


def test_a_tick_that_fails_is_logged_with_its_place_and_keeps_the_last_report(database, caplog):
    def fail():
        raise ValueError("no such thing")

    run_task.run(database, "plan", lambda: {"planned": 3}, lambda: NOON)
    assert run_task.run(database, "plan", fail, lambda: NOON) is None
    found = last(database)
    assert found.error.startswith("ValueError: no such thing (")
    assert "test_run_task.py, line" in found.error
    assert found.report == {"planned": 3}
    assert "'plan' failed" in caplog.text
    run_task.run(database, "plan", lambda: None, lambda: NOON)
    assert last(database).error == ""


def test_what_ran_before_its_last_fire_was_missed(database):
    daily = {"tidy": parse_cron("30 3 * * *", "UTC")}
    assert run_task.find_missed(database, daily, NOON) == {"tidy"}
    run_task.run(database, "tidy", lambda: None, lambda: NOON)
    assert run_task.find_missed(database, daily, NOON + timedelta(hours=12)) == set()
    assert run_task.find_missed(database, daily, NOON + timedelta(days=9)) == {"tidy"}


@pytest.mark.parametrize(("minutes", "looked_at"), [(2, False), (60, True)])
def test_after_the_clock_was_set_back_the_rota_is_looked_at_anew(database, minutes, looked_at):
    with database.write() as session:
        store_subscribers(session, 1)
        schedules.advance(
            session, schedules.list_all(session)[0], next_due_at=NOON + timedelta(days=300)
        )
    run_task.run(database, "plan", lambda: None, lambda: NOON)
    run_task.run(database, "plan", lambda: None, lambda: NOON - timedelta(minutes=minutes))
    with database.read() as session:
        assert bool(schedules.list_due(session, NOON)) is looked_at


def test_a_database_that_is_lost_on_the_way_is_no_end_either(database, caplog):
    def lose():
        with database.write() as session:
            session.connection().exec_driver_sql("DROP TABLE tasks")

    assert run_task.run(database, "plan", lose, lambda: NOON) is None
    assert "could not be recorded" in caplog.text


def test_an_outage_is_told_in_words_without_a_place_in_the_code(database, caplog):
    def reach():
        raise UnreachableError("The database broke off: it is gone")

    assert run_task.run(database, "send", reach, lambda: NOON) is None
    assert last(database, "send").error == "The database broke off: it is gone"
    assert "The periodic task 'send' failed: The database broke off" in caplog.text
    assert "Traceback" not in caplog.text


def test_a_database_that_is_away_ends_no_tick_and_fills_no_log(tmp_path, caplog):
    gone = Database(f"sqlite:///{tmp_path}/no/such/folder/digest.db")
    assert run_task.run(gone, "plan", lambda: None, lambda: NOON) is None
    gone.close()
    assert "could not be recorded: The database" in caplog.text
    assert "Traceback" not in caplog.text
