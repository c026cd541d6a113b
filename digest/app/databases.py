"""The database of the settings, opened or created, and the folders beside it."""

from pathlib import Path

from digest.app.clocks import Clock
from digest.app.files import Files
from digest.errors import SchemaError
from digest.ground import shipped
from digest.ground.database import schema
from digest.ground.database.engine import Database
from digest.installation import marks, observing
from digest.settings import Settings


def opened(settings: Settings, clock: Clock, *, read_only: bool) -> Database:
    """Return the database, of the schema that this code needs; SchemaError when it is not.

    read_only: it refuses every change. Else it is compared with this machine's mark, and who
    leaves is copied beside it.
    """
    database = unchecked(settings, read_only=read_only)
    if (found := schema.current(database)) != schema.HEAD:
        database.close()
        state = f"is at schema {found}" if found else "is empty"
        raise SchemaError(
            f"The database {state}; this program needs {schema.HEAD}.",
            hint=schema.NEWER if schema.is_newer(found) else "digest init",
        )
    database.revision = schema.HEAD
    if not read_only:
        folder = marks.folder_beside(journals(settings, database))
        database.after_leaving = lambda: observing.note(database, folder, clock())
        observing.look(database, folder, clock())
    return database


def unchecked(settings: Settings, *, read_only: bool = False) -> Database:
    """Return the database whatever its schema, also when there is none yet; close it."""
    keys = settings.keys if settings.secret_key else ()
    url = settings.database_url.get_secret_value()
    return Database(url, read_only=read_only, secret_keys=keys)


def is_there(settings: Settings) -> bool:
    """Return whether there is a database with tables of ours; none is made."""
    database = unchecked(settings, read_only=True)
    try:
        if (file := database.file) and not file.exists():  # to open it would make it
            return False
        return schema.current(database) is not None
    finally:
        database.close()


def init(settings: Settings, files: Files, clock: Clock) -> tuple[str | None, str]:
    """Create or upgrade the database; return the schema before and after."""
    from digest.subscribers import suppression_keys

    database = unchecked(settings)
    try:
        before = schema.current(database)
        own = files.vocabulary.topics if settings.catalogue else ()
        schema.upgrade(database, shipped.migrations_dir(), own_topics=own)
        if before is None:  # what was seen here is of a database that is gone
            marks.set_aside(marks.folder_beside(journals(settings, database)), clock())
        if settings.secret_key:
            suppression_keys.protect(database, clock())
    finally:
        database.close()
    return before, schema.HEAD


def journals(settings: Settings, database: Database) -> Path:
    """Return the folder of the journals: see `App.journals`."""
    if settings.journal_dir:
        return settings.journal_dir
    url, file = database.url, database.file
    if file is None:
        return Path(f"{url.host or 'local'}-{url.database}-journals")
    return Path(f"{file.resolve()}-journals")


def former_journals(settings: Settings, database: Database) -> Path | None:
    """Return where earlier versions had them: see `App.former_journals`."""
    if settings.journal_dir or not (file := database.file):
        return None
    return Path(f"{file}-journals") if file.absolute() != file.resolve() else None
