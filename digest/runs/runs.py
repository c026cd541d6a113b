"""One machine-readable report a run, stored in the database, and the ping after a good run."""

import logging
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from digest.errors import DigestError
from digest.ground import log_context
from digest.ground.database.engine import Database
from digest.ground.logs import log_error
from digest.runs.store import runs
from digest.runs.store.runs import Run

PING_TIMEOUT_SECONDS = 5.0
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class RunNote:
    """What a run reports when it is over. trouble: for the operator; empty when it went well."""

    name: str
    report: dict[str, Any] = field(default_factory=dict)
    trouble: str = ""


@contextmanager
def recorded(
    database: Database,
    kind: str,
    clock: Callable[[], datetime],
    *,
    ping_url: str = "",
) -> Iterator[RunNote]:
    """Store the report of what is done inside, even if it ends in an error, and log both ends.

    kind: such as "send", at most 32 characters. ping_url: fetched after a run without trouble. The
    run's name is on every log line meanwhile; what is bound inside ends with the run.
    """
    note, started_at = RunNote(secrets.token_hex(4)), clock()
    with log_context.binding(run=note.name):
        _log.info("run began", extra={"kind": kind})
        try:
            yield note
        except DigestError as exc:
            note.report |= exc.to_json()
            note.trouble = str(exc)
            raise
        except BaseException as exc:
            note.trouble = f"{type(exc).__name__}: {exc}"
            raise
        finally:
            run = Run(note.name, kind, started_at, clock(), note.trouble, note.report)
            _record_if_possible(database, run)
        if ping_url and not note.trouble:
            ping(ping_url)


def record(database: Database, run: Run) -> None:
    """Store the report of a run; once, however often it is called."""
    with database.write() as session:
        runs.add_run(session, run)
    level = logging.WARNING if run.trouble else logging.INFO
    said = {name: run.report[name] for name in ("states", "seconds") if name in run.report}
    _log.log(level, "run ended", extra={"kind": run.kind, "trouble": run.trouble, **said})


def _record_if_possible(database: Database, run: Run) -> None:
    """Store the report, or log why not: neither what was done nor an error is lost for it."""
    try:
        record(database, run)
    except Exception as exc:
        log_error(_log, "The report of the run could not be stored", exc)


def newest(
    database: Database,
    limit: int,
    *,
    troubled: bool | None = None,
    search: str | None = None,
) -> list[dict[str, Any]]:
    """Return the newest runs as programs read them, the newest first.

    troubled, search: as for `store.runs.list_newest`.
    """
    with database.read() as session:
        found = runs.list_newest(session, limit, troubled=troubled, search=search)
        return [run_to_json(run) for run in found]


def run_to_json(run: Run) -> dict[str, Any]:
    """Return a run as programs read it."""
    return {
        "run": run.name,
        "kind": run.kind,
        "started_at": run.started_at.isoformat(),
        "finished_at": run.finished_at.isoformat(),
        "trouble": run.trouble,
        "report": dict(run.report),
    }


def ping(url: str) -> bool:
    """Tell the monitor at this address that all is well; a failure is only logged."""
    import httpx  # 0.1 s and 8 MB that a run without a switch does not need

    try:
        httpx.get(url, timeout=PING_TIMEOUT_SECONDS).raise_for_status()
    except (httpx.HTTPError, httpx.InvalidURL) as exc:
        # The address is a key, so neither it nor a text that quotes it is logged.
        told = {"error": type(exc).__name__}
        _log.warning("the dead man's switch could not be reached", extra=told)
        return False
    return True
