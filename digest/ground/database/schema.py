"""Migrate a database to the schema that this code needs, and tell which one it has.

Alembic is imported only when migrations run: a send needs neither its time nor its memory.
"""

from collections.abc import Collection
from pathlib import Path
from typing import Literal

from sqlalchemy import func, inspect, select, text

from digest.errors import SettingsError
from digest.ground.database.engine import Database

_LOCK = 0x646967657374  # "digest": a number that is locked for nothing else in our database
HEAD = "0039"  # the newest revision under migrations/; a test keeps it true
NEWER = "run the program that upgraded it, or a newer one; nothing was changed"


def upgrade(
    database: Database,
    migrations: Path,
    revision: str = "head",
    *,
    own_topics: Collection[str] = (),
) -> None:
    """Run the migrations up to `revision` that this database has not had, if any.

    own_topics: those of an operator's own catalogue, whose readers no migration moves.
    SettingsError when the database is newer than this program.
    """
    if is_newer(found := current(database)):
        raise SettingsError(
            f"This database is newer (schema {found}) than this program ({HEAD}).", hint=NEWER
        )
    _run("upgrade", database, migrations, revision, own_topics)


def downgrade(database: Database, migrations: Path, revision: str) -> None:
    """Undo migrations down to `revision` ("base" undoes all)."""
    _run("downgrade", database, migrations, revision)


def is_newer(revision: str | None) -> bool:
    """Return whether a newer program made a revision: they are numbered."""
    return revision is not None and revision > HEAD


def current(database: Database) -> str | None:
    """Return the revision of the database; None if it has no tables of ours."""
    with database.read() as session:
        if not inspect(session.connection()).has_table("alembic_version"):
            return None
        revision: str | None = session.scalar(text("SELECT version_num FROM alembic_version"))
        return revision


def _run(
    way: Literal["upgrade", "downgrade"],
    db: Database,
    migrations: Path,
    to: str,
    own_topics: Collection[str] = (),
) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(migrations).replace("%", "%%"))
    with db.write() as session:
        if not db.is_sqlite:  # two at once: the second waits, and finds nothing to do
            session.execute(select(func.pg_advisory_xact_lock(_LOCK)))
        config.attributes["connection"] = session.connection()
        config.attributes["own_topics"] = own_topics
        run = command.upgrade if way == "upgrade" else command.downgrade
        run(config, to)
