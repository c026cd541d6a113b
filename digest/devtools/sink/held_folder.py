"""A sink's folder is one running sink's alone: two would give their messages the same numbers."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from digest.errors import InputError

HOLDER = "sink.lock"  # says which process holds the folder, for as long as it is locked


@contextmanager
def held_folder(directory: Path) -> Iterator[None]:
    """Hold a folder, which is made if it is not there; a kill of the process lets go of it.

    InputError when another sink holds it, which is named; OSError when it cannot be used.
    """
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    how = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW
    descriptor = os.open(directory / HOLDER, how, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(descriptor, 100).decode("ascii", "replace").strip()
            raise InputError(
                f"Another sink keeps its messages in {directory}: process {holder or 'unknown'}.",
                hint="give each sink a folder of its own, or stop that one",
            ) from None
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode())
        yield
    finally:
        os.close(descriptor)
