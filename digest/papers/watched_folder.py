"""Load the dumps in the watched folder, then move them to done/ or refused/ in it.

A file is claimed by moving it into taking/ under a unique name, and by a lock that ends with the
process. So no two processes load one file, and the next look loads what a killed process left in
taking/. Loading twice is harmless: a dump is recognised by its content.

Others may write to the watched folder, so its names are theirs to change at any time. The three
folders in it are opened once, must be ours, and are used by their descriptors; no link is followed.
"""

import datetime as dt
import errno
import fcntl
import logging
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from digest.ground.database.engine import Database
from digest.papers.dump_loading import Classify
from digest.papers.ingest import DumpReport, IngestReport, ingest_file

_log = logging.getLogger(__name__)
_TAKING, _DONE, _REFUSED = "taking", "done", "refused"
_UNFINISHED = (".part", ".tmp", ".crdownload", ".filepart", "~")  # what copying programs write
_REASON = ".reason.txt"
_LONGEST_NAME = 200  # bytes; with what we add still below the 255 of file systems
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_NEW_FILE = os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC


@dataclass(slots=True)
class FolderReport:
    """What one look into the watched folder found.

    waiting: names of files that may still be written to. left: (name, why) of what cannot be
    loaded. problems: what is wrong with the folder itself, in words.
    """

    dumps: list[DumpReport] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    left: list[tuple[str, str]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def complete(self) -> bool:
        """Whether everything was loaded."""
        return not self.left and not self.problems and IngestReport(tuple(self.dumps)).complete

    def to_json(self) -> dict[str, Any]:
        """Return the report for scripts (docs/use/sources.md)."""
        left = [{"name": name, "reason": reason} for name, reason in self.left]
        rest = {"waiting": self.waiting, "left": left, "problems": self.problems}
        return {**IngestReport(tuple(self.dumps)).to_json(), **rest}


def load_folder(
    database: Database,
    folder: Path,
    *,
    now: datetime,
    classify: Classify,
    settle_seconds: float,
    given: dt.date | None = None,
) -> FolderReport:
    """Load every complete file, in the order of their names, and move it away.

    settle_seconds: for how long a file must not have changed. Missing folders are created.
    A problem with one file, or with the rights to the folder, is reported and stops nothing else.
    """
    report = FolderReport()
    with ExitStack() as stack:
        try:
            places = _open(folder, stack)
            names = [*_names(places.folder), *_names(places.taking, orphans=True)]
        except OSError as exc:
            report.problems.append(f"{folder}: {exc.strerror}")
            return report
        for name, is_orphan in names:  # what killed those who took orphans must stop no other
            try:
                if is_orphan or _is_ready(places, name, report, now, settle_seconds):
                    claimed = name if is_orphan else _claim(places, name)
                    _load(
                        database, places, claimed, report, now=now, classify=classify, given=given
                    )
            except FileNotFoundError:
                continue  # another watcher was faster
            except OSError as exc:
                report.problems.append(f"{_shown(name)}: {exc.strerror}")
    return report


@dataclass(frozen=True, slots=True)
class _Places:
    """The watched folder and the three in it, as descriptors."""

    folder: int
    taking: int
    done: int
    refused: int


def _open(folder: Path, stack: ExitStack) -> _Places:
    """Open the four folders; OSError when one in it is a link, or others can write to it."""
    folder.mkdir(parents=True, exist_ok=True)
    top = os.open(folder, _FOLDER)
    stack.callback(os.close, top)
    return _Places(top, *(_inner(top, name, stack) for name in (_TAKING, _DONE, _REFUSED)))


def _inner(top: int, name: str, stack: ExitStack) -> int:
    with suppress(FileExistsError):
        os.mkdir(name, 0o700, dir_fd=top)
    try:
        inner = os.open(name, _FOLDER | os.O_NOFOLLOW, dir_fd=top)
    except NotADirectoryError:
        raise OSError(errno.ENOTDIR, f"{name} is not a folder, or is a link to one") from None
    stack.callback(os.close, inner)
    found = os.fstat(inner)
    if found.st_uid not in (os.geteuid(), os.fstat(top).st_uid):
        raise OSError(errno.EPERM, f"{name} belongs to another user")
    if found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise OSError(errno.EPERM, f"others can write to {name}: chmod go-w it")
    return inner


def _names(folder: int, *, orphans: bool = False) -> list[tuple[str, bool]]:
    return [(name, orphans) for name in sorted(os.listdir(folder))]


def _is_ready(
    places: _Places, name: str, report: FolderReport, now: datetime, settle_seconds: float
) -> bool:
    """Whether this is a complete file; if not, report what it is."""
    shown = _shown(name)
    found = os.stat(name, dir_fd=places.folder, follow_symlinks=False)
    if stat.S_ISDIR(found.st_mode):
        if name not in (_TAKING, _DONE, _REFUSED) and not name.startswith("."):
            report.left.append((shown, "a folder"))
        return False
    if not stat.S_ISREG(found.st_mode):
        kind = "a symbolic link" if stat.S_ISLNK(found.st_mode) else "not a regular file"
        report.left.append((shown, kind))
        return False
    if not os.access(name, os.R_OK, dir_fd=places.folder, effective_ids=True):
        report.left.append((shown, "may not be read"))
        return False
    # A file may say that it is from the future; when its content came, the system knows.
    written = min(found.st_mtime, found.st_ctime)
    unfinished = name.startswith(".") or name.endswith(_UNFINISHED)
    if unfinished or (settle_seconds and now.timestamp() - written < settle_seconds):
        report.waiting.append(shown)
        return False
    return True


def _claim(places: _Places, name: str) -> str:
    """Move a file to where no other process looks; FileNotFoundError if one was faster."""
    claimed = f"{secrets.token_hex(4)}.{_short(name)}"
    os.rename(name, claimed, src_dir_fd=places.folder, dst_dir_fd=places.taking)
    return claimed


def _load(
    database: Database,
    places: _Places,
    taken: str,
    report: FolderReport,
    *,
    now: datetime,
    classify: Classify,
    given: dt.date | None,
) -> None:
    """Load a claimed file, unless another process does, and move it to its folder."""
    with _locked(places.taking, taken) as file:
        if file is None:
            return
        name = taken.partition(".")[2] or taken
        opened = Path(f"/dev/fd/{file}")  # the file that we locked, whatever has its name now
        dump = ingest_file(
            database, opened, name=_shown(name), now=now, given=given, classify=classify
        )
        report.dumps.append(dump)
        folder = places.refused if dump.status == "refused" else places.done
        place = _place(places.taking, taken, folder, name)
        if reasons := _reasons(dump):
            _write_reason(folder, place, reasons)


@contextmanager
def _locked(folder: int, name: str) -> Iterator[int | None]:
    """Lock a claimed file; yield it open, or None if another process has it or is done with it."""
    descriptor = os.open(name, _FILE, dir_fd=folder)
    try:
        mine = stat.S_ISREG(os.fstat(descriptor).st_mode)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            named = os.stat(name, dir_fd=folder, follow_symlinks=False)
            mine = mine and os.path.samestat(os.fstat(descriptor), named)
        except BlockingIOError:
            mine = False
        yield descriptor if mine else None
    finally:
        os.close(descriptor)


def _place(source: int, taken: str, folder: int, name: str) -> str:
    """Move a file into a folder under its name, or the next free one; overwrite nothing."""
    stem, dot, suffix = name.rpartition(".")
    number = 1
    while True:
        free = name if number == 1 else f"{stem or suffix}-{number}{dot and stem and '.' + suffix}"
        try:
            _link(source, taken, folder, free)
        except FileExistsError:
            number += 1
        else:
            with suppress(FileNotFoundError):
                os.unlink(taken, dir_fd=source)
            return free


def _link(source: int, taken: str, folder: int, name: str) -> None:
    """Give a file a second name; on file systems without links, reserve the name and move it."""
    try:
        os.link(taken, name, src_dir_fd=source, dst_dir_fd=folder, follow_symlinks=False)
    except OSError as exc:
        if exc.errno not in (errno.EPERM, errno.ENOTSUP, errno.EMLINK):
            raise
        os.close(os.open(name, _NEW_FILE, 0o600, dir_fd=folder))
        os.rename(taken, name, src_dir_fd=source, dst_dir_fd=folder)


def _reasons(dump: DumpReport) -> list[str]:
    """Return what was refused of a file, as `line: reason`."""
    lines = [f"line {one.line}: {one.reason}" for one in dump.refusals]
    if dump.status == "refused":
        lines.append(f"line {dump.line}: {dump.reason}" if dump.line else dump.reason)
    return lines


def _write_reason(folder: int, name: str, reasons: list[str]) -> None:
    """Write beside a file what was refused of it; a file that has that name already stays."""
    try:
        file = os.open(name + _REASON, _NEW_FILE, 0o600, dir_fd=folder)
    except FileExistsError:
        _log.warning("Beside %s there is a reason already; it stays.", _shown(name))
        return
    with os.fdopen(file, "w", encoding="utf-8") as text:
        text.write("\n".join(reasons) + "\n")


def _short(name: str) -> str:
    """Shorten a name at its front, so that the suffix stays."""
    return os.fsdecode(os.fsencode(name)[-_LONGEST_NAME:])


def _shown(name: str) -> str:
    """Return the name of a file as text for any terminal and database."""
    plain = os.fsencode(name).decode(errors="replace")
    return "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in plain)
