"""Back a database up while it is used: one consistent file, and a manifest that describes it."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from digest.backups import manifest, postgres_dump, sqlite_copy
from digest.backups.manifest import Manifest, checksum
from digest.errors import InputError
from digest.ground.database import schema
from digest.ground.database.engine import Database
from digest.installation.store import installation


def backup(
    database: Database,
    folder: Path,
    now: datetime,
    *,
    keep: int = 0,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> tuple[Path, Manifest]:
    """Write a backup into a folder and check it; return its path and manifest.

    keep: delete older ones so that so many are left; 0 deletes none. progress: told (done, of how
    much). InputError when the folder cannot be written. After a kill only files named .part are
    left, which nothing takes for a backup.
    """
    ending = "db" if database.is_sqlite else "dump"
    path = folder / f"digest-{now:%Y%m%dT%H%M%SZ}.{ending}"
    part = path.with_suffix(f".{ending}.part")
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if path.exists():
            raise InputError(f"There is a backup {path} already.")
        part.unlink(missing_ok=True)
        try:
            made = _make(database, part, path.name, now, progress)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
        manifest.write(made, path.with_suffix(".json"))
        if keep:
            _forget(folder, keep)
    except OSError as exc:
        raise InputError(f"Cannot write {path}: {exc.strerror}") from None
    return path, made


def _make(
    database: Database, part: Path, name: str, now: datetime, progress: Callable[[int, int], None]
) -> Manifest:
    if database.file is not None:
        sqlite_copy.copy(database.file, part, progress)
        copied = Database(f"sqlite:///{part}", read_only=True)
        try:
            with copied.read() as session:
                state, hashes = (
                    installation.read(session)[0],
                    installation.fingerprint(session).hashes,
                )
        finally:
            copied.close()
        sqlite_copy.check(part)
    else:
        with database.read() as session:
            state = installation.read(session)[0]
            hashes = installation.fingerprint(session).hashes
            part.touch(mode=0o600)
            postgres_dump.dump(database, session, part)
    return Manifest(
        made_at=now.isoformat(),
        database=database.url.get_backend_name(),
        schema=schema.HEAD,
        file=name,
        bytes=part.stat().st_size,
        sha256=checksum(part),
        state=state._asdict(),
        fingerprint=dict(hashes),
    )


def _forget(folder: Path, keep: int) -> None:
    """Delete all but the newest backups, with their manifests."""
    for old in sorted(folder.glob("digest-*Z.json"))[:-keep]:
        for ending in (".db", ".dump", ".json"):
            with suppress(FileNotFoundError):
                old.with_suffix(ending).unlink()
