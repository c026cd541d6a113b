"""Sign ahead what is due soon, in a process of its own that leaves the machine to everybody else.

So the scheduler stays responsive, and nothing stays in its memory. A process that is killed loses
the batch that it was at, which the next run of the task signs.
"""

import multiprocessing
import os
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date, datetime
from multiprocessing.connection import Connection
from threading import Thread
from typing import Any

from digest.app import App, build_app
from digest.errors import DigestError
from digest.ground import log_context
from digest.ground.logs import configure_logs
from digest.ground.signals import stopped_by_signal
from digest.settings import Settings
from digest.workers.processes import send_in, stop_when_alone

_NICENESS = 10  # what else runs comes first


def dispatch(app: App, *, stop: Callable[[], bool]) -> dict[str, Any] | None:
    """Sign what is due within DIGEST_SIGN_AHEAD_MINUTES; None when nothing is left to sign."""
    edition, turns = app.delivery.turns()
    if edition is None or not turns:
        return None
    signed: list[int] = []
    context = multiprocessing.get_context("spawn")
    send_in(
        1, context, app, edition.edition.date, stop=stop, progress=signed.append, role=sign_soon
    )
    return {"edition": edition.edition.date.isoformat(), "signed": sum(signed)}


def sign_soon(
    settings: Settings,
    clock: Callable[[], datetime],
    _on: date,
    report: Connection,
    bound: Mapping[str, Any],
) -> None:
    """Be that process; the arguments are those of every process that `send_in` starts."""
    os.nice(_NICENESS)
    configure_logs(settings.log_format, settings.log_level)
    log_context.bind(**bound)
    app = build_app(settings, clock=clock)
    try:
        with stopped_by_signal(settings.drain_seconds, of_parent=True) as stop:
            Thread(target=stop_when_alone, args=(stop,), daemon=True).start()
            app.delivery.sign_what_is_due_soon(stop=stop.is_set, progress=report.send)
            report.send(Counter())
    except DigestError as exc:
        report.send(exc)
    finally:
        app.close()
