"""Which program this is: another one after every change of its files or its libraries."""

import hashlib
import os
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from digest.ground import shipped

_NOT_OURS = {"__pycache__", "_shipped"}


@cache
def fingerprint() -> bytes:
    """Return a hash of the program as it is on this machine; looked at once a process.

    It is made of Python's version, of name, size and time of each file of the package, and of the
    names of the installed libraries, which have their versions in them.
    """
    digest = hashlib.sha256(f"{sys.version}\0{sys.byteorder}\0".encode())
    for line in (*_files(shipped.package_dir()), *_libraries()):
        digest.update(f"{line}\0".encode(errors="surrogateescape"))
    return digest.digest()


def _files(folder: Path | str) -> Iterator[str]:
    with os.scandir(folder) as entries:
        for entry in sorted(entries, key=lambda one: one.name):
            if not entry.is_dir():
                found = entry.stat()
                yield f"{entry.path} {found.st_size} {found.st_mtime_ns}"
            elif entry.name not in _NOT_OURS:
                yield from _files(entry.path)


def _libraries() -> list[str]:
    folders = {Path(folder) for folder in sys.path if folder}
    return sorted({path.name for folder in folders for path in folder.glob("*-info")})
