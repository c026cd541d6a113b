"""Find dump files on disk, fingerprint them, and read them in chunks."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from digest.errors import DumpError, InputError, NotFoundError

_CHUNK_BYTES = 1 << 18
_FIRST_BYTES = 4096
_SUFFIXES = (".txt", ".jsonl")

Progress = Callable[[Path, int, int], None]  # the file, its bytes done, its bytes in all


@dataclass(frozen=True, slots=True)
class DumpFile:
    """A file as it was when first read. `day`: of its modification time, in UTC."""

    path: Path
    content_hash: str  # SHA-256, hex
    first_bytes: bytes
    size: int
    day: date


def expand(path: Path) -> list[Path]:
    """Return the files that an argument means: itself, or a directory's files by suffix, sorted.

    Raises NotFoundError when there is nothing of that name, InputError when it holds no dump.
    """
    if path.is_dir():
        named = (file for file in path.iterdir() if file.suffix in _SUFFIXES)
        if files := sorted(file for file in named if file.is_file()):
            return files
        raise InputError("the folder has no *.txt or *.jsonl files")
    if not path.exists():
        raise NotFoundError("no such file or directory")
    if not path.is_file():  # a pipe can be read once, and we read twice
        raise InputError("not a regular file")
    return [path]


def examine(path: Path) -> DumpFile:
    """Read a file once, in constant memory, to identify it. Raises InputError."""
    hasher = hashlib.sha256()
    try:
        with path.open("rb") as file:
            first_bytes = file.read(_FIRST_BYTES)
            hasher.update(first_bytes)
            while chunk := file.read(_CHUNK_BYTES):
                hasher.update(chunk)
            size = file.tell()
        day = datetime.fromtimestamp(path.stat().st_mtime, UTC).date()
    except OSError as exc:
        raise InputError(f"cannot be read: {exc.strerror}") from exc
    return DumpFile(path, hasher.hexdigest(), first_bytes, size, day)


def read(file: DumpFile, progress: Progress | None) -> Iterator[bytes]:
    """Yield the bytes of an examined file; DumpError when it has changed since."""
    hasher = hashlib.sha256()
    done = 0
    try:
        with file.path.open("rb") as source:
            while done <= file.size and (chunk := source.read(_CHUNK_BYTES)):
                yield chunk
                hasher.update(chunk)
                done += len(chunk)
                if progress:
                    progress(file.path, done, file.size)
    except OSError as exc:
        raise DumpError(f"cannot be read: {exc.strerror}") from exc
    if hasher.hexdigest() != file.content_hash:
        raise DumpError("the file changed while it was read")
