"""Fires ticks by their schedules, in threads, until it is closed.

APScheduler keeps the jobs in memory and shares nothing: any number of clocks may run. What was
missed while none ran, or while the machine slept, is done once, in the order of the ticks.
"""

import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from threading import Condition, Event, Lock, Thread
from time import monotonic
from typing import Any

from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger

from digest.app import App
from digest.errors import DigestError
from digest.ground.time.cron import Cron
from digest.scheduler.tasks import Task, timetable
from digest.workers import run_task

JUMP_SECONDS = 30.0  # more than that between two looks, and the clock was set or the machine slept
_LOOK_SECONDS = 5.0
_log = logging.getLogger(__name__)


class Scheduler:
    """Runs ticks; a context in which they fire.

    stop: once it is set, ticks that send finish what is in flight. monotonic: seconds that no
    setting of the clock changes.
    """

    def __init__(
        self,
        app: App,
        tasks: Sequence[Task],
        stop: Event,
        *,
        monotonic: Callable[[], float] = monotonic,
    ) -> None:
        table = timetable(app.settings)
        self._app = app
        self._tasks = tasks
        self._schedules = {task.name: table[task.name] for task in tasks}
        self._stop = stop
        self._monotonic = monotonic
        self._seen = (app.clock(), monotonic())
        self._catching_up = Lock()
        self._at_work = 0  # ticks that run at this moment
        self._done = Condition()
        logging.getLogger("apscheduler").setLevel(logging.ERROR)  # a long send is no warning
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )

    def __enter__(self) -> "Scheduler":
        """Start; what was missed comes first."""
        self._app.database  # noqa: B018 -- made here, so that no two threads make it at once
        self._scheduler.start()
        self.catch_up()
        return self

    def __exit__(self, *_: object) -> None:
        """Wait for the ticks that run; begin no other.

        APScheduler's own waiting holds its locks, and a tick that wants to be followed by another
        needs them: so it is not asked to wait, and ticks are counted here.
        """
        self._stop.set()
        with self._catching_up:
            self._scheduler.shutdown(wait=False)
        with self._done:
            self._done.wait_for(lambda: self._at_work == 0)

    def wait(self) -> None:
        """Wait until the stop is set, and notice meanwhile when the clock jumps."""
        while not self._stop.wait(_LOOK_SECONDS):
            if self.jumped():
                self.catch_up()

    def jobs(self) -> list[str]:
        """Return the names of what fires by its schedule, once what was missed is done."""
        return [job.id for job in self._scheduler.get_jobs() if job.id in self._schedules]

    def jumped(self) -> bool:
        """Whether wall clock and machine disagree about how long ago the last call was."""
        before, then = self._seen
        self._seen = (self._app.clock(), self._monotonic())
        wall = (self._seen[0] - before).total_seconds()
        passed = self._seen[1] - then
        if abs(wall - passed) <= JUMP_SECONDS:
            return False
        _log.warning("The clock jumped by %+.0f s, or the machine slept.", wall - passed)
        return True

    def catch_up(self) -> None:
        """Do what was missed, once; then go on by the schedules."""
        Thread(target=self._catch_up, name="catch up", daemon=True).start()

    def _catch_up(self) -> None:
        with self._catching_up:
            if self._stop.is_set():
                return
            self._scheduler.remove_all_jobs()
            missed = self._missed()
            for task in self._tasks:
                if task.name in missed and not task.sends and not self._stop.is_set():
                    self._run(task)
            if not self._stop.is_set():
                self._schedule_all()

    def _schedule_all(self) -> None:
        for task in self._tasks:
            now = {"next_run_time": datetime.now(UTC)} if task.sends else {}
            self._scheduler.add_job(
                self._run,
                _Trigger(self._schedules[task.name]),
                args=[task],
                id=task.name,
                replace_existing=True,
                **now,
            )

    def _missed(self) -> set[str]:
        try:
            return run_task.missed(self._app.database, self._schedules, self._app.clock())
        except DigestError as exc:  # the schedules must go on, whatever became of the database
            _log.error("What was missed cannot be told: %s", exc)
        except Exception:
            _log.exception("What was missed cannot be told.")
        return set()

    def _run(self, task: Task) -> None:
        with self._done:
            self._at_work += 1
        try:
            self._task(task)
        finally:
            with self._done:
                self._at_work -= 1
                self._done.notify_all()

    def _task(self, task: Task) -> None:
        def work() -> run_task.Report:
            return task.run(self._app, self._stop.is_set)

        if self._stop.is_set():
            return
        report = run_task.run(self._app.database, task.name, work, self._app.clock)
        if report and report.get("planned") and not self._stop.is_set():
            self._send_now()

    def _send_now(self) -> None:
        """Do not wait for the minute: there is mail."""
        for task in self._tasks:
            if task.sends:
                with suppress(JobLookupError):  # it ends at this moment
                    self._scheduler.modify_job(task.name, next_run_time=datetime.now(UTC))


class _Trigger(BaseTrigger):  # type: ignore[misc]  # APScheduler has no types
    """Our own reading of cron syntax, so that the clock and its list of next times agree."""

    def __init__(self, cron: Cron) -> None:
        self._cron = cron

    def get_next_fire_time(self, previous: datetime | None, now: datetime) -> Any:
        """Return the next fire, as APScheduler asks for it."""
        return self._cron.next_after(previous or now)
