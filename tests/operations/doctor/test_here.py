import os
from contextlib import contextmanager
from datetime import timedelta

import pytest

from digest.ground.database import schema
from digest.ground.database.engine import Database
from digest.ground.shipped import migrations_dir
from digest.operations.doctor import here
from digest.operations.doctor.finding import Level
from digest.runs.store import tasks
from tests.factories import DAY, NOON
from tests.rows import store_dump

NOBODY = 65534


@pytest.mark.parametrize(
    ("key", "level"),
    [
        (b"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", Level.FAIL),
        (b"a key of words, no more", Level.WARN),
        (b"kX9_3vQ-Zt7LmW2pRb8sYc4NfH6jGd1A", Level.OK),
    ],
)
def test_a_weak_key_is_told(key, level):
    found = here.secret_key([key])
    assert found.level is level
    assert bool(found.mend) == (level is not Level.OK)


@pytest.mark.parametrize(
    ("mode", "level"), [(0o600, Level.OK), (0o640, Level.WARN), (0o644, Level.FAIL)]
)
def test_files_that_others_can_open_are_told(tmp_path, mode, level):
    file = tmp_path / ".env"
    file.write_text("DIGEST_SECRET_KEY=x")
    file.chmod(mode)
    found = here.permissions([file, tmp_path / "missing"])
    assert found.level is level
    assert (str(file) in found.mend) == (level is not Level.OK)


def test_the_room_on_a_disk_is_told(tmp_path):
    assert str(tmp_path) in here.disk(tmp_path).what


def test_a_database_of_another_schema_is_told_with_the_remedy(tmp_path, sqlite_url):
    empty = Database(f"sqlite:///{tmp_path / 'new.db'}")
    found = here.database(empty, "new.db")
    assert (found.level, found.mend) == (Level.FAIL, "digest init")
    schema.upgrade(empty, migrations_dir())
    assert here.database(empty, "new.db").level is Level.OK
    schema.downgrade(empty, migrations_dir(), "-1")
    assert "this program needs" in here.database(empty, "new.db").what
    empty.close()


@pytest.mark.parametrize(
    ("hour", "minute", "level"),
    [
        (0, 0, Level.WARN),
        (5, 59, Level.WARN),
        (6, 0, Level.OK),
        (7, 0, Level.OK),
        (7, 1, Level.WARN),
    ],
)
def test_editions_that_open_long_before_or_after_their_hour_are_told(hour, minute, level):
    found = here.opening(NOON.replace(hour=hour, minute=minute), 7)
    assert found.level is level
    assert f"{hour:02}:{minute:02}" in found.what
    assert ("DIGEST_SCHEDULE_OPEN" in found.mend) == (level is Level.WARN)


@contextmanager
def an_ordinary_user():
    """Be nobody to `os.access`, which asks for the real user: root may write to every file."""
    before = os.getresuid()
    if before[0] == 0:
        os.setresuid(NOBODY, -1, -1)
    try:
        yield
    finally:
        os.setresuid(*before)


def test_a_file_that_may_only_be_read_is_told_with_the_remedy(tmp_path, sqlite_url):
    file = Database(sqlite_url).file
    assert here.database(Database(sqlite_url), "digest.db").level is Level.OK
    file.chmod(0o400)
    with an_ordinary_user():
        found = here.database(Database(sqlite_url), "digest.db")
    assert (found.level, "folder" in found.mend) == (Level.FAIL, True)


def test_a_server_that_may_only_be_read_is_told_with_the_remedy(postgres_url):
    read_only = "&options=-cdefault_transaction_read_only%3Don"
    for end, level in (("", Level.OK), (read_only, Level.FAIL)):
        database = Database(postgres_url + end)
        found = here.database(database, "digest")
        assert (found.level, "standby" in found.mend) == (level, level is Level.FAIL)
        database.close()


def test_a_clock_that_contradicts_the_database_is_told(database):
    with database.write() as session:
        store_dump(session, DAY, ["A paper"])
    if database.is_sqlite:  # PostgreSQL tells its own time, which is not that of the test
        assert here.clock(database, NOON).level is Level.OK
    else:
        assert "seconds off" in here.clock(database, NOON).what
    past = here.clock(database, NOON - timedelta(hours=3))
    assert past.level is Level.FAIL
    assert "a row was written at 2026-11-19 12:00" in past.what
    assert "long ago" in here.clock(database, NOON.replace(year=1970)).what


def test_a_clock_that_does_not_tick_is_told(database):
    assert here.tasks(database, NOON, NOON).level is Level.SKIPPED
    with database.write() as session:
        tasks.begin(session, "plan", NOON - timedelta(minutes=1))
    assert here.tasks(database, NOON, NOON).level is Level.OK
    assert here.tasks(database, NOON + timedelta(hours=1), NOON).level is Level.WARN
    with database.write() as session:
        tasks.end(session, "plan", NOON, error="no route", report=None)
    found = here.tasks(database, NOON, NOON)
    assert found.level is Level.FAIL
    assert "no route" in found.what
