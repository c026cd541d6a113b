"""Files in which one process leaves the next what it made, so that it need not be made again.

A file is named by a hash of everything that its content was made from, so none is ever out of date.
It carries an HMAC under the service's secret key, which is checked before a byte of it is read as
anything: whoever can write to the folder and does not have the key cannot put words into a mail.
To lose a file, or all of them, costs the time to make them anew (ADR 62).
"""

import errno
import hashlib
import hmac
import logging
import os
import secrets
import stat
from collections.abc import Iterable
from pathlib import Path
from time import time

MOST_OF_A_KIND = 8
OLDEST_SECONDS = 8 * 24 * 3600.0
_LARGEST = 1 << 28  # octets; nothing that was written here is larger
_MAGIC = b"digest kept 1\n"
_START = len(_MAGIC) + 32  # of the content, behind the HMAC
_PURPOSE = b"key of what is kept beside the journals\0"
_log = logging.getLogger(__name__)


def folder_beside(journals: Path) -> Path:
    """Return the folder of what is kept: beside that of the journals."""
    return journals.with_name(f"{journals.name.removesuffix('-journals')}-kept")


def hash_of(parts: Iterable[bytes]) -> bytes:
    """Return a hash of octet strings in their order; no others have it, however divided."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(b"%d:" % len(part))
        digest.update(part)
    return digest.digest()


class KeptFiles:
    """The files of one folder, for any number of processes at once.

    secret: the service's secret key. What cannot be read or written is said once in the log and is
    no error: whoever asks gets None, and makes it.
    """

    def __init__(self, folder: Path, secret: bytes) -> None:
        self._folder = folder
        self._key = hmac.digest(secret, _PURPOSE, "sha256")
        self._told: set[Path] = set()

    def get(self, kind: str, made_from: bytes) -> memoryview | None:
        """Return what was kept of a kind under a hash; None when there is nothing to be trusted.

        kind: letters and hyphens.
        """
        path = self._path(kind, made_from)
        try:
            data = memoryview(_read(path))
        except FileNotFoundError:
            return None
        except OSError as exc:
            self._tell(path, f"{path} cannot be read, and is made anew: {exc.strerror or exc}.")
            return None
        if not hmac.compare_digest(data[:_START], self._head(path, data[_START:])):
            why = "it is damaged, or another secret key wrote it"
            self._tell(path, f"{path} is not used, but made anew: {why}.")
            return None
        return data[_START:]

    def put(self, kind: str, made_from: bytes, content: bytes) -> None:
        """Keep something for the next process, whole or not at all; what is old is deleted."""
        path = self._path(kind, made_from)
        try:
            self._write(path, content)
            self._tidy(kind)
        except OSError as exc:
            why = exc.strerror or exc
            self._tell(self._folder, f"Nothing can be kept in {self._folder}: {why}.")

    def _path(self, kind: str, made_from: bytes) -> Path:
        return self._folder / f"{kind}.{made_from.hex()}"

    def _head(self, path: Path, content: bytes | memoryview) -> bytes:
        """Return what stands before a content; the name is under the HMAC, too."""
        mac = hmac.new(self._key, b"%s\0" % path.name.encode(), "sha256")
        mac.update(content)
        return _MAGIC + mac.digest()

    def _write(self, path: Path, content: bytes) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        new = self._folder / f"{path.name}.{secrets.token_hex(8)}"
        how = os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW
        try:
            with os.fdopen(os.open(new, how, 0o600), "wb") as file:
                file.write(self._head(path, content))
                file.write(content)
            new.replace(path)
        finally:
            new.unlink(missing_ok=True)

    def _tidy(self, kind: str) -> None:
        """Delete all of a kind but the newest; what killed processes left is among it."""
        times = {path: _written_at(path) for path in self._folder.glob(f"{kind}.*")}
        newest_first = sorted(times, key=times.__getitem__, reverse=True)
        oldest = time() - OLDEST_SECONDS
        for number, path in enumerate(newest_first):
            if number >= MOST_OF_A_KIND or times[path] < oldest:
                path.unlink(missing_ok=True)

    def _tell(self, about: Path, what: str) -> None:
        if about not in self._told:
            self._told.add(about)
            _log.warning("%s", what)


def _read(path: Path) -> bytes:
    """Read a regular file of our own; OSError for anything else."""
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(handle, "rb", buffering=0) as file:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode) or found.st_size > _LARGEST:
            raise OSError(errno.EINVAL, "it is none of our files")
        return file.readall()


def _written_at(path: Path) -> float:
    """Return when a file was written; one that is gone was written long ago."""
    try:
        return path.stat().st_mtime
    except FileNotFoundError:  # another process deleted it just now
        return 0.0
