"""The scheduler with its threads: it catches up on what was missed, and survives bad tasks."""

import threading
import time
from dataclasses import replace
from datetime import timedelta

import pytest

from digest.app import build_app
from digest.errors import SettingsError
from digest.runs.store import tasks as stored
from digest.scheduler.scheduler import Scheduler
from digest.scheduler.tasks import EDITION_TIMES, TASKS, Task, timetable
from digest.settings import load_settings


@pytest.fixture
def app(sqlite_url):
    app = build_app(load_settings(database_url=sqlite_url, secret_key="a key for the tests only"))
    yield app
    app.database.close()


class Recorder:
    """Tasks that note that they ran, and tell when so many have."""

    def __init__(self, count: int) -> None:
        self.ran: list[str] = []
        self.enough = threading.Event()
        self._count = count

    def task(self, name: str, *, report=None, fails: bool = False, sends: bool = False) -> Task:
        def run(_app, _stop):
            self.ran.append(name)
            if len(self.ran) >= self._count:
                self.enough.set()
            if fails:
                raise RuntimeError("on purpose")
            return report

        return Task(name, "", run, sends=sends)


def test_what_was_missed_runs_at_once_in_order_and_a_bad_task_ends_nothing(app, caplog):
    seen = Recorder(3)
    tasks = [seen.task("plan", fails=True), seen.task("tidy"), seen.task("send", sends=True)]
    with Scheduler(app, tasks, threading.Event()):
        assert seen.enough.wait(20)
    assert seen.ran[:2] == ["plan", "tidy"]
    assert set(seen.ran) == {"plan", "tidy", "send"}
    with app.database.read() as session:
        known = stored.all_by_name(session)
    assert "on purpose" in known["plan"].error
    assert known["tidy"].finished_at is not None
    assert "'plan' failed" in caplog.text


def test_when_mail_was_planned_it_is_sent_without_waiting_for_the_minute(app):
    seen = Recorder(4)
    tasks = [seen.task("plan", report={"planned": 1}), seen.task("send", sends=True)]
    with Scheduler(app, tasks, threading.Event()) as clock:
        while len(seen.ran) < 2:
            assert not seen.enough.wait(0.05)
        clock.catch_up()  # "plan" ran in this minute: it is not missed
        while len(clock.jobs()) < 2:
            time.sleep(0.01)
        clock.run_now("plan")
        assert seen.enough.wait(20)
    assert seen.ran.count("plan") == 2
    assert seen.ran.count("send") >= 2


def test_a_stop_at_the_start_ends_no_thread_with_an_error(app, monkeypatch):
    errors = []
    monkeypatch.setattr(threading, "excepthook", errors.append)
    task = Recorder(1).task("tidy")
    for pause in range(60):
        with Scheduler(app, [task], threading.Event()):
            time.sleep(pause % 6 / 2000)
    assert errors == []


def test_a_clock_that_jumps_or_a_machine_that_slept_is_noticed(app, caplog):
    machine = [0.0]
    start = app.clock()
    wall = [0.0]
    jumping = replace(app, clock=lambda: start + timedelta(seconds=wall[0]))
    clock = Scheduler(jumping, [], threading.Event(), monotonic=lambda: machine[0])
    for machine[0], wall[0], jumped in ((5, 5, False), (10, 3610, True), (15, 15, True)):
        assert clock.jumped() is jumped
    assert clock.jumped() is False
    assert "jumped by -3600 s" in caplog.text


def test_a_database_that_is_gone_when_it_looks_for_what_was_missed_stops_no_schedule(app, caplog):
    seen = Recorder(1)
    with app.database.write() as session:
        session.connection().exec_driver_sql("DROP TABLE tasks")
    with Scheduler(app, [seen.task("send", sends=True)], threading.Event()) as clock:
        deadline = time.monotonic() + 20
        while clock.jobs() != ["send"]:
            assert time.monotonic() < deadline
            time.sleep(0.01)
    assert "What was missed cannot be told" in caplog.text


def test_waiting_ends_with_the_stop(app):
    stop = threading.Event()
    with Scheduler(app, [], stop) as clock:
        threading.Timer(0.1, stop.set).start()
        clock.wait()
    assert stop.is_set()


def test_every_task_and_edition_time_has_a_schedule_and_every_mistake_is_named(sqlite_url):
    table = timetable(load_settings())
    assert list(table) == [*EDITION_TIMES, *(task.name for task in TASKS)]
    bad = load_settings(schedule_open="soon", schedule_tidy="0 0 31 2 *")
    with pytest.raises(SettingsError) as caught:
        timetable(bad)
    names = [line.partition(":")[0] for line in str(caught.value).splitlines()]
    assert names == ["DIGEST_SCHEDULE_OPEN", "DIGEST_SCHEDULE_TIDY"]
