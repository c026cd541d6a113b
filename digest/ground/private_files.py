"""Files that only their owner may read."""

import errno
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


@contextmanager
def private_text_file(path: Path) -> Iterator[IO[str]]:
    """Open a file for writing UTF-8, mode 0600, also where it is there already.

    A symbolic link is not followed: in a folder that others write to, it leads where they want.
    Line ends are written as they are. OSError when it cannot be opened.
    """
    handle = _open(path, os.O_TRUNC)
    with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
        yield file


def write_private(path: Path, content: bytes, *, append: bool = False) -> None:
    """Write a file, or add to it, like `private_text_file`."""
    handle = _open(path, os.O_APPEND if append else os.O_TRUNC)
    with os.fdopen(handle, "wb", buffering=0) as file:
        file.write(content)


@contextmanager
def unnamed_file() -> Iterator[tuple[IO[bytes], Path]]:
    """Open a file that no folder lists, and that is gone with this process, whatever ends it.

    The path is for opening it again, in this process and for as long as it is open here.
    """
    with tempfile.TemporaryFile() as file:
        yield file, Path(f"/dev/fd/{file.fileno()}")


def _open(path: Path, how: int) -> int:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | how, 0o600)
    found = os.fstat(handle)
    if stat.S_ISREG(found.st_mode):
        if found.st_uid != os.geteuid():  # they could read what we write
            os.close(handle)
            raise PermissionError(errno.EPERM, "The file belongs to another user", str(path))
        os.fchmod(handle, 0o600)
    return handle
