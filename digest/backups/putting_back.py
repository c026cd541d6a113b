"""Put a backup in the place of the present database, which is put aside and never deleted."""

from datetime import datetime
from pathlib import Path

from digest.backups import manifest, postgres_dump, sqlite_copy
from digest.backups.manifest import Manifest, checksum
from digest.delivery.store import journal
from digest.errors import DigestError, InputError, SettingsError
from digest.ground.database import schema
from digest.ground.database.engine import Database


def put_back(database: Database, journals: Path, path: Path, now: datetime) -> str:
    """Put a backup back; return where the present database is now, empty when there was none.

    path: of the backup or its manifest. DigestError, and nothing is changed, while others use the
    database; InputError for a backup that is not whole, or is of another kind of database;
    SettingsError for one of a newer program.
    """
    described = manifest.read(path)
    file = path.with_name(described.file)
    _check(database, described, file)
    if living := journal.count_living(journals):
        raise DigestError(
            f"{living} batches are being sent: their journals in {journals} are in use.",
            hint="stop the service and every `digest send`, then repeat this",
        )
    suffix = f"before-restore-{now:%Y%m%dT%H%M%SZ}"
    if database.file is not None:
        database.close()
        aside = sqlite_copy.put_in_place(database.file, file, suffix)
        return str(aside) if aside else ""
    found = schema.current(database)
    database.close()
    try:
        name = postgres_dump.put_in_place(database, file, suffix.replace("-", "_").lower())
    finally:
        database.close()
    return f"schema {name}" if found else ""


def _check(database: Database, described: Manifest, file: Path) -> None:
    kind = database.url.get_backend_name()
    if described.database != kind:
        raise InputError(f"{file} is a backup of {described.database}, and this is {kind}.")
    if schema.is_newer(described.schema):
        raise SettingsError(
            f"{file} has schema {described.schema}, newer than this program ({schema.HEAD}).",
            hint=schema.NEWER,
        )
    if not file.exists():
        raise InputError(f"There is no file {file}, which the manifest describes.")
    if checksum(file) != described.sha256:
        raise InputError(
            f"{file} is not what was backed up: its checksum differs.", hint="take another backup"
        )
