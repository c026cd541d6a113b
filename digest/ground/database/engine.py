"""Open a database, SQLite or PostgreSQL, and define its transactions."""

import logging
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any

from sqlalchemy import Engine, create_engine, event, select
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError
from sqlalchemy.orm import Session
from sqlalchemy.pool import QueuePool

from digest.errors import SchemaError, SettingsError
from digest.ground.database.connection_errors import failing, named_errors, shown
from digest.ground.database.sqlite_locks import begin_writing
from digest.ground.database.wrapped_keys import SecretKeys

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
_log = logging.getLogger(__name__)


class Database:
    """Opens sessions; a use case opens one per transaction and so decides the commit.

    read_only: the database itself refuses every write (a dry run changes no row, whatever we do).
    after_leaving: called after each transaction in which `LEFT` was set in the session's `info`.
    secret_keys: what wraps the keys that are stored in it (`wrapped_keys`), the first one anew.
    """

    def __init__(
        self,
        url: str,
        *,
        read_only: bool = False,
        lock_seconds: float = LOCK_SECONDS,
        secret_keys: Sequence[bytes] = (),
    ) -> None:
        self.url = _parse(url)
        self._info = {"secret_keys": SecretKeys(secret_keys)}
        self.read_only = read_only
        self._lock_seconds = lock_seconds
        self.revision = ""  # that every write must find; empty: any
        self.engine: Engine = _engine(self.url)
        self.after_leaving: Callable[[], None] | None = None
        self._turn = Lock()
        if self.is_sqlite:
            event.listen(self.engine, "do_connect", self._make_private)
            event.listen(self.engine, "connect", self._set_up_sqlite)
            event.listen(self.engine, "begin", self._begin)
        else:
            event.listen(self.engine, "connect", self._prepare_nothing_if_pooled)

    @property
    def name(self) -> str:
        """The address as it may be shown: without passwords."""
        return shown(self.url)

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
        with named_errors(self.url), self._session() as session:
            if not self.is_sqlite:
                session.connection(
                    execution_options={
                        "isolation_level": "REPEATABLE READ",
                        "postgresql_readonly": self.read_only,
                    }
                )
            yield session

    @contextmanager
    def write(self, *, row_lock_seconds: float | None = None) -> Iterator[Session]:
        """Open a transaction: committed at the end, rolled back on any error.

        On SQLite the write lock is taken at once (BEGIN IMMEDIATE), so that what was read is still
        true when it is written, and two writers queue instead of failing half-way. Those of one
        process queue here: SQLite's own way is to sleep and try again, longer each time.
        SchemaError, and nothing changed, when the database was migrated since `revision` was set.
        row_lock_seconds: how long PostgreSQL waits for a row that others hold, then LockedError.
        """
        if self.read_only:
            raise PermissionError("this database was opened for reading only")
        with self._my_turn(), named_errors(self.url), self._session() as session:
            connection = session.connection(execution_options={"writes": True})
            _check_revision(connection, self.revision)
            if row_lock_seconds is not None and not self.is_sqlite:
                wait = f"{row_lock_seconds * 1000:.0f}"
                connection.exec_driver_sql(f"SET LOCAL lock_timeout = {wait}")
            yield session
            session.commit()
            left = LEFT in session.info
        if left and self.after_leaving is not None:
            self.after_leaving()

    def _session(self) -> Session:
        return Session(self.engine, expire_on_commit=False, info=self._info)

    @contextmanager
    def autocommit(self) -> Iterator[Connection]:
        """Open a connection on which each statement is its own transaction; PostgreSQL only."""
        with named_errors(self.url), self.engine.connect() as connection:
            yield connection.execution_options(isolation_level="AUTOCOMMIT")

    @property
    def is_pooled(self) -> bool:
        """Whether a pooler is between us and the PostgreSQL server."""
        if self.is_sqlite:
            return False
        with self.read() as session:
            connection: Any = session.connection().connection.driver_connection
            return connection.prepare_threshold is None

    def knock(self) -> None:
        """Check that the database answers; UnreachableError if not, SchemaError as in `write`."""
        with self.read() as session:
            session.execute(select(1))
            _check_revision(session.connection(), self.revision)

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
            raise failing(self.url, "database is locked")
        try:
            yield
        finally:
            self._turn.release()

    def close(self) -> None:
        """Close every connection; again is harmless. One that a thread still has, when it is done.

        Of SQLite the write-ahead log is folded into the file first, as far as others let it: who
        copies the file alone then has all of it.
        """
        pool = self.engine.pool
        if isinstance(pool, QueuePool) and pool.checkedin():
            self.fold_log()
        event.listen(pool, "checkin", _close_now)  # first: one may come back while we dispose
        self.engine.dispose()
        event.listen(self.engine.pool, "checkin", _close_now)  # of a thread that comes too late
        self.engine.clear_compiled_cache()  # mappers keep the dialect, and with it all of this

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

    def _prepare_nothing_if_pooled(self, connection: Any, _record: Any) -> None:
        """Prepare no statements where a pooler lends a connection of its own to each transaction.

        The next one would meet somebody else's there. A pooler is known by the process id that it
        makes up for its clients. Without it they are worth half the time of settling a batch.
        """
        connection.autocommit = True  # a pooler may have no transactions; who begins one says so
        try:
            server_pid = connection.execute("SELECT pg_backend_pid()").fetchone()[0]
        except self.engine.dialect.loaded_dbapi.Error:
            connection.close()  # whoever wanted it is told that it was lost
            return
        connection.autocommit = False
        if server_pid != connection.info.backend_pid:
            connection.prepare_threshold = None

    def _begin(self, connection: Connection) -> None:
        if connection.get_execution_options().get("writes", False):
            begin_writing(connection, self._lock_seconds)
        else:
            connection.exec_driver_sql("BEGIN")

    def _set_up_sqlite(self, connection: sqlite3.Connection, _record: Any) -> None:
        connection.isolation_level = None  # BEGIN is ours, see `_begin`
        connection.create_function("lower", 1, _lower, deterministic=True)
        connection.execute(f"PRAGMA busy_timeout = {self._lock_seconds * 1000:.0f}")
        for pragma in _SQLITE_PRAGMAS:
            connection.execute(pragma)
        if self.read_only:
            connection.execute("PRAGMA query_only = ON")


def _close_now(connection: Any, record: Any) -> None:
    """Close a connection that comes back to a pool that was given up; one may still be opened."""
    if connection is not None:  # it was lost
        record.close()


def _lower(text: str | None) -> str | None:
    """Stand in for SQLite's own, which knows the case of ASCII letters alone."""
    return None if text is None else text.lower()


def _check_revision(connection: Connection, wanted: str) -> None:
    """Let no process go on that was started before an upgrade."""
    if not wanted:
        return
    found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    if found != wanted:
        raise SchemaError(
            f"The database was brought to schema {found} while this process ran, which needs "
            f"{wanted}.",
            hint="start it again, with the program that belongs to the database",
        )


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
