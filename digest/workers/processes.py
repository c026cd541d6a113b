"""The processes of this machine that send one edition together.

Each leases its own batches from the ledger; they share nothing but the database. They are told to
stop by SIGTERM, and stop by themselves when the process that sends with them is gone.
"""

import gc
import multiprocessing
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date, datetime
from multiprocessing.connection import Connection, wait
from multiprocessing.context import (
    ForkServerContext,
    ForkServerProcess,
    SpawnContext,
    SpawnProcess,
)
from pathlib import Path
from threading import Event, Thread
from typing import Any

import structlog

from digest.app import App, build_app
from digest.errors import DigestError
from digest.ground.logs import configure_logs
from digest.ground.signals import stopped_by_signal
from digest.model import DeliveryState
from digest.settings import Settings

_POLL_SECONDS = 0.2
_MORE_THAN_A_BATCH = 200_000  # objects; 500 readers with choices and mails have some 18,000


def freeze_what_is_loaded() -> None:
    """Tell the garbage collector to skip what exists when sending begins.

    Modules and tables live as long as the process. To look through all of them again and again
    costs 0.1 s each time, a third of the time of a long send. What a batch makes goes with it, and
    nearly all without the collector: it need only look when there is more than a batch ever has.
    """
    gc.freeze()
    gc.set_threshold(_MORE_THAN_A_BATCH)


def server() -> ForkServerContext | SpawnContext:
    """What starts processes for one send: a server that has imported this module.

    It is an interpreter that looks for modules where we are called first (Python up to 3.12), so
    not where another copy of this program lies.
    """
    copy = Path("digest", "__init__.py")
    if copy.exists() and not copy.samefile(Path(__file__).parents[1] / "__init__.py"):
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    return context


def send_in(
    processes: int,
    context: ForkServerContext | SpawnContext,
    app: App,
    on: date,
    *,
    stop: Callable[[], bool],
    progress: Callable[[int], None],
) -> Counter[DeliveryState]:
    """Start the processes and add up what they report.

    One that dies is not replaced: the others do its share, and it is a DigestError when none is
    left. The first DigestError of any of them is raised at the end.
    """
    running: dict[Connection, ForkServerProcess | SpawnProcess] = {}
    for _ in range(processes):
        ours, theirs = context.Pipe(duplex=False)
        bound = structlog.contextvars.get_contextvars()
        arguments = (app.settings, app.clock, on, theirs, bound)
        process = context.Process(target=work, args=arguments)
        process.start()
        theirs.close()
        running[ours] = process
    total: Counter[DeliveryState] = Counter()
    errors: list[DigestError] = []
    dead, told_to_stop = 0, False
    while running:
        if stop() and not told_to_stop:
            told_to_stop = True
            for process in running.values():
                process.terminate()
        ready = wait(list(running), timeout=_POLL_SECONDS)
        for pipe in [pipe for pipe in running if pipe in ready]:
            try:
                report = pipe.recv()
            except EOFError:
                process = running.pop(pipe)
                process.join()
                dead += process.exitcode != 0
                pipe.close()
                continue
            if isinstance(report, int):
                progress(report)
            elif isinstance(report, DigestError):
                errors.append(report)
            else:
                total += report
    if errors:
        raise errors[0]
    if dead == processes:
        raise DigestError(
            f"Every process that was sending died ({dead} of {processes}).",
            hint="were they killed, or out of memory? `digest send` goes on where they stopped",
        )
    return total


def work(
    settings: Settings,
    clock: Callable[[], datetime],
    on: date,
    report: Connection,
    bound: Mapping[str, Any],
) -> None:
    """Be one of the processes: send batches until none is due, reporting through the pipe."""
    configure_logs(settings.log_format, settings.log_level)
    structlog.contextvars.bind_contextvars(**bound)
    app = build_app(settings, clock=clock)
    try:
        with (
            stopped_by_signal(settings.drain_seconds, of_parent=True) as stop,
            app.smtp.pool() as relay,
        ):
            Thread(target=stop_when_alone, args=(stop,), daemon=True).start()
            relay.open()
            edition = app.editions.open(on)
            sender = app.delivery.sender(edition, relay, stop=stop.is_set, progress=report.send)
            freeze_what_is_loaded()
            report.send(sender.run())
    except DigestError as exc:
        report.send(exc)
    finally:
        app.close()


def stop_when_alone(stop: Event) -> None:
    """Stop when the process that sends with us is gone; the one that forked us may be another."""
    if starter := multiprocessing.parent_process():
        starter.join()
        stop.set()
