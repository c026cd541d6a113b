"""Copy an SQLite database while others use it, and put a copy in its place."""

import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

from digest.errors import DigestError

_PAGES = 2_000  # copied at a time
_LOCK_SECONDS = 60


def copy(file: Path, to: Path, progress: Callable[[int, int], None]) -> None:
    """Copy the database as it is at this moment, mode 0600, and check the copy.

    One transaction: what others write meanwhile is not in it, and they do not wait. DigestError
    when the copy is not whole. progress: told (pages, of how many).
    """
    os.close(os.open(to, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    with closing(sqlite3.connect(file, timeout=_LOCK_SECONDS, isolation_level=None)) as source:
        source.execute("BEGIN")
        source.execute("SELECT count(*) FROM alembic_version").fetchone()
        with closing(sqlite3.connect(to)) as target:
            source.backup(
                target,
                pages=_PAGES,
                progress=lambda _status, left, total: progress(total - left, total),
            )
    check(to)


def check(file: Path) -> None:
    """Check that a database is whole; DigestError when it is not. It is one file afterwards."""
    try:
        with closing(sqlite3.connect(file)) as copied:
            copied.execute("PRAGMA journal_mode = DELETE")
            (found,) = copied.execute("PRAGMA integrity_check(1)").fetchone()
    except sqlite3.DatabaseError as exc:
        found = str(exc)
    if found != "ok":
        raise DigestError(f"{file} is not whole: {found}", hint="is its disk broken, or full?")


def put_in_place(file: Path, backup: Path, suffix: str) -> Path | None:
    """Put the present files aside and a copy of the backup in their place.

    Returns where the present database is now; None when there was none. DigestError when others
    have it open.
    """
    aside = None
    if file.exists():
        _take_alone(file)
        aside = file.with_name(f"{file.name}.{suffix}")
        for ending in ("-wal", "-shm", ""):
            with suppress(FileNotFoundError):
                file.with_name(f"{file.name}{ending}").rename(f"{aside}{ending}")
    part = file.with_name(f"{file.name}.part")
    with os.fdopen(os.open(part, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "wb") as target:
        with backup.open("rb") as source:
            shutil.copyfileobj(source, target)
        target.flush()
        os.fsync(target.fileno())
    part.replace(file)
    return aside


def _take_alone(file: Path) -> None:
    """Fold the log into the file, which only the last who has it open can; a broken one is left."""
    try:
        with closing(sqlite3.connect(file, timeout=0)) as present:
            present.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.OperationalError as exc:
        if "locked" in str(exc):
            raise DigestError(
                f"Other processes have {file} open.",
                hint="stop the service and every command that uses it, then repeat this",
            ) from None
    except sqlite3.DatabaseError:
        return  # it is put aside as it is
