"""Dump a PostgreSQL database with `pg_dump`, and put a dump in the place of the present tables."""

import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.engine import URL
from sqlalchemy.orm import Session

from digest.errors import DigestError, SettingsError
from digest.ground.database.engine import Database
from digest.ground.private_files import private_text_file

_OPTIONS = ("--no-owner", "--no-privileges")


def dump(database: Database, session: Session, to: Path) -> None:
    """Dump what a session sees, in the custom format; DigestError when `pg_dump` fails.

    session: from `database.read()`, so that what it has read fits the dump.
    """
    snapshot = session.scalar(text("SELECT pg_export_snapshot()"))
    schema = session.scalar(text("SELECT current_schema()"))
    with _address(database.url) as address:
        words = ("--format=custom", f"--schema={schema}", f"--snapshot={snapshot}", *_OPTIONS)
        _run("pg_dump", *words, f"--file={to}", f"--dbname={address}")
    check(to)


def check(file: Path) -> None:
    """Check that a dump can be read; DigestError when it cannot."""
    _run("pg_restore", "--list", str(file))


def put_in_place(database: Database, backup: Path, name: str) -> str:
    """Give the present schema another name, and restore a dump in its place.

    Returns the name. DigestError when others are connected, or `pg_restore` fails: then all is as
    before.
    """
    check(backup)
    with database.write() as session:
        schema = session.scalar(text("SELECT current_schema()"))
        if _others_stay(session):
            raise DigestError(
                f"Other processes are connected to {database.name}.",
                hint="stop the service on every machine, then repeat this",
            )
        session.execute(text(f'ALTER SCHEMA "{schema}" RENAME TO "{name}"'))
        session.execute(text(f'CREATE SCHEMA "{schema}"'))
    try:
        with _address(database.url) as address:
            words = ("--single-transaction", "--exit-on-error", f"--schema={schema}", *_OPTIONS)
            _run("pg_restore", *words, f"--dbname={address}", str(backup))
    except BaseException:
        with database.write() as session:
            session.execute(text(f'DROP SCHEMA "{schema}"'))  # it is empty: else this fails
            session.execute(text(f'ALTER SCHEMA "{name}" RENAME TO "{schema}"'))
        raise
    return name


_LINGER_SECONDS = 3.0
_OTHERS = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
    "AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
)


def _others_stay(session: Session) -> bool:
    """Whether others are connected, and still are some seconds later.

    The server takes a moment to end the process of a connection that was closed.
    """
    until = time.monotonic() + _LINGER_SECONDS
    while session.scalar(_OTHERS):
        if time.monotonic() > until:
            return True
        time.sleep(0.1)
        session.execute(text("SELECT pg_stat_clear_snapshot()"))  # or it tells the same again
    return False


@contextmanager
def _address(url: URL) -> Iterator[str]:
    """Yield the address without its password, which is in a file that only we can read.

    On a command line all users of a machine would see it.
    """
    plain = url.set(drivername="postgresql")
    if url.password is None:
        yield plain.render_as_string(hide_password=False)
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "password")
        with private_text_file(path) as file:
            word = str(url.password).replace("\\", "\\\\").replace(":", "\\:")
            file.write(f"*:*:*:*:{word}\n")
        named = URL.create(
            plain.drivername,
            plain.username,
            None,
            plain.host,
            plain.port,
            plain.database,
            {**plain.query, "passfile": str(path)},
        )
        yield named.render_as_string(hide_password=False)


def _run(program: str, *words: str) -> None:
    path = shutil.which(program)
    if path is None:
        raise SettingsError(
            f"{program} is not on this machine: backups of PostgreSQL are made with it.",
            hint="install PostgreSQL's client programs, of the server's version or a newer one",
        )
    done = subprocess.run([path, *words], capture_output=True, text=True, check=False)
    if done.returncode:
        raise DigestError(
            f"{program} failed: {done.stderr.strip() or done.returncode}",
            hint="is it of the server's version, or newer? is there room on the disk?",
        )
