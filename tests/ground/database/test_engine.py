"""Transactions: one consistent view to read in, all or nothing to write."""

import resource
import socket
import sqlite3
import threading

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from digest.errors import SettingsError, UnreachableError
from digest.ground.database.engine import Database
from digest.ground.database.statements import insert_new
from digest.ground.database.tables.delivery import ReasonRow


def add(session, subject):
    session.add(ReasonRow(kind="topic", subject=subject))
    session.flush()


def add_twice(session, subject):
    add(session, subject)
    add(session, subject)


def count(session):
    return session.scalar(select(func.count()).select_from(ReasonRow))


def test_what_was_written_is_there_at_the_end_and_not_before(database):
    with database.write() as writing:
        add(writing, "speech")
        with database.read() as session:
            assert count(session) == 0
    with database.read() as session:
        assert count(session) == 1


def test_an_error_takes_everything_back(database):
    with pytest.raises(IntegrityError), database.write() as session:
        add_twice(session, "speech")
    with database.read() as session:
        assert count(session) == 0


def test_what_is_changed_while_reading_is_not_kept(database):
    with database.read() as session:
        add(session, "speech")
    with database.read() as session:
        assert count(session) == 0


def test_a_reader_sees_one_moment_whatever_is_committed_meanwhile(database):
    with database.read() as session:
        assert count(session) == 0
        with database.write() as writing:
            add(writing, "speech")
        assert count(session) == 0
    with database.read() as session:
        assert count(session) == 1


def test_writing_after_reading_is_not_bound_to_the_readers_view(database):
    """The connection goes back to the pool as it was."""
    with database.read() as session:
        count(session)
    with database.write() as session:
        if not database.is_sqlite:
            level = session.scalar(text("SHOW transaction_isolation"))
            assert level == "read committed"


def test_a_connection_that_somebody_still_has_is_closed_when_they_are_done(database):
    with database.read() as session:
        connection = session.connection().connection.driver_connection
        database.close()
        assert session.scalar(select(1)) == 1
    with pytest.raises(database.engine.dialect.loaded_dbapi.Error, match="closed"):
        connection.execute("SELECT 1")
    for _ in range(2):  # and it may be used again
        with database.read() as session:
            assert session.scalar(select(1)) == 1


def test_a_second_writer_on_sqlite_waits_for_the_first(sqlite_url):
    database = Database(sqlite_url)
    entered = threading.Event()
    seen = []

    def second():
        entered.set()
        with database.write() as session:
            seen.append(count(session))

    with database.write() as session:
        thread = threading.Thread(target=second)
        thread.start()
        entered.wait(5)
        add(session, "speech")
    thread.join(20)
    assert seen == [1]
    database.close()


def test_a_read_only_database_refuses_every_write(database):
    closed = Database(database.url.render_as_string(hide_password=False), read_only=True)
    with pytest.raises(PermissionError), closed.write():
        pass
    with closed.read() as session:
        assert count(session) == 0
        with pytest.raises(DBAPIError, match=r"readonly|read-only"):
            add(session, "speech")
        session.rollback()
    closed.close()


def test_new_rows_go_in_and_old_ones_stay(database):
    rows = [{"kind": "topic", "subject": subject} for subject in ("a", "b")]
    with database.write() as session:
        session.execute(insert_new(session, ReasonRow), rows[:1])
    with database.write() as session:
        session.execute(insert_new(session, ReasonRow), rows)
        assert count(session) == 2
    with pytest.raises(IntegrityError), database.write() as session:
        add(session, "a")


def test_sqlite_keeps_what_is_safe(sqlite_url):
    database = Database(sqlite_url)
    with database.read() as session:
        found = {
            name: session.scalar(text(f"PRAGMA {name}"))
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert found == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "busy_timeout": 60000,
    }
    database.close()


def test_a_database_knows_its_file(tmp_path):
    assert Database(f"sqlite:///{tmp_path}/x.db").file == tmp_path / "x.db"
    assert Database("sqlite://").file is None
    assert Database("sqlite:///:memory:").file is None
    assert Database("postgresql://host/name").file is None


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
def test_every_spelling_of_postgresql_means_psycopg(scheme):
    assert Database(f"{scheme}://ann@host/name").url.drivername == "postgresql+psycopg"


@pytest.mark.parametrize(
    "address",
    [
        *("", "digest.db", "mysql://host/name", "postgresql://host:port/name"),
        *("postgresql+psycopg9://host/name", "sqlite+nonsense:///x.db"),
    ],
)
def test_an_address_that_we_cannot_use_is_a_mistake_in_the_settings(address):
    with pytest.raises(SettingsError, match="DIGEST_DATABASE_URL") as caught:
        Database(address)
    assert caught.value.hint


def test_a_driver_that_is_not_installed_is_named(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "psycopg", None)
    with pytest.raises(SettingsError, match="psycopg") as caught:
        Database("postgresql://host/name")
    assert "digest[postgres]" in caught.value.hint


@pytest.mark.parametrize(
    "address",
    [
        "sqlite:////no/such/folder/digest.db",
        "postgresql://ann:hunter2@127.0.0.1:9/name",
        "postgresql://ann:hunter2@nowhere.invalid/name",
        "postgresql://ann:hunter2@/name?host=/no/such/folder",
    ],
)
def test_a_database_that_cannot_be_reached_is_named_without_its_password(address):
    with pytest.raises(UnreachableError) as caught, Database(address).read() as session:
        count(session)
    assert "hunter2" not in str(caught.value)
    assert "name" in str(caught.value) or "digest.db" in str(caught.value)


def test_a_file_that_is_no_database_is_named(tmp_path):
    file = tmp_path / "README.md"
    file.write_text("# This is not a database, but it is long enough to be looked at.\n" * 20)
    broken = Database(f"sqlite:///{file}")
    with pytest.raises(UnreachableError, match=r"README\.md"), broken.write() as session:
        count(session)


def test_a_new_file_can_be_read_by_its_owner_alone(tmp_path):
    database = Database(f"sqlite:///{tmp_path / 'new.db'}")
    with database.write() as session:
        session.execute(text("CREATE TABLE readers (address)"))
        modes = {each.name: oct(each.stat().st_mode & 0o777) for each in tmp_path.iterdir()}
    database.close()
    assert modes == dict.fromkeys(("new.db", "new.db-shm", "new.db-wal"), "0o600")


def test_a_full_disk_is_named(tmp_path, sqlite_url):
    full = Database(sqlite_url)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    named = pytest.raises(UnreachableError, match=r"digest\.db was lost: disk I/O error")
    with named, full.write() as session:
        session.execute(text("CREATE TABLE filling (words TEXT)"))
        session.execute(text("INSERT INTO filling VALUES (hex(randomblob(100000)))"))
        resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, limits[1]))
    resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    full.close()


def test_a_file_that_may_only_be_read_is_named(sqlite_url):
    database = Database(sqlite_url)
    named = pytest.raises(UnreachableError, match="cannot be written to")
    with named as caught, database.write() as session:
        session.execute(text("PRAGMA query_only = ON"))
        session.execute(text("CREATE TABLE filling (words TEXT)"))
    assert "folder" in caught.value.hint
    database.close()


def test_a_server_that_may_only_be_read_is_named(postgres_url):
    database = Database(f"{postgres_url}&options=-cdefault_transaction_read_only%3Don")
    named = pytest.raises(UnreachableError, match="cannot be written to")
    with named as caught, database.write() as session:
        session.execute(text("CREATE TABLE filling (words TEXT)"))
    assert "standby" in caught.value.hint
    database.close()


def test_a_server_that_goes_away_in_the_middle_is_named(postgres_url):
    database = Database(postgres_url)
    end = text("SELECT pg_terminate_backend(pg_backend_pid())")
    with pytest.raises(UnreachableError, match="was lost"), database.read() as session:
        session.execute(end)
    with database.read() as session:  # and a new connection is had at once
        assert session.scalar(text("SELECT 1")) == 1
    database.close()


def test_a_server_whose_every_connection_waits_is_named(postgres_url):
    database = Database(postgres_url)
    pool = database.engine.pool
    taken = [database.engine.connect() for _ in range(pool.size() + pool._max_overflow)]
    pool._timeout = 0.05
    with pytest.raises(UnreachableError, match="no connection became free"), database.read():
        pass
    for connection in taken:
        connection.close()
    database.close()


def test_a_server_that_vanishes_is_not_waited_for_longer_than_the_address_says(postgres_url):
    assert Database("sqlite://").patience == {}
    assert Database(postgres_url).patience["connect_timeout"] == 10
    joined = "&" if "?" in postgres_url else "?"
    own = Database(f"{postgres_url}{joined}connect_timeout=3")
    assert "connect_timeout" not in own.patience
    with own.read() as session:
        driver = session.connection().connection.driver_connection
        options = driver.info.get_parameters()
    own.close()
    assert options["connect_timeout"] == "3"
    assert options["tcp_user_timeout"] == "60000"


@pytest.mark.timeout(60)
def test_a_server_that_takes_connections_and_says_nothing_is_given_up():
    with socket.create_server(("127.0.0.1", 0)) as mute:
        port = mute.getsockname()[1]
        silent = Database(f"postgresql://ann@127.0.0.1:{port}/digest?connect_timeout=2")
        with pytest.raises(UnreachableError, match="cannot be opened"), silent.read():
            pass


@pytest.mark.timeout(60)
def test_no_thread_waits_longer_for_its_turn_than_for_another_process(sqlite_url):
    database = Database(sqlite_url, lock_seconds=0.1)
    holds, free = threading.Event(), threading.Event()

    def hold():
        with database.write():
            holds.set()
            free.wait(30)

    holder = threading.Thread(target=hold)
    holder.start()
    holds.wait(30)
    with pytest.raises(UnreachableError, match="database is locked"), database.write():
        pass
    free.set()
    holder.join()
    with database.write() as session:
        add(session, "speech")
    database.close()


def test_other_trouble_keeps_its_own_words(database):
    with pytest.raises(Exception, match="no_such_table"), database.read() as session:
        session.execute(text("SELECT * FROM no_such_table"))


def test_sqlite_is_new_enough():
    assert sqlite3.sqlite_version_info >= (3, 35)  # RETURNING


def test_no_password_of_an_address_is_in_its_name_or_in_an_error():
    url = "postgresql://ann:geheim@127.0.0.1:1/digest?password=geheim&sslpassword=geheim"
    database = Database(url)
    assert database.name == (
        "postgresql+psycopg://ann:***@127.0.0.1:1/digest?password=***&sslpassword=***"
    )
    with pytest.raises(UnreachableError) as caught:
        database.knock()
    assert "geheim" not in str(caught.value) + caught.value.hint
