"""Open a database, SQLite or PostgreSQL, and define its transactions."""

import logging
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any

from sqlalchemy import Engine, create_engine, event, select
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.exc import TimeoutError as BusyError
from sqlalchemy.orm import Session
from sqlalchemy.pool import QueuePool

from digest.errors import SettingsError, UnreachableError
from digest.ground.masking import mask_url

LEFT = "left"  # in the `info` of a session: somebody leaves, comes back or pauses with it
LOCK_SECONDS = 60  # for others to let go of an SQLite file
_SQLITE_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",  # a batch is one commit, so safety against power loss is cheap
    "PRAGMA foreign_keys = ON",
    "PRAGMA secure_delete = ON",  # what is deleted is overwritten: an erased reader is gone
)
# A PostgreSQL server that vanishes without a word (a machine or a line that is lost) is noticed
# within a minute; TCP alone waits for hours. In seconds. An address may say otherwise.
_PATIENCE = {
    "connect_timeout": 10,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,  # this one in milliseconds
}
# What the drivers say when there is nothing that we could talk to.
_UNREACHABLE = (
    *("unable to open database file", "file is not a database"),
    *("connection failed", "connection is bad", "connection timeout", "failed to resolve host"),
)
# What they say when it was there, and its disk is full or broken, or others never let go of it.
_FAILING = (
    *("disk I/O error", "database or disk is full", "database is locked"),
    *("No space left on device", "the database system is"),
)
# What they say when it is there and may only be read. SQLite's own journal needs the folder, too.
_UNWRITABLE = ("readonly database", "read-only transaction")

_log = logging.getLogger(__name__)

WRITABLE_FILE = "let the user who runs this write to the file, its -wal and -shm, and their folder"
WRITABLE_SERVER = "use the primary server, not a standby; see default_transaction_read_only"


class Database:
    """Opens sessions; a use case opens one per transaction and so decides the commit.

    read_only: the database itself refuses every write (a dry run changes no row, whatever we do).
    after_leaving: called after each transaction in which `LEFT` was set in the session's `info`.
    """

    def __init__(
        self, url: str, *, read_only: bool = False, lock_seconds: float = LOCK_SECONDS
    ) -> None:
        self.url = _parse(url)
        self.read_only = read_only
        self._lock_seconds = lock_seconds
        self.engine: Engine = _engine(self.url)
        self.after_leaving: Callable[[], None] | None = None
        self._turn = Lock()
        if self.is_sqlite:
            event.listen(self.engine, "do_connect", self._make_private)
            event.listen(self.engine, "connect", self._set_up_sqlite)
            event.listen(self.engine, "begin", _begin)

    @property
    def name(self) -> str:
        """The address as it may be shown: without passwords."""
        return _name(self.url)

    @property
    def is_sqlite(self) -> bool:
        """Whether the database is one file on this machine."""
        return self.url.get_backend_name() == "sqlite"

    @property
    def file(self) -> Path | None:
        """The SQLite file; None for a server or an in-memory database."""
        name = self.url.database
        return Path(name) if self.is_sqlite and name and name != ":memory:" else None

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Open a consistent view; changes in it are not saved.

        On PostgreSQL that needs REPEATABLE READ: otherwise each statement sees the newest commits,
        and counts that belong together do not add up. SQLite's transactions are snapshots anyway.
        """
        with _named_errors(self.url), Session(self.engine, expire_on_commit=False) as session:
            if not self.is_sqlite:
                session.connection(
                    execution_options={
                        "isolation_level": "REPEATABLE READ",
                        "postgresql_readonly": self.read_only,
                    }
                )
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """Open a transaction: committed at the end, rolled back on any error.

        On SQLite the write lock is taken at once (BEGIN IMMEDIATE), so that what was read is still
        true when it is written, and two writers queue instead of failing half-way. Those of one
        process queue here: SQLite's own way is to sleep and try again, longer each time.
        """
        if self.read_only:
            raise PermissionError("this database was opened for reading only")
        with (
            self._my_turn(),
            _named_errors(self.url),
            Session(self.engine, expire_on_commit=False) as session,
        ):
            session.connection(execution_options={"writes": True})
            yield session
            session.commit()
            left = LEFT in session.info
        if left and self.after_leaving is not None:
            self.after_leaving()

    @contextmanager
    def autocommit(self) -> Iterator[Connection]:
        """Open a connection on which each statement is its own transaction; PostgreSQL only."""
        with _named_errors(self.url), self.engine.connect() as connection:
            yield connection.execution_options(isolation_level="AUTOCOMMIT")

    def knock(self) -> None:
        """Check that the database answers; UnreachableError if not."""
        with self.read() as session:
            session.execute(select(1))

    @property
    def patience(self) -> dict[str, int]:
        """The options of a connection to PostgreSQL, unless its address has others."""
        return _patience(self.url)

    @contextmanager
    def _my_turn(self) -> Iterator[None]:
        """Let one thread at a time write to SQLite; wait no longer than for another process."""
        if not self.is_sqlite:
            yield
            return
        if not self._turn.acquire(timeout=self._lock_seconds):
            raise _failing(self.url, "database is locked")
        try:
            yield
        finally:
            self._turn.release()

    def close(self) -> None:
        """Close every connection; again is harmless.

        Of SQLite the write-ahead log is folded into the file first, as far as others let it: who
        copies the file alone then has all of it.
        """
        pool = self.engine.pool
        if isinstance(pool, QueuePool) and pool.checkedin():
            self.fold_log()
        self.engine.dispose()

    def fold_log(self, wait_seconds: float = 0) -> None:
        """Write SQLite's log into the file and empty it, unless somebody else is at work.

        What was deleted stays readable in the log until then. wait_seconds: for them to finish.
        """
        if self.file is None:
            return
        connection = self.engine.raw_connection()
        try:
            cursor = connection.cursor()
            cursor.execute(f"PRAGMA busy_timeout = {wait_seconds * 1000:.0f}")
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            cursor.execute(f"PRAGMA busy_timeout = {self._lock_seconds * 1000:.0f}")
        except sqlite3.Error as exc:  # all of it is safe in the log, where it stays
            _log.warning("the write-ahead log of %s could not be folded: %s", self.name, exc)
            connection.invalidate()
        finally:
            connection.close()

    def _make_private(self, *_: Any) -> None:
        """Create a new SQLite file that only its owner can open: it will hold addresses."""
        if self.file is not None and self.file.parent.is_dir() and not self.file.exists():
            self.file.touch(mode=0o600)

    def _set_up_sqlite(self, connection: sqlite3.Connection, _record: Any) -> None:
        connection.isolation_level = None  # BEGIN is ours, see _begin
        connection.create_function("lower", 1, _lower, deterministic=True)
        connection.execute(f"PRAGMA busy_timeout = {self._lock_seconds * 1000:.0f}")
        for pragma in _SQLITE_PRAGMAS:
            connection.execute(pragma)
        if self.read_only:
            connection.execute("PRAGMA query_only = ON")


def insert_new(session: Session, table: type[Any]) -> Any:
    """Return an INSERT that skips existing rows (ON CONFLICT DO NOTHING)."""
    return insert_for(session)(table).on_conflict_do_nothing()


def insert_for(session: Session) -> Any:
    """Return the `insert` of the database's dialect, which knows ON CONFLICT."""
    if session.get_bind().dialect.name == "postgresql":
        from sqlalchemy.dialects import postgresql  # 2 MB that SQLite does without

        return postgresql.insert
    return sqlite.insert


def _lower(text: str | None) -> str | None:
    """Stand in for SQLite's own, which knows the case of ASCII letters alone."""
    return None if text is None else text.lower()


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _engine(url: URL) -> Engine:
    try:
        return create_engine(
            url, pool_pre_ping=url.get_backend_name() != "sqlite", connect_args=_patience(url)
        )
    except (ModuleNotFoundError, NoSuchModuleError) as exc:
        raise SettingsError(
            f"DIGEST_DATABASE_URL: {url.drivername!r} cannot be used: {exc}",
            hint="for PostgreSQL: pip install 'digest[postgres]', and postgresql://...",
        ) from None


def _patience(url: URL) -> dict[str, int]:
    if url.get_backend_name() == "sqlite":
        return {}
    return {name: value for name, value in _PATIENCE.items() if name not in url.query}


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):  # ValueError: a port that is no number
        raise SettingsError(
            "DIGEST_DATABASE_URL: this is not the address of a database",
            hint="e.g. sqlite:///digest.db or postgresql://user:password@host/name",
        ) from None
    if parsed.drivername in ("postgresql", "postgres"):
        parsed = parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() not in ("sqlite", "postgresql"):
        raise SettingsError(
            f"DIGEST_DATABASE_URL: {parsed.drivername!r} is not supported",
            hint="use sqlite:///file.db or postgresql://user:password@host/name",
        )
    return parsed


@contextmanager
def _named_errors(url: URL) -> Iterator[None]:
    """Put the errors that an operator can fix into words."""
    try:
        yield
    except BusyError:
        raise _failing(url, "no connection became free; all of them wait for an answer") from None
    except DBAPIError as exc:
        cause = str(exc.orig)
        if any(words in cause for words in _UNREACHABLE):
            raise _unreachable(url, cause) from None
        if any(words in cause for words in _UNWRITABLE):
            raise _unwritable(url, cause) from None
        if exc.connection_invalidated or any(words in cause for words in _FAILING):
            raise _failing(url, cause) from None
        raise


def _name(url: URL) -> str:
    return mask_url(url.render_as_string(hide_password=True))


def _failing(url: URL, cause: str) -> UnreachableError:
    place = _name(url)
    return UnreachableError(
        f"The connection to the database {place} was lost: {cause.splitlines()[0]}",
        hint="check that it runs and has disk space, then repeat the command: it continues",
    )


def _unwritable(url: URL, cause: str) -> UnreachableError:
    place = _name(url)
    is_file = url.get_backend_name() == "sqlite"
    return UnreachableError(
        f"The database {place} cannot be written to: {cause.splitlines()[0]}",
        hint=WRITABLE_FILE if is_file else WRITABLE_SERVER,
    )


def _unreachable(url: URL, cause: str) -> UnreachableError:
    place = _name(url)
    return UnreachableError(
        f"The database {place} cannot be opened: {cause.splitlines()[0]}",
        hint="check DIGEST_DATABASE_URL, and that the folder or the server exists",
    )
