"""A worker of a fleet: takes batches as jobs out of PostgreSQL and sends them.

Each of its processes is a Procrastinate worker of its own with one job at a time, woken by NOTIFY.
The process above starts them anew when they die, settles what lost workers left, and sees to it
that every open batch has a job. A job is only a wake-up: that it comes twice, late or never is
harmless, because the lease of the batch decides (ADR 13).
"""

import asyncio
import logging
import math
import multiprocessing
import os
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from datetime import date
from functools import cache
from multiprocessing.context import SpawnProcess
from threading import Lock
from typing import Any

import structlog
from procrastinate import App as Queue
from procrastinate import PsycopgConnector
from procrastinate.exceptions import ConnectorException
from sqlalchemy.exc import SQLAlchemyError

from digest.app import App, build_app
from digest.delivery import leasing
from digest.delivery.send_report import make_report
from digest.delivery.sender import Sender
from digest.delivery.store import jobs
from digest.errors import DigestError
from digest.ground.logs import configure_logs
from digest.ground.signals import stopped_by_signal
from digest.model import DeliveryState
from digest.operations.rules.alerts import judge_run
from digest.settings import Settings
from digest.workers import run_task

Stop = Callable[[], bool]

SWEEPS_A_LEASE = 8
LONGEST_SWEEP_SECONDS = 15.0
REST_SECONDS = 15.0  # after trouble with the relay, the database or the edition
_QUIET_SECONDS = 5.0  # without a job: the wave is over
_LOOK_SECONDS = 0.2
_CONNECTION_SECONDS = 5.0  # for the queue to get a connection: what it asks is soon asked again
_START_SECONDS = 2.0  # between two times that dead processes are replaced
_log = logging.getLogger(__name__)


def run(app: App, stop: Stop) -> None:
    """Be a worker on PostgreSQL until told to stop."""
    wanted = app.settings.processes
    every = min(LONGEST_SWEEP_SECONDS, app.settings.lease_seconds / SWEEPS_A_LEASE)
    crew: list[SpawnProcess] = []
    next_sweep = next_start = 0.0
    while not stop():
        now = time.monotonic()
        if now >= next_sweep:
            next_sweep = now + every
            _sweep_if_possible(app)
        crew = [each for each in crew if each.is_alive()]
        if len(crew) < wanted and now >= next_start:
            next_start = now + _START_SECONDS
            crew += [_start(app.settings) for _ in range(wanted - len(crew))]
        time.sleep(_LOOK_SECONDS)
    for each in crew:
        each.terminate()
    for each in crew:
        each.join()


def _sweep_if_possible(app: App) -> None:
    try:
        report = sweep(app)
    except (DigestError, SQLAlchemyError) as exc:
        _log.warning("what lost workers left could not be looked for; trying again: %s", exc)
    else:
        run_task.run(app.database, "send", lambda: report, app.clock)


def sweep(app: App) -> dict[str, Any]:
    """Settle what lost workers left, and give every open batch a job."""
    recovered = app.delivery.recover()
    with app.database.write() as session:
        jobs.sweep(session)
    return {"recovered": {state.value: count for state, count in recovered.items()}}


def _start(settings: Settings) -> SpawnProcess:
    context = multiprocessing.get_context("spawn")
    bound = structlog.contextvars.get_contextvars()
    process = context.Process(target=_work, args=(settings, os.getpid(), bound))
    process.start()
    return process


def _work(settings: Settings, parent: int, bound: Mapping[str, Any]) -> None:
    """Be one of the processes, until told to stop or alone."""
    configure_logs(settings.log_format, settings.log_level)
    for name in ("procrastinate", "psycopg.pool"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # what matters is said here
    structlog.contextvars.bind_contextvars(**bound)
    app = build_app(settings)
    with stopped_by_signal(settings.drain_seconds, of_parent=True) as event:
        hand = Hand(app, lambda: event.is_set() or os.getppid() != parent)
        asyncio.run(_serve(app, hand))
    app.close()


async def _serve(app: App, hand: "Hand") -> None:
    """Take jobs until told to stop; when the database goes away, wait for it."""
    asyncio.get_running_loop().set_exception_handler(_tell)
    while not hand.stop():
        try:
            # The queue itself would wait for the database, deaf to a stop.
            await asyncio.to_thread(lambda: app.database.knock())
            queue = Queue(connector=_connector(app))

            @queue.task(name=jobs.TASK, queue=jobs.QUEUE)
            async def send_batch(edition_id: int, number: int) -> None:
                await asyncio.to_thread(hand.send, edition_id, number)

            async with queue.open_async():
                await _take_jobs(queue, hand)
        except Exception as exc:  # of whatever kind: the queue is where the database is
            _log.warning("The queue cannot be reached; trying again: %s", exc)
            await asyncio.sleep(1)
    await asyncio.to_thread(hand.end_wave)


def _tell(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Say in words that the end of a job could not be noted; a sweep makes up for it."""
    if isinstance(context.get("exception"), ConnectorException):
        _log.warning("The queue could not note that a job is done; the next sweep tidies up.")
    else:
        loop.default_exception_handler(context)


def _connector(app: App) -> PsycopgConnector:
    database = app.database
    url = database.url.set(drivername="postgresql").render_as_string(hide_password=False)
    options: dict[str, Any] = {"timeout": _CONNECTION_SECONDS, "kwargs": database.patience}
    return PsycopgConnector(conninfo=url, min_size=1, max_size=3, **options)


async def _take_jobs(queue: Queue, hand: "Hand") -> None:
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
        if hand.stop():
            worker.cancel()  # it waits for its job, which knows of the stop
            await asyncio.wait([worker])
            return
        if hand.is_quiet:
            await asyncio.to_thread(hand.end_wave)
    worker.result()


class Hand:
    """What one process sends with: the edition and the relay stay at hand while jobs keep coming.

    All jobs of one edition until a few seconds pass without one are a wave, and leave one report.
    """

    def __init__(self, app: App, stop: Stop) -> None:
        self.stop = stop
        self._app = app
        self._one_at_a_time = Lock()  # a new worker may begin while an old one's job still ends
        self._wave: _Wave | None = None
        self._rests_until = 0.0

    @property
    def is_quiet(self) -> bool:
        """Whether no job came for a while, and there is a wave to end."""
        wave = self._wave
        return wave is not None and time.monotonic() - wave.quiet_since > _QUIET_SECONDS

    def send(self, edition_id: int, number: int) -> None:
        """Send a batch, if it is due and nobody else's; no error goes further than the log."""
        with self._one_at_a_time:
            try:
                self._send(edition_id, number)
            except Exception as exc:  # else the queue would have it, and keep it to itself
                unforeseen = not isinstance(exc, DigestError | SQLAlchemyError)
                _log.error("batch %d was not sent to its end: %s", number, exc, exc_info=unforeseen)
                self._end_wave(str(exc))
                self._rests_until = time.monotonic() + REST_SECONDS
            self._rest()

    def _send(self, edition_id: int, number: int) -> None:
        day = leasing.due_batch(self._app.database, edition_id, number, now=self._app.clock())
        if day is None or not self._app.editions.freshness.allows(day, self._app.clock()):
            return
        if self._wave is None or self._wave.day != day:
            self._end_wave()
            self._wave = _Wave(self._app, day, self.stop)
        self._wave.send(number)

    def _rest(self) -> None:
        """Let another process have the next job, and not all of them fail at once."""
        while time.monotonic() < self._rests_until and not self.stop():
            time.sleep(_LOOK_SECONDS)

    def end_wave(self) -> None:
        """Close the connections and leave a report of what was sent since the last one."""
        with self._one_at_a_time:
            if self.is_quiet or self.stop():
                self._end_wave()

    def _end_wave(self, trouble: str = "") -> None:
        wave, self._wave = self._wave, None
        if wave is None:
            return
        try:
            wave.end(trouble)
        except (DigestError, SQLAlchemyError) as exc:
            _log.error("the report of a wave could not be kept: %s", exc)


class _Wave:
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

    def send(self, number: int) -> None:
        """Send one batch."""
        self.quiet_since = math.inf
        self._outcomes += self._sender.run(number=number)
        self.quiet_since = time.monotonic()

    def end(self, trouble: str) -> None:
        """Close the connections; leave a report. trouble: why it ended, if not in peace."""
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
            note.trouble = trouble or judge_run(found.outcomes, balanced=found.balanced)
