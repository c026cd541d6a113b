"""A worker of a fleet: takes batches as jobs out of PostgreSQL and sends them.

Each of its processes is a Procrastinate worker of its own with one job at a time, woken by NOTIFY.
The process above replaces those that die, settles what lost workers left, and makes sure that every
open batch has a job. A job is only a wake-up: that it comes twice, late or never is harmless, as
the lease of the batch decides (ADR 13).
"""

import asyncio
import logging
import math
import multiprocessing
import os
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from datetime import date
from functools import cache
from multiprocessing.context import SpawnProcess
from threading import Lock
from typing import Any

from procrastinate import App as Queue
from procrastinate import PsycopgConnector
from procrastinate.exceptions import ConnectorException

from digest.app import App, build_app
from digest.delivery import leasing
from digest.delivery.send_report import make_report
from digest.delivery.sender import Sender
from digest.delivery.store import jobs
from digest.editions.store import editions
from digest.errors import SchemaError
from digest.ground import log_context
from digest.ground.logs import configure_logs, log_error
from digest.ground.signals import stopped_by_signal
from digest.model import DeliveryState
from digest.operations.rules.alerts import judge_run
from digest.outbox.drain_thread import OUTBOX, DrainThread
from digest.settings import Settings
from digest.workers import run_task

Stop = Callable[[], bool]

SWEEPS_A_LEASE = 8
LONGEST_SWEEP_SECONDS = 15.0
BACKOFF_SECONDS = 15.0  # after an error of the mail server, the database or the edition
_QUIET_SECONDS = 5.0  # without a job: the session is over
_LOOK_SECONDS = 0.2
_CONNECTION_SECONDS = 5.0  # for the queue to get a connection: what it asks is soon asked again
_START_SECONDS = 2.0  # between two times that dead processes are replaced
_log = logging.getLogger(__name__)


def run(app: App, stop: Stop, ending: Callable[[], None]) -> None:
    """Be a worker on PostgreSQL until told to stop; SchemaError once the database was migrated.

    ending: called once told to stop, before what is begun is waited for.
    """
    every = min(LONGEST_SWEEP_SECONDS, app.settings.lease_seconds / SWEEPS_A_LEASE)
    processes: list[SpawnProcess] = []
    try:
        with DrainThread(lambda: app.outbox, OUTBOX, stop):
            _keep_processes(app, processes, app.settings.processes, every, stop)
            with suppress(OSError):  # whoever read what is said may have ended by the same signal
                ending()
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.join()


def _keep_processes(
    app: App, processes: list[SpawnProcess], wanted: int, every: float, stop: Stop
) -> None:
    """Replace the processes that die, and sweep, until told to stop."""
    next_sweep = next_start = 0.0
    while not stop():
        now = time.monotonic()
        if now >= next_sweep:
            next_sweep = now + every
            _sweep_if_possible(app)
        processes[:] = [process for process in processes if process.is_alive()]
        if len(processes) < wanted and now >= next_start:
            next_start = now + _START_SECONDS
            processes += [_start(app.settings) for _ in range(wanted - len(processes))]
        time.sleep(_LOOK_SECONDS)


def _sweep_if_possible(app: App) -> None:
    try:
        report = sweep(app)
    except SchemaError:
        raise
    except Exception as exc:
        log_error(_log, "What lost workers left could not be looked for; trying again", exc)
    else:
        run_task.run(app.database, "send", lambda: report, app.clock)


def sweep(app: App) -> dict[str, Any]:
    """Settle what lost workers left, and give every open batch a job.

    HeldError when mail is held: what is queued may have been sent.
    """
    app.look_at_catalogue()
    app.installation.check()
    recovered = app.delivery.recover()
    with app.database.write() as session:
        jobs.sweep(session)
    return {"recovered": {state.value: count for state, count in recovered.items()}}


def _start(settings: Settings) -> SpawnProcess:
    context = multiprocessing.get_context("spawn")
    bound = dict(log_context.bound())
    process = context.Process(target=_work, args=(settings, os.getpid(), bound))
    process.start()
    return process


def _work(settings: Settings, parent: int, bound: Mapping[str, Any]) -> None:
    """Be one of the processes, until told to stop or alone."""
    configure_logs(settings.log_format, settings.log_level)
    for name in ("procrastinate", "psycopg.pool"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # what matters is said here
    log_context.bind(**bound)
    app = build_app(settings)
    with stopped_by_signal(settings.drain_seconds, of_parent=True) as event:
        sender = BatchSender(app, lambda: event.is_set() or os.getppid() != parent)
        asyncio.run(_serve(app, sender))
    app.close()


async def _serve(app: App, sender: "BatchSender") -> None:
    """Take jobs until told to stop; when the database goes away, wait for it."""
    asyncio.get_running_loop().set_exception_handler(_tell)
    while not sender.stop():
        try:
            # The queue itself would wait for the database, deaf to a request to stop.
            await asyncio.to_thread(lambda: app.database.knock())
            queue = Queue(connector=_connector(app))

            @queue.task(name=jobs.TASK, queue=jobs.QUEUE)
            async def send_batch(edition_id: int, number: int) -> None:
                await asyncio.to_thread(sender.send, edition_id, number)

            async with queue.open_async():
                await _take_jobs(queue, sender)
        except Exception as exc:  # of whatever kind: the queue is where the database is
            _log.warning("The queue cannot be reached; trying again: %s", exc)
            await asyncio.sleep(1)
    await asyncio.to_thread(sender.end_session)


def _tell(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Log in words that the end of a job could not be recorded; a sweep makes up for it."""
    if isinstance(context.get("exception"), ConnectorException):
        _log.warning("The queue could not record that a job is done; the next sweep cleans up.")
    else:
        loop.default_exception_handler(context)


def _connector(app: App) -> PsycopgConnector:
    database = app.database
    url = database.url.set(drivername="postgresql").render_as_string(hide_password=False)
    # Nothing is prepared: there may be a pooler, and it would meet other clients' statements.
    kwargs = {**database.patience, "prepare_threshold": None}
    options: dict[str, Any] = {"timeout": _CONNECTION_SECONDS, "kwargs": kwargs}
    return PsycopgConnector(conninfo=url, min_size=1, max_size=3, **options)


async def _take_jobs(queue: Queue, sender: "BatchSender") -> None:
    worker = asyncio.create_task(
        queue.run_worker_async(
            queues=[jobs.QUEUE],
            concurrency=1,
            delete_jobs="always",
            install_signal_handlers=False,
        )
    )
    while not worker.done():
        await asyncio.wait([worker], timeout=_LOOK_SECONDS)
        if sender.stop():
            worker.cancel()  # it waits for its job, which knows of the stop
            await asyncio.wait([worker])
            return
        if sender.is_quiet:
            await asyncio.to_thread(sender.end_session)
    worker.result()


class BatchSender:
    """What one process sends with: its edition and connections stay open while jobs keep coming.

    All jobs of one edition until a few seconds pass without one are a session, with one report.
    """

    def __init__(self, app: App, stop: Stop) -> None:
        self.stop = stop
        self._app = app
        self._one_at_a_time = Lock()  # a new worker may begin while an old one's job still ends
        self._session: _Session | None = None
        self._waits_until = 0.0

    @property
    def is_quiet(self) -> bool:
        """Whether no job came for a while, and there is a session to end."""
        session = self._session
        return session is not None and time.monotonic() - session.quiet_since > _QUIET_SECONDS

    def send(self, edition_id: int, number: int) -> None:
        """Send a batch, if it is due and nobody else's; no error goes further than the log."""
        with self._one_at_a_time:
            try:
                self._send(edition_id, number)
            except Exception as exc:  # else the queue would have it, and keep it to itself
                log_error(_log, f"Batch {number} was not sent to its end", exc)
                self._end_session(str(exc))
                self._waits_until = time.monotonic() + BACKOFF_SECONDS
            self._back_off()

    def _send(self, edition_id: int, number: int) -> None:
        day = leasing.due_batch(self._app.database, edition_id, number, now=self._app.clock())
        if day is None or not self._app.editions.freshness.allows(day, self._app.clock()):
            return
        if self._session is None or self._session.day != day or not self._session.is_current():
            self._end_session()
            self._session = _Session(self._app, day, self.stop)
        self._session.send(number)

    def _back_off(self) -> None:
        """Let another process have the next job, and not all of them fail at once."""
        while time.monotonic() < self._waits_until and not self.stop():
            time.sleep(_LOOK_SECONDS)

    def end_session(self) -> None:
        """Close the connections and leave a report of what was sent since the last one."""
        with self._one_at_a_time:
            if self.is_quiet or self.stop():
                self._end_session()

    def _end_session(self, error: str = "") -> None:
        session, self._session = self._session, None
        if session is None:
            return
        try:
            session.end(error)
        except Exception as exc:
            log_error(_log, "The report of a session could not be saved", exc)


class _Session:
    """Batches of one edition that one process sends with one set of connections."""

    def __init__(self, app: App, day: date, stop: Stop) -> None:
        self.day = day
        self.quiet_since = self._started = time.monotonic()
        self._app = app
        self._outcomes: Counter[DeliveryState] = Counter()
        self._edition = app.editions.open(day)
        composer = cache(lambda: app.composing.composer(self._edition, tried=True))
        self._findings = app.checks.approve(self._edition, composer=composer)
        with ExitStack() as stack:
            relay = stack.enter_context(app.smtp.pool())
            relay.open()
            self._closing = stack.pop_all()
        self._sender: Sender = app.delivery.sender(
            self._edition, relay, composer=composer, stop=stop
        )

    def is_current(self) -> bool:
        """Whether the edition is as it was opened here: an empty one may open again.

        And the editors may have changed it before its first batch.
        """
        with self._app.database.read() as session:
            return editions.is_current(session, self._edition)

    def send(self, number: int) -> None:
        """Send one batch."""
        self.quiet_since = math.inf
        self._outcomes += self._sender.run(number=number)
        self.quiet_since = time.monotonic()

    def end(self, error: str) -> None:
        """Close the connections; leave a report. error: why it ended, if not well."""
        self._closing.close()
        with self._app.run("send") as note:
            found = make_report(
                self._app.database,
                self._edition,
                outcomes=self._outcomes,
                seconds=time.monotonic() - self._started,
                findings=self._findings,
            )
            note.report = found.to_json()
            note.trouble = error or judge_run(found.outcomes, balanced=found.balanced)
