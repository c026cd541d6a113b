"""The journal: what a worker has sent since its lease, written as it happens.

One small text file per leased batch. It is made, and locked by its worker, before the lease is
committed, and removed after the batch is settled. So after a SIGKILL at any point a journal that
can be locked tells exactly which messages were begun and which were answered:

    digest-journal 1 <lease> <edition id> <batch number> <date of the edition>
    b <subscriber id> <picks, base64> <hash>   the body is about to be sent
    a <subscriber id> reply <code> <command> <text>
    a <subscriber id> lost|unreachable <reason>

A line is one write(2), so a kill of the process never tears one. Power loss or a full disk may; a
line that is not whole is left out. For an answer that means "begun, unanswered", the safe side; and
what could not be written as begun was never sent.
"""

import fcntl
import os
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from digest.errors import DigestError
from digest.model import Answer, Lost, Reply, Unreachable

_MAGIC = "digest-journal 1"
_SUFFIX = ".journal"
_CLOSED = -1  # no file has this number


@dataclass(slots=True)
class Record:
    """What an orphaned journal says: its batch, the messages begun, the answers.

    begun: picks by subscriber id. mail_hashes: of the same messages; empty in older journals.
    """

    path: Path
    lease: str
    edition_id: int
    batch: int
    begun: dict[int, bytes] = field(default_factory=dict)
    mail_hashes: dict[int, bytes] = field(default_factory=dict)
    answers: dict[int, Answer] = field(default_factory=dict)
    day: date | None = None  # of the edition; None in journals of older programs


class Journal:
    """The journal of one leased batch, open for appending and locked while we live.

    It gets its name only once it is locked, so that nobody takes a new one for an orphan.
    """

    def __init__(self, folder: Path, lease: str) -> None:
        self.path = folder / f"{lease}{_SUFFIX}"
        self._lease = lease
        nameless = folder / f"{lease}.new"
        flags = os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_WRONLY
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._file = os.open(nameless, flags, 0o600)
            fcntl.flock(self._file, fcntl.LOCK_EX)
            nameless.rename(self.path)
        except OSError as exc:
            raise self._unwritable(exc.strerror or str(exc)) from None

    def head(self, edition_id: int, batch: int, day: date | None = None) -> None:
        """Name the batch; the first line, written inside the transaction that leases it."""
        self._write(f"{_MAGIC} {self._lease} {edition_id} {batch} {day or ''}\n")

    def begin(self, subscriber_id: int, picks: bytes, mail_hash: bytes = b"") -> str:
        """Note that this message's body is about to be sent; return the line."""
        return self._write(f"b {subscriber_id} {b64encode(picks).decode()} {mail_hash.hex()}\n")

    def answer(self, subscriber_id: int, answer: Answer) -> str:
        """Note what became of a message; return the line."""
        match answer:
            case Reply(code=code, command=command, text=text):
                said = f"reply {code} {command} {text}"
            case Lost(reason=reason):
                said = f"lost {reason}"
            case Unreachable(reason=reason):
                said = f"unreachable {reason}"
        return self._write(f"a {subscriber_id} {' '.join(said.split())}\n")

    def remove(self) -> None:
        """Delete the file: the batch is settled, or was never leased."""
        self.path.unlink()
        self.close()

    def close(self) -> None:
        """Close the file as it is: the next recovery takes it for an orphan. Again is harmless."""
        if self._file != _CLOSED:
            os.close(self._file)
            self._file = _CLOSED

    def _write(self, line: str) -> str:
        data = line.encode("utf-8", "replace")
        try:
            whole = os.write(self._file, data) == len(data)
            reason = "only a part of a line found room"
        except OSError as exc:
            whole, reason = False, exc.strerror or str(exc)
        if not whole:
            raise self._unwritable(reason)
        return line

    def _unwritable(self, reason: str) -> DigestError:
        return DigestError(
            f"The journal {self.path} cannot be written: {reason}.",
            hint="make room on its disk; the next `digest send` goes on where this one stopped",
        )


def orphans(folder: Path) -> Iterator[Record]:
    """Yield the journals whose worker is gone, each locked by us until the next is asked for."""
    for path in sorted(folder.glob(f"*{_SUFFIX}")):
        try:
            file = os.open(path, os.O_RDONLY)
        except FileNotFoundError:  # its worker, or another recovery, has just finished
            continue
        try:
            if _is_orphan(file):
                yield _read(path, file)
        finally:
            os.close(file)


def count_living(folder: Path) -> int:
    """Count the journals whose worker lives."""
    living = 0
    for path in folder.glob(f"*{_SUFFIX}"):
        with suppress(FileNotFoundError):
            file = os.open(path, os.O_RDONLY)
            try:
                living += not _is_orphan(file) and os.fstat(file).st_nlink > 0
            finally:
                os.close(file)
    return living


def _is_orphan(file: int) -> bool:
    """Lock a journal, unless its worker lives, or has removed it since we opened it."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return os.fstat(file).st_nlink > 0


def _read(path: Path, file: int) -> Record:
    with os.fdopen(os.dup(file), "rb") as stream:
        text = stream.read().decode("utf-8", "replace")
    lines = text.split("\n")[:-1]  # what follows the last line end is torn
    if not lines:
        return Record(path, path.stem, 0, 0)  # killed before the batch was chosen
    record = Record(path, path.stem, 0, 0)  # of no batch, should the first line be spoiled
    with suppress(ValueError):
        lease, edition_id, batch, *day = lines[0].removeprefix(_MAGIC).split()
        record = Record(path, lease, int(edition_id), int(batch))
        record.day = date.fromisoformat(day[0]) if day else None
    take_lines(record, lines[1:])
    return record


def take_lines(record: Record, lines: Iterable[str]) -> None:
    """Put what the lines say into the record, in their order."""
    for line in lines:
        with suppress(ValueError):  # not whole
            _take(record, line)


def _take(record: Record, line: str) -> None:
    kind, subscriber, rest = line.split(" ", 2)
    if kind == "b":
        picks, _, mail_hash = rest.partition(" ")
        record.begun[int(subscriber)] = b64decode(picks, validate=True)
        record.mail_hashes[int(subscriber)] = bytes.fromhex(mail_hash)
        record.answers.pop(int(subscriber), None)
    else:
        record.answers[int(subscriber)] = _parse_answer(rest)


def _parse_answer(said: str) -> Answer:
    kind, _, rest = said.partition(" ")
    if kind == "lost":
        return Lost(rest)
    if kind == "unreachable":
        return Unreachable(rest)
    code, command, *text = rest.split(" ", 2)
    return Reply(int(code), " ".join(text), command)
