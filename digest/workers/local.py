"""Send an edition with as many processes of this machine as it is worth.

`digest send` has them forked off a server, a process without threads that has imported what they
need; it ends with them. The scheduler starts new interpreters, so that nothing stays in memory
between two sends.
"""

import logging
import multiprocessing
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from functools import cache
from time import monotonic
from typing import Any

from digest.app import App
from digest.delivery import approval, leasing, planning, reopening, stops
from digest.delivery.send_report import SendReport, make_report
from digest.delivery.store import jobs
from digest.editions.changing import Author
from digest.editions.store.editions import OpenEdition
from digest.errors import BlockedError
from digest.ground import log_context
from digest.model import DeliveryState
from digest.operations.rules.alerts import judge_run
from digest.settings import Settings
from digest.smtp.pool import SmtpPool
from digest.subscribers import subscriptions
from digest.workers.processes import frozen_while_sending, send_in, server

_log = logging.getLogger(__name__)
BATCHES_A_PROCESS = 4  # fewer are sent before a second process has started


def send(
    app: App,
    on: date | None,
    *,
    to: str | None = None,
    force: bool = False,
    approve: str = "",
    stop: Callable[[], bool] = lambda: False,
    progress: Callable[[int, int], None] = lambda _done, _planned: None,
) -> SendReport:
    """Send an edition to every active subscriber who has not had it; `to`: to one alone.

    force: also when the pre-flight check finds errors, else that is a BlockedError. approve: who
    approves the edition if it waits for that; "" for nobody, then that is a BlockedError too.
    progress: told (settled, of how many). UnreachableError before anything is changed, but for the
    record of the run, when the mail server does not let us in.
    """
    app.smtp.check_for_real()
    app.installation.check()
    only = subscriptions.find(app.database, to).id if to else None
    app.editions.check_date(on)  # a mistyped date is no run that went wrong
    with app.run("send to one" if to else "send") as note, app.smtp.pool() as relay:
        if only is None:
            app.outbox.drain_if_possible(stop)
        found = _send(
            app, relay, on, only=only, force=force, approver=approve, stop=stop, progress=progress
        )
        note.report = found.to_json()
        note.trouble = judge_run(found.outcomes, balanced=found.balanced)
    app.seals.seal()
    return found


def _send(
    app: App,
    relay: SmtpPool,
    on: date | None,
    *,
    only: int | None,
    force: bool,
    approver: str,
    stop: Callable[[], bool],
    progress: Callable[[int, int], None],
) -> SendReport:
    started = monotonic()
    recovered = app.delivery.recover()
    reopening.reopen_if_new(
        app.database, app.editions.rules, app.editions.freshness, now=app.clock()
    )
    edition = app.editions.open(on)
    log_context.bind(edition=edition.edition.date.isoformat())
    if remark := app.editions.remark_on(edition):
        _log.warning("%s It is sent by hand.", remark)
    remark = " ".join(filter(None, [remark, _changes(app, edition)]))
    with _reported(app, edition, recovered):
        approval.decide_overdue(app.database, Author(approval.NOBODY, app.clock()))
        if approver:
            approval.approve_if_waiting(app.database, edition, Author(approver, app.clock()))
        stops.check(app.database, edition)
    canary = app.delivery.thresholds.canary
    zone = app.settings.timezone
    planning.plan(app.database, edition, only=only, now=app.clock(), zone=zone, canary=canary)
    open_batches, waiting = leasing.count_waiting(app.database, edition)
    processes = 1 if only is not None else _worth(open_batches, app.settings)
    composer = cache(lambda: app.composing.composer(edition, tried=True))
    findings = []
    if open_batches:
        with _reported(app, edition, recovered):
            kept = composer if processes == 1 else None
            findings = app.checks.approve(edition, force=force, composer=kept)
    done = 0

    def tell(count: int) -> None:
        nonlocal done
        done += count
        progress(done, 1 if only is not None else waiting)

    if processes == 1:
        sender = app.delivery.sender(edition, relay, composer=composer, stop=stop, progress=tell)
        with frozen_while_sending():
            outcomes = sender.run(only=only)
    else:
        day = edition.edition.date
        outcomes = send_in(processes, server(), app, day, stop=stop, progress=tell)
        recovered += app.delivery.recover()  # of a process that was killed among them
    found = make_report(
        app.database,
        edition,
        outcomes=outcomes,
        recovered=recovered,
        seconds=monotonic() - started,
        findings=findings,
    )
    found.remark = remark
    return found


@contextmanager
def _reported(
    app: App, edition: OpenEdition, recovered: Counter[DeliveryState] | None = None
) -> Iterator[None]:
    """Let a BlockedError report the state of the stopped edition."""
    try:
        yield
    except BlockedError as exc:
        standing = make_report(app.database, edition, recovered=recovered)
        exc.report = {**standing.to_json(), **exc.report}
        raise


def dispatch(app: App, *, stop: Callable[[], bool]) -> dict[str, Any]:
    """Send whatever is due now, of every edition that is fresh; report on each.

    The work is done in other processes, so that this one stays responsive. An edition that is too
    old is not sent but reported; so is one that is blocked or paused.
    """
    app.smtp.check_for_real()
    app.installation.check()
    recovered = app.delivery.recover()
    with app.database.write() as session:
        jobs.sweep(session)
    ready, not_sent = leasing.due_editions(app.database, app.editions.freshness, now=app.clock())
    reports = []
    for day, open_batches in ready.items():
        if stop():
            break
        try:
            found = _dispatch(app, day, open_batches, stop)
        except BlockedError:  # the edition's row says why, and an alert tells the operator
            not_sent[day] = open_batches
        else:
            recovered += found.recovered
            reports.append(found.to_json())
    return {
        "editions": reports,
        "sealed": app.seals.seal(),
        "held": [day.isoformat() for day in not_sent],
        "paused": [day.isoformat() for day in stops.paused(app.database)],
        "recovered": {state.value: count for state, count in recovered.items()},
    }


def _dispatch(app: App, day: date, open_batches: int, stop: Callable[[], bool]) -> SendReport:
    with app.run("send") as note:
        log_context.bind(edition=day.isoformat())
        started = monotonic()
        edition = app.editions.open(day)
        with _reported(app, edition):
            findings = app.checks.approve(edition)
        processes = _worth(open_batches, app.settings)
        context = multiprocessing.get_context("spawn")
        outcomes = send_in(processes, context, app, day, stop=stop, progress=lambda _: None)
        found = make_report(
            app.database,
            edition,
            outcomes=outcomes,
            recovered=app.delivery.recover(),  # of a process that was killed among them
            seconds=monotonic() - started,
            findings=findings,
        )
        found.remark = _changes(app, edition)
        note.report = found.to_json()
        note.trouble = judge_run(found.outcomes, balanced=found.balanced)
    return found


def _changes(app: App, edition: OpenEdition) -> str:
    """Say, here and in the log, which settings changed since the edition was opened."""
    if changes := app.installation.remark_on(edition.opened_at):
        _log.warning("%s", changes)
    return changes


def _worth(batches: int, settings: Settings) -> int:
    """Return how many processes are worth starting; DIGEST_WORKERS is the limit."""
    return max(1, min(settings.processes, batches // BATCHES_A_PROCESS))
