"""Runs periodic tasks by their schedules, in threads, until it is closed.

APScheduler does the work: it coalesces what was missed, runs it however late, and never runs a task
beside itself. It keeps its jobs in memory and shares nothing, so any number of schedulers may run.
What was missed while none ran is done once, in the order of the tasks, before the schedules begin.
"""

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from threading import Event
from time import monotonic

from apscheduler.events import EVENT_JOB_EXECUTED, JobExecutionEvent
from apscheduler.executors.pool import BasePoolExecutor
from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger

from digest.app import App
from digest.errors import SchemaError
from digest.ground.logs import log_error
from digest.ground.time.cron import Cron
from digest.scheduler.tasks import Task, timetable
from digest.workers import run_task

JUMP_SECONDS = 30.0  # more than that between two looks, and the clock was set or the machine slept
_LOOK_SECONDS = 5.0
_CATCH_UP = "catch up"
_log = logging.getLogger(__name__)


class Scheduler:
    """Runs periodic tasks; a context in which they run.

    stop: once it is set, tasks that send finish what is in flight. monotonic: seconds that no
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
        self._outdated: SchemaError | None = None
        logging.getLogger("apscheduler").setLevel(logging.ERROR)  # a long send is no warning
        self._threads = ThreadPoolExecutor(len(tasks) + 1)
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": _Executor(self._threads)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        self._scheduler.add_listener(self._follow_up, EVENT_JOB_EXECUTED)

    def __enter__(self) -> "Scheduler":
        """Start; what was missed comes first."""
        self._app.database  # noqa: B018 -- made here, so that no two threads make it at once
        self._scheduler.start()
        self.catch_up()
        return self

    def __exit__(self, *_: object) -> None:
        """Begin no other task; wait for those that run.

        They are waited for here, as APScheduler would hold locks meanwhile that their ends need.
        It must not be stopped in the middle of a look at its jobs: it would miss the one that it
        is about to remove. So it is paused first, and asked for its jobs, which waits for that.
        """
        self._stop.set()
        self._scheduler.pause()
        self._scheduler.get_jobs()
        self._scheduler.shutdown(wait=False)
        self._threads.shutdown()

    def wait(self) -> None:
        """Wait until the stop is set, and notice meanwhile when the clock jumps.

        SchemaError when a task found the database migrated: the process is to end.
        """
        while not self._stop.wait(_LOOK_SECONDS):
            if self.jumped():
                self.catch_up()
        if self._outdated is not None:
            raise self._outdated

    def jobs(self) -> list[str]:
        """Return the names of what runs by its schedule, once what was missed is done."""
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
        self._scheduler.remove_all_jobs()
        self._scheduler.add_job(self._catch_up, id=_CATCH_UP, replace_existing=True)

    def run_now(self, name: str) -> None:
        """Run a task at once, without waiting for its schedule; afterwards it goes on by that."""
        with suppress(JobLookupError):  # it is not there yet, or the scheduler ends
            self._scheduler.modify_job(name, next_run_time=datetime.now(UTC))

    def _catch_up(self) -> None:
        missed = self._find_missed()
        for task in self._tasks:
            if task.name in missed and not task.sends:
                self._run(task)
        for task in self._tasks:
            if not self._stop.is_set():
                trigger = _Trigger(self._schedules[task.name])
                self._scheduler.add_job(
                    self._run, trigger, args=[task], id=task.name, replace_existing=True
                )
                if task.sends:
                    self.run_now(task.name)

    def _find_missed(self) -> set[str]:
        try:
            return run_task.find_missed(self._app.database, self._schedules, self._app.clock())
        except Exception as exc:  # the schedules must go on, whatever became of the database
            log_error(_log, "What was missed cannot be told", exc)
            return set()

    def _run(self, task: Task) -> run_task.Report:
        if self._stop.is_set():
            return None

        def work() -> run_task.Report:
            self._app.look_at_catalogue()
            return task.run(self._app, self._stop.is_set)

        try:
            return run_task.run(self._app.database, task.name, work, self._app.clock)
        except SchemaError as exc:
            self._outdated = exc
            self._stop.set()
            return None

    def _follow_up(self, event: JobExecutionEvent) -> None:
        """Send what a task has planned without waiting for the minute."""
        if event.retval and event.retval.get("planned") and not self._stop.is_set():
            for task in self._tasks:
                if task.sends:
                    self.run_now(task.name)


class _Executor(BasePoolExecutor):  # type: ignore[misc]  # APScheduler has no types
    """Runs jobs in threads that whoever made them waits for."""

    def __init__(self, threads: ThreadPoolExecutor) -> None:
        super().__init__(threads)


class _Trigger(BaseTrigger):  # type: ignore[misc]
    """Fires by a schedule; what was missed meanwhile counts once, so only what comes matters."""

    def __init__(self, cron: Cron) -> None:
        self._cron = cron

    def get_next_fire_time(self, _previous: datetime | None, now: datetime) -> datetime:
        """Return the next fire, as APScheduler asks for it."""
        return self._cron.next_after(now)
