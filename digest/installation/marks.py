"""The mark of a machine: how far it has seen the database come, in a small file (ADR 42).

The folder of the marks is beside that of the journals, outside of the database:

    mark.json          the newest state that this machine has seen
    sent-DATE.log      who was mailed what (sent_log)
    leavers-MONTH.log  who left, and who must not be mailed (leavers_log)
"""

import fcntl
import json
import os
import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from digest.errors import DigestError
from digest.installation.rules.state import State

NAME = "mark.json"
_LOCK = "lock"
_HINT = "see what became of it; `digest restore --accept` makes a new one"
_TORN = b"?\n"  # ends a line of which only a part was written, so that none takes it for whole


class LostMarkError(DigestError):
    """What a machine has seen is not known, as its mark cannot be read or is gone."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What a machine has seen. copied: the newest events that its log of leavers has."""

    machine: str
    state: State | None = None
    copied: tuple[int, ...] = ()


def folder_beside(journals: Path) -> Path:
    """Return the folder of the marks: beside that of the journals."""
    return journals.with_name(f"{journals.name.removesuffix('-journals')}-marks")


def name_of(folder: Path) -> str:
    """Return what a machine's folder is called in words: host and path."""
    return f"{socket.gethostname()}:{folder.resolve()}"


def read(folder: Path) -> Mark | None:
    """Return the mark; None when there is none yet.

    LostMarkError for a file that is none, and without one when there are logs beside it.
    """
    file = folder / NAME
    try:
        values = json.loads(file.read_text(encoding="utf-8"))
        state = State.from_json(values["state"]) if values["state"] else None
        return Mark(values["machine"], state, tuple(values["copied"]))
    except FileNotFoundError:
        if not has_logs(folder):
            return None
        raise LostMarkError(
            f"The mark of this machine is gone, its logs are there: {file}.", hint=_HINT
        ) from None
    except (OSError, ValueError, KeyError, TypeError) as exc:
        raise LostMarkError(f"The mark {file} cannot be read: {exc}", hint=_HINT) from None


def has_logs(folder: Path) -> bool:
    """Return whether a folder has logs of what was sent or of who left."""
    return any(folder.glob("sent-*.log")) or any(folder.glob("leavers-*.log"))


def begin(folder: Path) -> None:
    """Make the mark of a folder that has none and no logs: it comes before them."""
    if not (folder / NAME).exists() and not has_logs(folder):
        with locked(folder):
            pass


@contextmanager
def locked(folder: Path, *, lost: bool = False) -> Iterator[Mark]:
    """Yield the mark, or a new one, while no other process of this machine changes it.

    lost: what is there is no mark; a new one is yielded, and written by the caller alone.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = os.open(folder / _LOCK, os.O_CREAT | os.O_RDWR, 0o600)
    except OSError as exc:
        raise unwritable(folder, exc) from None
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        mark = None if lost else read(folder)
        if mark is None:
            mark = Mark(secrets.token_hex(16))
            if not lost:
                write(folder, mark)
        yield mark
    finally:
        os.close(file)


def write(folder: Path, mark: Mark) -> None:
    """Write the mark so that a loss of power leaves the old one or the new one.

    That the old one is left costs little: it is lower.
    """
    values: dict[str, Any] = {
        "machine": mark.machine,
        "copied": list(mark.copied),
        "state": mark.state._asdict() if mark.state else None,
    }
    new = folder / f"{NAME}.new"
    try:
        with os.fdopen(os.open(new, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w") as file:
            json.dump(values, file)
            file.flush()
            os.fsync(file.fileno())
        new.replace(folder / NAME)
    except OSError as exc:
        raise unwritable(folder, exc) from None


def set_aside(folder: Path, now: datetime) -> Path | None:
    """Give all files of a folder's marks another name; return the new folder, None without one."""
    if not folder.exists():
        return None
    aside = folder.with_name(f"{folder.name}.aside-{now:%Y%m%dT%H%M%SZ}")
    folder.rename(aside)
    return aside


def append(file: Path, data: bytes, *, sync: bool) -> None:
    """Add whole lines to a log, also after a torn one; sync: wait until they are on the disk."""
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(file, os.O_CREAT | os.O_APPEND | os.O_RDWR, 0o600)
        try:
            size = os.fstat(handle).st_size
            if size and os.pread(handle, 1, size - 1) != b"\n":
                data = _TORN + data
            whole = os.write(handle, data) == len(data)
            if sync:
                os.fsync(handle)
        finally:
            os.close(handle)
    except OSError as exc:
        raise unwritable(file, exc) from None
    if not whole:
        raise unwritable(file, OSError("only a part of it found room"))


def forget_logs(folder: Path, oldest: str) -> int:
    """Delete the logs of the same kind whose names come before this one; return how many."""
    kind = oldest.partition("-")[0]
    old = [path for path in folder.glob(f"{kind}-*.log") if path.name < oldest]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)


def unwritable(path: Path, exc: OSError) -> DigestError:
    """Return the error for what cannot be written beside the journals."""
    return DigestError(
        f"{path} cannot be written: {exc.strerror or exc}.",
        hint="make room on its disk, and let the user who runs this write to its folder",
    )
