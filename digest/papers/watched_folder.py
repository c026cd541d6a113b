"""Load the dumps in the watched folder, then move them to done/ or refused/ in it.

A file is claimed by moving it into taking/ under a unique name, and by a lock that ends with the
process. So no two processes load one file, and the next look loads what a killed process left in
taking/. Loading twice is harmless: a dump is recognised by its content.
"""

import datetime as dt
import errno
import fcntl
import os
import re
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from digest.errors import InputError
from digest.ground.database.engine import Database
from digest.papers.dump_loading import Classify
from digest.papers.ingest import DumpReport, IngestReport, ingest_file

_TAKING, _DONE, _REFUSED = "taking", "done", "refused"
_UNFINISHED = (".part", ".tmp", ".crdownload", ".filepart", "~")  # what copying programs write
_REASON = ".reason.txt"
_LONGEST_NAME = 200  # bytes; with what we add still below the 255 of file systems
_UNSAFE = re.compile(r"[^\w.+ -]")


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
    try:
        for name in (_TAKING, _DONE, _REFUSED):
            (folder / name).mkdir(parents=True, exist_ok=True)
        paths = sorted(folder.iterdir())
        orphans = sorted((folder / _TAKING).iterdir())
    except OSError as exc:
        report.problems.append(f"{folder}: {exc.strerror}")
        return report
    for path in [*paths, *orphans]:  # what killed those who took the orphans must stop no other
        try:
            is_orphan = path.parent.name == _TAKING
            if is_orphan or _is_ready(path, report, now, settle_seconds):
                claimed = path if is_orphan else _claim(path)
                _load(database, claimed, report, now=now, classify=classify, given=given)
        except FileNotFoundError:
            continue  # another watcher was faster
        except OSError as exc:
            report.problems.append(f"{_shown(path.name)}: {exc.strerror}")
    return report


def add_file(folder: Path, name: str, content: bytes) -> Path:
    """Add a dump to the watched folder, whole or not at all; return its path.

    name: as its sender calls it; unsafe characters are replaced, and a name that is in use gets a
    number. Raises InputError when the folder cannot be written to.
    """
    plain = _short(_UNSAFE.sub("_", Path(name.replace("\\", "/")).name)).strip(" .")
    temporary = folder / f".{secrets.token_hex(8)}.tmp"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        try:
            with temporary.open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            return _place(temporary, folder, plain or "dump.txt")
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as exc:
        raise InputError(
            f"The watched folder {folder} cannot be written to: {exc.strerror}"
        ) from None


def _is_ready(path: Path, report: FolderReport, now: datetime, settle_seconds: float) -> bool:
    """Whether this is a complete file; if not, report what it is."""
    name = _shown(path.name)
    found = path.lstat()
    if stat.S_ISDIR(found.st_mode):
        if path.name not in (_TAKING, _DONE, _REFUSED) and not path.name.startswith("."):
            report.left.append((name, "a folder"))
        return False
    if not stat.S_ISREG(found.st_mode):
        kind = "a symbolic link" if stat.S_ISLNK(found.st_mode) else "not a regular file"
        report.left.append((name, kind))
        return False
    if not os.access(path, os.R_OK, effective_ids=True):
        report.left.append((name, "may not be read"))
        return False
    # A file may say that it is from the future; when its content came, the system knows.
    written = min(found.st_mtime, found.st_ctime)
    unfinished = path.name.startswith(".") or path.name.endswith(_UNFINISHED)
    if unfinished or (settle_seconds and now.timestamp() - written < settle_seconds):
        report.waiting.append(name)
        return False
    return True


def _claim(path: Path) -> Path:
    """Move a file to where no other process looks; FileNotFoundError if one was faster."""
    claimed = path.parent / _TAKING / f"{secrets.token_hex(4)}.{_short(path.name)}"
    path.rename(claimed)
    return claimed


def _load(
    database: Database,
    taken: Path,
    report: FolderReport,
    *,
    now: datetime,
    classify: Classify,
    given: dt.date | None,
) -> None:
    """Load a claimed file, unless another process does, and move it to its folder."""
    with _locked(taken) as mine:
        if not mine:
            return
        name = taken.name.partition(".")[2] or taken.name
        dump = ingest_file(
            database, taken, name=_shown(name), now=now, given=given, classify=classify
        )
        report.dumps.append(dump)
        folder = taken.parent.parent / (_REFUSED if dump.status == "refused" else _DONE)
        place = _place(taken, folder, name)
        if reasons := _reasons(dump):
            _write_reason(place, reasons)


@contextmanager
def _locked(path: Path) -> Iterator[bool]:
    """Lock a claimed file; False if another process has it, or is done with it."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            mine = os.path.samestat(os.fstat(descriptor), path.lstat())
        except BlockingIOError:
            mine = False
        yield mine
    finally:
        os.close(descriptor)


def _place(path: Path, folder: Path, name: str) -> Path:
    """Move a file into a folder under its name, or the next free one; overwrite nothing."""
    stem, dot, suffix = name.rpartition(".")
    number = 1
    while True:
        free = name if number == 1 else f"{stem or suffix}-{number}{dot and stem and '.' + suffix}"
        try:
            _link(path, folder / free)
        except FileExistsError:
            number += 1
        else:
            path.unlink(missing_ok=True)
            return folder / free


def _link(path: Path, target: Path) -> None:
    """Give a file a second name; on file systems without links, reserve the name and move it."""
    try:
        os.link(path, target)
    except OSError as exc:
        if exc.errno not in (errno.EPERM, errno.ENOTSUP, errno.EMLINK):
            raise
        os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        path.replace(target)


def _reasons(dump: DumpReport) -> list[str]:
    """Return what was refused of a file, as `line: reason`."""
    lines = [f"line {one.line}: {one.reason}" for one in dump.refusals]
    if dump.status == "refused":
        lines.append(f"line {dump.line}: {dump.reason}" if dump.line else dump.reason)
    return lines


def _write_reason(place: Path, reasons: list[str]) -> None:
    text = "\n".join(reasons) + "\n"
    place.with_name(place.name + _REASON).write_text(text, encoding="utf-8")


def _short(name: str) -> str:
    """Shorten a name at its front, so that the suffix stays."""
    return os.fsdecode(os.fsencode(name)[-_LONGEST_NAME:])


def _shown(name: str) -> str:
    """Return the name of a file as text for any terminal and database."""
    plain = os.fsencode(name).decode(errors="replace")
    return "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in plain)
