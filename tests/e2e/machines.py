"""Machines of a fleet: `digest worker`, each with journals of its own that die with it."""

import os
import shutil
import signal
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from sqlalchemy import select

from digest.delivery import planning
from digest.delivery.store import ledger
from digest.ground.database.tables.delivery import EditionRow
from tests.e2e.service import DAY, Service
from tests.processes import Process

LEASE_SECONDS = 4
_POLL_SECONDS = 0.25  # to look takes a tenth of that, of the processor that all want


def start_machine(service: Service, name: str, **environment: str) -> Process:
    """Start a worker in a process group and with a folder of journals of its own."""
    settings = {
        "DIGEST_WORKERS": "1",
        "DIGEST_SMTP_CONNECTIONS": "4",
        "DIGEST_STALE_AFTER": "336",
        "DIGEST_LEASE_SECONDS": str(LEASE_SECONDS),
        "DIGEST_JOURNAL_DIR": str(service.folder / name),
    }
    if not (service.folder / name).exists():
        service.share(service.folder / name)
    with log_of(service, name).open("w", encoding="utf-8") as log:
        return service.start("worker", log=log, **{**settings, **environment})


def log_of(service: Service, name: str) -> Path:
    """The file with what a machine said."""
    return service.folder / f"{name}.log"


def signal_all(machine: Process, number: int) -> None:
    """Send a signal to every process of a machine."""
    with suppress(ProcessLookupError):
        os.killpg(machine.pid, number)


def lose(service: Service, machine: Process, name: str) -> None:
    """Kill a machine, and take its disk away."""
    signal_all(machine, signal.SIGKILL)
    machine.communicate()
    shutil.rmtree(service.folder / name)


def end(machine: Process) -> int:
    """Tell a worker to stop, and wait for it; return its exit code."""
    signal_all(machine, signal.SIGCONT)
    machine.terminate()
    machine.communicate(timeout=60)
    return machine.returncode


def plan(service: Service) -> None:
    """Plan the edition for all readers, as the clock would; their jobs come with it."""
    app = service.app
    planning.plan(app.database, app.editions.open(DAY))
    app.database.close()


def states(service: Service) -> Counter[str]:
    """Count the ledger by state; asked again and again, so without a process of its own."""
    app = service.app
    found: Counter[str] = Counter()
    with app.database.read() as session:
        for edition_id in session.scalars(select(EditionRow.id)).all():
            found.update(ledger.states(session, edition_id))
    app.database.close()
    return found


def wait_until(holds: Callable[[], bool], seconds: float) -> float:
    """Wait until something is so; return how many seconds it took."""
    started = time.monotonic()
    while not holds():
        assert time.monotonic() - started < seconds, "it never came to be"
        time.sleep(_POLL_SECONDS)
    return time.monotonic() - started
