"""One head, the same tables as the mapped classes, and every step goes both ways."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from time import sleep

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Enum, column, insert, inspect, table, text

from digest.ground.database import schema
from digest.ground.database.engine import Database
from digest.ground.database.tables.whole import Base
from digest.ground.shipped import migrations_dir
from digest.model import Preferences, SubscriberState
from digest.subscribers.store import subscribers
from tests.conftest import REPOSITORY
from tests.factories import NOON


@pytest.fixture(params=["sqlite", "postgres"])
def nothing(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database without a table."""
    if request.param == "sqlite":
        database = Database(f"sqlite:///{tmp_path / 'new.db'}")
    else:
        database = Database(request.getfixturevalue("bare_postgres_url"))
    yield database
    database.close()


def scripts() -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", str(migrations_dir()))
    return ScriptDirectory.from_config(config)


def tables(database: Database) -> set[str]:
    """Its tables, without those of the job queue: they are another's."""
    with database.read() as session:
        names = inspect(session.connection()).get_table_names()
    return {name for name in names if not name.startswith("procrastinate_")}


def differences(database: Database) -> list[object]:
    """Return what Alembic would change to make the database equal the mapped classes."""

    def compare_type(_context, _column, _old, mapped, _new):
        return False if isinstance(mapped, Enum) else None  # stored as its word

    with database.read() as session:
        options = {
            "compare_type": compare_type,
            "compare_server_default": True,
            "include_name": lambda name, *_: not (name or "").startswith("procrastinate_"),
        }
        context = MigrationContext.configure(session.connection(), opts=options)
        return compare_metadata(context, Base.metadata)


def test_there_is_one_head_and_the_code_knows_it():
    assert scripts().get_heads() == [schema.HEAD]


def test_up_from_nothing_equals_the_mapped_classes(nothing):
    assert schema.current(nothing) is None
    schema.upgrade(nothing, migrations_dir())
    assert schema.current(nothing) == schema.HEAD
    assert differences(nothing) == []
    assert tables(nothing) == {*Base.metadata.tables, "alembic_version"}


def test_every_step_goes_down_and_up_again(nothing):
    revisions = [script.revision for script in scripts().walk_revisions()]
    for revision in reversed(revisions):
        schema.upgrade(nothing, migrations_dir(), revision)
        there = tables(nothing)
        schema.downgrade(nothing, migrations_dir(), "-1")
        schema.upgrade(nothing, migrations_dir(), revision)
        assert tables(nothing) == there
        assert schema.current(nothing) == revision
    assert differences(nothing) == []
    schema.downgrade(nothing, migrations_dir(), "base")
    assert tables(nothing) <= {"alembic_version"}
    assert schema.current(nothing) is None


def follow(database: Database, number: int, topics: dict[str, float]) -> None:
    """Add a subscriber as the schema before topics had groups has it."""
    with database.write() as session:
        if number == 1:
            session.execute(
                text(
                    "INSERT INTO delivery_schedules (id, cadence, weekday, hour, timezone)"
                    " VALUES (1, 'daily', 0, 7, 'UTC')"
                )
            )
        columns = {
            **{"id": number, "address": f"r{number}@example.org", "name": "", "state": "active"},
            **{"topics": json.dumps(topics), "interests": "[]", "muted": "[]", "max_papers": 10},
            **{"layout": "full", "language": "en", "empty_day": "skip", "schedule_id": 1},
            **{"created_at": "2026-11-19 12:00:00"},
        }
        names = list(columns)
        readers = table("subscribers", *map(column, names))
        session.execute(insert(readers).values(columns))


def followed(database: Database) -> list[dict[str, float]]:
    with database.read() as session:
        rows = session.execute(text("SELECT CAST(topics AS TEXT) FROM subscribers ORDER BY id"))
        return [json.loads(row[0]) for row in rows]


def test_readers_keep_what_they_followed_when_topics_are_divided(nothing):
    schema.upgrade(nothing, migrations_dir(), "0015")
    before = [
        {"code": 2.0, "compression": 1.0, "science-health": 0.5},
        {"generation": 1.0, "speech": 2.0},
        {},
        {"astrology": 1.0},
    ]
    for number, topics in enumerate(before, start=1):
        follow(nothing, number, topics)
    schema.upgrade(nothing, migrations_dir())
    new = ["image-generation", "video-generation", "music-audio"]
    assert followed(nothing) == [
        {"coding": 2.0, "compression": 1.0, "science": 0.5, "health": 0.5},
        {**dict.fromkeys(new, 1.0), "speech": 2.0},
        {},
        {"astrology": 1.0},
    ]
    schema.downgrade(nothing, migrations_dir(), "0015")
    assert followed(nothing) == before


def test_readers_of_an_operators_own_topics_are_left_alone(nothing):
    schema.upgrade(nothing, migrations_dir(), "0015")
    follow(nothing, 1, {"code": 1.0, "vision": 1.0})
    schema.upgrade(nothing, migrations_dir(), own_topics=["code"])
    new = ["multimodal", "vision", "video-understanding", "documents", "3d"]
    assert followed(nothing) == [{"code": 1.0, **dict.fromkeys(new, 1.0)}]


def test_links_of_before_nonces_are_those_of_who_was_there(nothing):
    schema.upgrade(nothing, migrations_dir(), "0019")
    for number in (1, 2):
        follow(nothing, number, {})
    schema.upgrade(nothing, migrations_dir())
    with nothing.write() as session:
        session.execute(text("DELETE FROM subscribers WHERE id = 2"))
        session.execute(text("UPDATE subscribers SET id = 100 WHERE id = 1"))
        readers = [("new@example.org", "", Preferences())]
        subscribers.add_all(session, readers, state=SubscriberState.ACTIVE, now=NOON)
        session.execute(text("UPDATE subscribers SET id = 2 WHERE address = 'new@example.org'"))
        old, new = (subscribers.binding(session, number) for number in (100, 2))
    assert (old.former, new.former) == (True, False)
    assert len(old.nonce) == len(new.nonce) == 16
    assert old.nonce != new.nonce


def test_again_is_harmless(nothing):
    for _ in range(2):
        schema.upgrade(nothing, migrations_dir())
    assert schema.current(nothing) == schema.HEAD


def wait_until_they_wait(database: Database, count: int) -> None:
    """Wait until so many processes wait for a lock (SQLite cannot tell: for a second)."""
    if database.is_sqlite:
        sleep(1)
        return
    waiting = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
    while True:
        with database.read() as session:
            if session.scalar(waiting) == count:
                return
        sleep(0.05)


def test_two_at_once_is_harmless(nothing):
    """Containers that start together all run `digest init`; here they all wait for one table."""
    code = (
        "import sys, pathlib; from digest.ground.database import schema;"
        "from digest.ground.database.engine import Database;"
        "schema.upgrade(Database(sys.argv[1]), pathlib.Path(sys.argv[2]))"
    )
    address = nothing.url.render_as_string(hide_password=False)
    command = [sys.executable, "-c", code, address, str(migrations_dir())]
    with nothing.write() as session:
        session.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32))"))
        runs = [subprocess.Popen(command, cwd=REPOSITORY) for _ in range(3)]
        wait_until_they_wait(nothing, len(runs))
        session.rollback()
    assert [run.wait() for run in runs] == [0, 0, 0]
    assert schema.current(nothing) == schema.HEAD


def test_a_failed_step_leaves_nothing_behind(nothing, tmp_path):
    broken = tmp_path / "broken 100%"
    versions = broken / "versions"
    versions.mkdir(parents=True)
    (broken / "env.py").write_text((migrations_dir() / "env.py").read_text())
    (versions / "0001_half.py").write_text(
        'import sqlalchemy as sa\nfrom alembic import op\nrevision = "0001"\n'
        "down_revision = None\n\n\ndef upgrade():\n"
        '    op.create_table("half", sa.Column("id", sa.Integer()))\n'
        '    raise RuntimeError("the disk is full")\n'
    )
    with pytest.raises(RuntimeError, match="the disk is full"):
        schema.upgrade(nothing, broken)
    assert tables(nothing) == set()
