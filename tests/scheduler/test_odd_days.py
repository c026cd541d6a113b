"""The running scheduler under a clock of ours, on the days on which clocks are changed.

One zone for each way in which a clock was or will be changed from 2024 to 2030, of all zones;
`tests/ground/time/test_cron.py` looks at every single change.
"""

import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
from apscheduler.events import EVENT_JOB_EXECUTED, EVENT_JOB_SUBMITTED

from digest.app import build_app
from digest.scheduler.scheduler import Scheduler
from digest.scheduler.tasks import Task
from digest.settings import load_settings
from tests.odd_days import one_of_each_shape
from tests.service import Clock

STEP, HOUR = timedelta(minutes=5), timedelta(hours=1)


class Stepped:
    """A running scheduler whose time goes on by steps; notes when which task ran.

    APScheduler looks at the real time; here it finds ours.
    """

    def __init__(self, monkeypatch, url, start, **schedules):
        self.clock = Clock()
        self.clock.now = start
        self.ran = {name: [] for name in schedules}
        self._open, self._quiet = 0, threading.Condition()
        ours = self.clock

        class Now(datetime):
            @classmethod
            def now(cls, tz=None):
                return ours().astimezone(tz)

        for module in ("schedulers.base", "triggers.date"):
            monkeypatch.setattr(f"apscheduler.{module}.datetime", Now)
        zone = schedules.pop("timezone")
        self.ran.pop("timezone")
        named = {f"schedule_{name}": text for name, text in schedules.items()}
        settings = load_settings(
            database_url=url, secret_key="a key for the tests only", timezone=zone, **named
        )
        self.app = build_app(settings, clock=self.clock)
        tasks = [Task(name, "", self._noting(name)) for name in schedules]
        self.scheduler = Scheduler(self.app, tasks, threading.Event())

    def __enter__(self):
        inner = self.scheduler._scheduler
        inner.add_listener(self._count, EVENT_JOB_SUBMITTED | EVENT_JOB_EXECUTED)
        self.scheduler.__enter__()
        self._wait(lambda: len(self.scheduler.jobs()) == len(self.ran))
        for found in self.ran.values():
            found.clear()  # what was missed is not what we look at
        return self

    def __exit__(self, *_):
        self.scheduler.__exit__()
        self.app.database.close()

    def go_on(self, until):
        while self.clock.now < until:
            self.clock.now += STEP
            self.scheduler._scheduler._process_jobs()  # what its thread does once the time has come
            self._wait(lambda: self._open == 0)

    def _wait(self, is_true):
        deadline = time.monotonic() + 30
        while not is_true():
            assert time.monotonic() < deadline
            with self._quiet:
                self._quiet.wait(0.01)

    def _count(self, event):
        with self._quiet:
            self._open += 1 if event.code == EVENT_JOB_SUBMITTED else -1
            self._quiet.notify_all()

    def _noting(self, name):
        return lambda _app, _stop: self.ran[name].append(self.clock.now)


@pytest.mark.parametrize("change", one_of_each_shape(), ids=lambda one: f"{one.zone} {one.at:%F}")
def test_whatever_clocks_do_no_task_is_silent_or_runs_twice(change, monkeypatch, sqlite_url):
    start, end = change.at - 3 * HOUR, change.at + 3 * HOUR
    odd = min(change.wall_time, change.wall_time + change.after - change.before)
    fixed = odd + timedelta(minutes=15)  # comes twice, or is left out
    schedules = {
        "inbox": "*/5 * * * *",
        "sources": "*/15 * * * *",
        "tidy": f"{fixed.minute} {fixed.hour} * * *",
    }
    with Stepped(monkeypatch, sqlite_url, start, timezone=change.zone, **schedules) as stepped:
        stepped.go_on(end)
    every = [start + number * STEP for number in range(1, 73)]
    assert stepped.ran["inbox"] == every
    assert stepped.ran["sources"] == [each for each in every if each.minute % 15 == 0]
    is_left_out = change.after > change.before
    first = change.at if is_left_out else (fixed - change.before).replace(tzinfo=UTC)
    assert stepped.ran["tidy"] == [first]
