"""What a backup is: a JSON file beside it, with time, schema, state, fingerprint and checksum."""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from hashlib import file_digest
from pathlib import Path
from typing import Any

from digest.errors import InputError, NotFoundError

_VERSION = 1


@dataclass(frozen=True, slots=True)
class Manifest:
    """A backup. file: its name, in the folder of the manifest. database: sqlite or postgresql.

    state: how far the database had come. fingerprint: of the settings that shape a mail.
    """

    made_at: str
    database: str
    schema: str
    file: str
    bytes: int
    sha256: str
    state: Mapping[str, Any]
    fingerprint: Mapping[str, str]
    version: int = _VERSION


def write(manifest: Manifest, path: Path) -> None:
    """Write a manifest, mode 0600; OSError when it cannot be written."""
    new = path.with_suffix(".json.part")
    with os.fdopen(os.open(new, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w") as file:
        json.dump(asdict(manifest), file, indent=2)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)


def read(path: Path) -> Manifest:
    """Read the manifest at a path, or beside the backup at it.

    NotFoundError when there is none, InputError for a file that is none.
    """
    file = path if path.suffix == ".json" else path.with_suffix(".json")
    try:
        return Manifest(**json.loads(file.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise NotFoundError(
            f"There is no manifest {file}.", hint="digest backup writes one beside each backup"
        ) from None
    except (OSError, ValueError, TypeError) as exc:
        raise InputError(f"{file} is no manifest of a backup: {exc}") from None


def checksum(path: Path) -> str:
    """Return the SHA-256 of a file, hex."""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()
