"""What the database drivers say when it is not there or cannot be used, in words for operators."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as BusyError

from digest.errors import LockedError, SettingsError, UnreachableError
from digest.ground.masking import mask_url

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

_LOCK_TIMEOUT = "55P03"  # lock_not_available, in PostgreSQL's table of error codes

# What pgbouncer says of the first transaction when it takes connections away after each statement.
_NO_TRANSACTIONS = "statement pooling mode"

WRITABLE_FILE = "let the user who runs this write to the file, its -wal and -shm, and their folder"
WRITABLE_SERVER = "use the primary server, not a standby; see default_transaction_read_only"


@contextmanager
def named_errors(url: URL) -> Iterator[None]:
    """Put the errors that an operator can fix into words."""
    try:
        yield
    except BusyError:
        raise failing(url, "no connection became free; all of them wait for an answer") from None
    except DBAPIError as exc:
        cause = str(exc.orig)
        if getattr(exc.orig, "sqlstate", None) == _LOCK_TIMEOUT:
            raise LockedError(
                f"Another transaction changes the same rows of the database {shown(url)}.",
                hint="try again when it is over",
            ) from None
        if _NO_TRANSACTIONS in cause:
            raise SettingsError(
                f"The pooler in front of the database {shown(url)} allows no transactions.",
                hint="set its pool_mode to transaction or session, or name the server itself",
            ) from None
        if any(words in cause for words in _UNREACHABLE):
            raise _unreachable(url, cause) from None
        if any(words in cause for words in _UNWRITABLE):
            raise _unwritable(url, cause) from None
        if exc.connection_invalidated or any(words in cause for words in _FAILING):
            raise failing(url, cause) from None
        raise


def shown(url: URL) -> str:
    """Return an address as it may be shown: without passwords."""
    return mask_url(url.render_as_string(hide_password=True))


def failing(url: URL, cause: str) -> UnreachableError:
    """Return the error for a database that was there and fails now. cause: what the driver says."""
    place = shown(url)
    return UnreachableError(
        f"The connection to the database {place} was lost: {cause.splitlines()[0]}",
        hint="check that it runs and has disk space, then repeat the command: it continues",
    )


def _unwritable(url: URL, cause: str) -> UnreachableError:
    place = shown(url)
    is_file = url.get_backend_name() == "sqlite"
    return UnreachableError(
        f"The database {place} cannot be written to: {cause.splitlines()[0]}",
        hint=WRITABLE_FILE if is_file else WRITABLE_SERVER,
    )


def _unreachable(url: URL, cause: str) -> UnreachableError:
    place = shown(url)
    return UnreachableError(
        f"The database {place} cannot be opened: {cause.splitlines()[0]}",
        hint="check DIGEST_DATABASE_URL, and that the folder or the server exists",
    )
