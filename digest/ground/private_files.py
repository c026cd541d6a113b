"""Files that only their owner may read."""

import os
import stat
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
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW
    handle = os.open(path, flags, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
        if stat.S_ISREG(os.fstat(handle).st_mode):
            os.fchmod(handle, 0o600)
        yield file
