"""Send an edition with as many processes of this machine as it is worth.

Each leases its own batches from the ledger; they share nothing but the database. They are told to
stop by SIGTERM, and stop by themselves when the process that sends with them is gone.

`digest send` has them forked off a server, a process without threads that has imported what they
need; it ends with them. The clock starts new interpreters: between two waves nothing is to stay.
"""

import gc
import multiprocessing
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
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
from time import monotonic
from typing import Any

import structlog

from digest.app import App
from digest.core.troubles import run_trouble
from digest.db import jobs
from digest.db.editions import OpenEdition
from digest.errors import DigestError, HeldError
from digest.logs import configure_logs
from digest.mail.relay import Relay
from digest.model import State
from digest.services import mailing, steering, subscriptions
from digest.services.mailing import SendReport
from digest.settings import Settings
from digest.signals import stopped_by_signal

BATCHES_A_PROCESS = 4  # fewer are sent before a second process has started
_POLL_SECONDS = 0.2
_MORE_THAN_A_BATCH = 200_000  # objects; 500 readers with choices and mails have some 18,000


def send(
    app: App,
    on: date | None,
    *,
    to: str | None = None,
    force: bool = False,
    stop: Callable[[], bool] = lambda: False,
    progress: Callable[[int, int], None] = lambda _done, _planned: None,
) -> SendReport:
    """Send an edition to every active subscriber who has not had it; `to`: to one alone.

    force: also when the pre-flight check finds errors, which is a HeldError else.
    progress: told (settled, of how many). UnreachableError before anything is changed, but for the
    record of the run, when the relay does not let us in.
    """
    app.check_for_real()
    only = subscriptions.find(app.database, to).id if to else None
    with app.run("send to one" if to else "send") as note, app.relay() as relay:
        found = _send(app, relay, on, only=only, force=force, stop=stop, progress=progress)
        note.report = found.to_json()
        note.trouble = run_trouble(found.outcomes, balanced=found.balanced)
    return found


def _send(
    app: App,
    relay: Relay,
    on: date | None,
    *,
    only: int | None,
    force: bool,
    stop: Callable[[], bool],
    progress: Callable[[int, int], None],
) -> SendReport:
    started = monotonic()
    recovered = app.recover()
    edition = app.edition(on)
    structlog.contextvars.bind_contextvars(edition=edition.edition.date.isoformat())
    with _reported(app, edition, recovered):
        steering.check(app.database, edition)
    canary = app.thresholds.canary
    mailing.plan(app.database, edition, only=only, now=app.clock(), canary=canary)
    open_batches, waiting = mailing.waiting(app.database, edition)
    processes = 1 if only is not None else _worth(open_batches, app.settings)
    findings = []
    if open_batches:
        with _reported(app, edition, recovered):
            findings = app.approve(edition, force=force, sends=processes == 1)
    done = 0

    def tell(count: int) -> None:
        nonlocal done
        done += count
        progress(done, 1 if only is not None else waiting)

    if processes == 1:
        sender = app.sender(edition, relay, stop=stop, progress=tell)
        _keep_what_is_loaded()
        outcomes = sender.run(only=only)
    else:
        day = edition.edition.date
        outcomes = _send_in(processes, _server(), app, day, stop=stop, progress=tell)
        recovered += app.recover()  # of a process that was killed among them
    return mailing.report(
        app.database,
        edition,
        outcomes=outcomes,
        recovered=recovered,
        seconds=monotonic() - started,
        findings=findings,
    )


@contextmanager
def _reported(
    app: App, edition: OpenEdition, recovered: Counter[State] | None = None
) -> Iterator[None]:
    """Let a HeldError say how the stopped edition stands."""
    try:
        yield
    except HeldError as exc:
        standing = mailing.report(app.database, edition, recovered=recovered)
        exc.report = {**standing.to_json(), **exc.report}
        raise


def dispatch(app: App, *, stop: Callable[[], bool]) -> dict[str, Any]:
    """Send whatever is due now, of every edition that is fresh; say how each one stands.

    The work is done in processes of their own, so that this one stays responsive. What is due of an
    edition that is too old is held, and reported; so are the paused ones.
    """
    app.check_for_real()
    recovered = app.recover()
    with app.database.write() as session:
        jobs.sweep(session)
    ready, held = mailing.due_editions(app.database, app.fresh, now=app.clock())
    reports = []
    for day, open_batches in ready.items():
        if stop():
            break
        try:
            found = _dispatch(app, day, open_batches, stop)
        except HeldError:  # the edition's row says why, and whoever watches tells the operator
            held[day] = open_batches
        else:
            recovered += found.recovered
            reports.append(found.to_json())
    return {
        "editions": reports,
        "held": [day.isoformat() for day in held],
        "paused": [day.isoformat() for day in steering.paused(app.database)],
        "recovered": {state.value: count for state, count in recovered.items()},
    }


def _dispatch(app: App, day: date, open_batches: int, stop: Callable[[], bool]) -> SendReport:
    with app.run("send") as note:
        structlog.contextvars.bind_contextvars(edition=day.isoformat())
        started = monotonic()
        edition = app.edition(day)
        with _reported(app, edition):
            findings = app.approve(edition)
        processes = _worth(open_batches, app.settings)
        context = multiprocessing.get_context("spawn")
        outcomes = _send_in(processes, context, app, day, stop=stop, progress=lambda _: None)
        found = mailing.report(
            app.database,
            edition,
            outcomes=outcomes,
            recovered=app.recover(),  # of a process that was killed among them
            seconds=monotonic() - started,
            findings=findings,
        )
        note.report = found.to_json()
        note.trouble = run_trouble(found.outcomes, balanced=found.balanced)
    return found


def _worth(batches: int, settings: Settings) -> int:
    """Return how many processes are worth starting; DIGEST_WORKERS is the limit."""
    return max(1, min(settings.processes, batches // BATCHES_A_PROCESS))


def _keep_what_is_loaded() -> None:
    """Tell the garbage collector to leave alone what is there when sending begins.

    Modules and tables live as long as the process. To look through all of them again and again
    costs 0.1 s each time, a third of the time of a long send. What a batch makes goes with it, and
    nearly all without the collector: it need only look when there is more than a batch ever has.
    """
    gc.freeze()
    gc.set_threshold(_MORE_THAN_A_BATCH)


def _server() -> ForkServerContext | SpawnContext:
    """What starts processes for one send: a server that has imported this module.

    It is an interpreter that looks for modules where we are called first (Python up to 3.12), so
    not where another copy of this program lies.
    """
    copy = Path("digest", "__init__.py")
    if copy.exists() and not copy.samefile(Path(__file__).with_name("__init__.py")):
        return multiprocessing.get_context("spawn")
    server = multiprocessing.get_context("forkserver")
    server.set_forkserver_preload([__name__])
    return server


def _send_in(
    processes: int,
    context: ForkServerContext | SpawnContext,
    app: App,
    on: date,
    *,
    stop: Callable[[], bool],
    progress: Callable[[int], None],
) -> Counter[State]:
    """Start the processes and add up what they report.

    One that dies is not replaced: the others do its share, and a DigestError says so when none is
    left. The first DigestError of any of them is raised at the end.
    """
    crew: dict[Connection, ForkServerProcess | SpawnProcess] = {}
    for _ in range(processes):
        ours, theirs = context.Pipe(duplex=False)
        bound = structlog.contextvars.get_contextvars()
        arguments = (app.settings, app.clock, on, theirs, bound)
        process = context.Process(target=_work, args=arguments)
        process.start()
        theirs.close()
        crew[ours] = process
    total: Counter[State] = Counter()
    errors: list[DigestError] = []
    dead, told = 0, False
    while crew:
        if stop() and not told:
            told = True
            for process in crew.values():
                process.terminate()
        for pipe in [pipe for pipe in crew if pipe in wait(list(crew), timeout=_POLL_SECONDS)]:
            try:
                word = pipe.recv()
            except EOFError:
                process = crew.pop(pipe)
                process.join()
                dead += process.exitcode != 0
                pipe.close()
                continue
            if isinstance(word, int):
                progress(word)
            elif isinstance(word, DigestError):
                errors.append(word)
            else:
                total += word
    if errors:
        raise errors[0]
    if dead == processes:
        raise DigestError(
            f"Every process that was sending died ({dead} of {processes}).",
            hint="were they killed, or out of memory? `digest send` goes on where they stopped",
        )
    return total


def _work(
    settings: Settings,
    clock: Callable[[], datetime],
    on: date,
    report: Connection,
    bound: Mapping[str, Any],
) -> None:
    """Be one of the processes: send batches until none is due, reporting through the pipe."""
    configure_logs(settings.log_format, settings.log_level)
    structlog.contextvars.bind_contextvars(**bound)
    app = App(settings, clock=clock)
    try:
        with (
            stopped_by_signal(settings.drain_seconds, of_parent=True) as stop,
            app.relay() as relay,
        ):
            Thread(target=_stop_when_alone, args=(stop,), daemon=True).start()
            relay.open()
            edition = app.edition(on)
            sender = app.sender(edition, relay, stop=stop.is_set, progress=report.send)
            _keep_what_is_loaded()
            report.send(sender.run())
    except DigestError as exc:
        report.send(exc)
    finally:
        app.close()


def _stop_when_alone(stop: Event) -> None:
    """Stop when the process that sends with us is gone; the one that forked us may be another."""
    if starter := multiprocessing.parent_process():
        starter.join()
        stop.set()
