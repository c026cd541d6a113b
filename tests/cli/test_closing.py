"""Whoever copies the database file after a command has all of it."""

import shutil
import sqlite3
from contextlib import closing

import pytest

from digest.errors import InputError, NotFoundError
from digest.ground.database.engine import Database

MANY = 20_000


def count(file, table="subscribers"):
    with closing(sqlite3.connect(file)) as connection:
        return connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608


@pytest.fixture
def readers(tmp_path):
    file = tmp_path / "readers.csv"
    file.write_text("email\n" + "".join(f"reader{n}@example.org\n" for n in range(MANY)))
    return file


def copied(tmp_path):
    """A copy of the file alone, as a backup by `cp` makes it."""
    (tmp_path / "copy").mkdir()
    return shutil.copyfile(tmp_path / "digest.db", tmp_path / "copy" / "digest.db")


def test_the_file_alone_has_every_reader_after_an_import(run, readers, tmp_path):
    run("subscribers", "import", str(readers), "--confirmed")
    assert not (tmp_path / "digest.db-wal").exists()
    assert count(copied(tmp_path)) == MANY


def test_so_it_has_while_another_process_is_connected(run, readers, tmp_path, sqlite_url):
    other = Database(sqlite_url)
    other.knock()
    run("subscribers", "import", str(readers), "--confirmed")
    assert (tmp_path / "digest.db-wal").stat().st_size == 0
    assert count(copied(tmp_path)) == MANY
    other.close()


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (("status",), None),
        (("subscribers", "list", "--limit", "1"), None),
        (("subscribers", "show", "nobody@example.org"), NotFoundError),
        (("subscribers", "add", "no address"), InputError),
        (("edition", "open"), None),
        (("send",), None),
        (("doctor", "--offline", "--no-such-word"), SystemExit),
        (("demo", "--no-stay"), None),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_no_command_leaves_a_log_behind_however_it_ends(loaded, tmp_path, words, error):
    if error is None:
        loaded(*words)
    elif error is SystemExit:
        loaded(*words, code=2)
    else:
        with pytest.raises(error):
            loaded(*words)
    assert [file.name for file in tmp_path.rglob("*-wal")] == []
