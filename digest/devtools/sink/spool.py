"""What the sink has accepted: the newest messages in memory and, if wanted, all in a folder.

The folder holds `<number>-<recipient>.eml` (the exact bytes) and `index.jsonl`, one line a message,
appended after its file is complete. A message is in both before its sender hears "250", so it
outlives a SIGKILL of the sink. Nothing is forced to the disk: a power cut may take the last ones.
"""

import json
import re
import threading
from collections import deque
from dataclasses import asdict, dataclass
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

from digest.ground.private_files import write_private

INDEX = "index.jsonl"


@dataclass(frozen=True, slots=True)
class Envelope:
    """How a message came: SMTP's side of it, and what we noticed about the connection.

    sender: empty for the null return path. connection: counts from 1 since the sink started.
    """

    sender: str
    recipients: tuple[str, ...]
    helo: str = ""
    tls: bool = False
    user: str = ""
    connection: int = 0


@dataclass(frozen=True, slots=True)
class Received:
    """An accepted message. data: its exact bytes, dots unstuffed, CRLF line ends; at: in UTC."""

    id: int
    at: datetime
    envelope: Envelope
    data: bytes

    @property
    def sender(self) -> str:
        """The return path; empty for `<>`."""
        return self.envelope.sender

    @property
    def recipients(self) -> tuple[str, ...]:
        """The accepted recipients in the order of RCPT."""
        return self.envelope.recipients

    @property
    def size(self) -> int:
        """Bytes of the whole message."""
        return len(self.data)

    @property
    def email(self) -> EmailMessage:
        """The message as the standard library reads it; parsed on every call."""
        return message_from_bytes(self.data, policy=default)

    def __getitem__(self, header: str) -> str | None:
        value = self.email[header]
        return None if value is None else str(value)


class Spool:
    """Messages in order of acceptance; any thread may ask. A folder's old messages are read first.

    keep: how many stay in memory (and in `messages`); the folder keeps all.
    """

    def __init__(self, directory: Path | None = None, *, keep: int = 10_000) -> None:
        self._directory = directory
        self._changed = threading.Condition()
        self._messages: deque[Received] = deque(maxlen=keep)
        self._last_id = 0
        self.accepted = 0
        if directory is not None:
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._messages.extend(read_folder(directory, newest=keep))
            self._last_id = _highest_number(directory)
            _end_last_line(directory / INDEX)

    @property
    def messages(self) -> list[Received]:
        """The newest `keep` messages, oldest first."""
        with self._changed:
            return list(self._messages)

    def add(self, envelope: Envelope, data: bytes, *, at: datetime) -> Received:
        """Keep a message; OSError when the folder cannot take it, and then it is not kept."""
        with self._changed:
            received = Received(self._last_id + 1, at, envelope, data)
            if self._directory is not None:
                _write(self._directory, received)
            self._last_id = received.id
            self._messages.append(received)
            self.accepted += 1
            self._changed.notify_all()
        return received

    def clear(self) -> None:
        """Forget all messages, those in the folder too; numbers go on where they were."""
        with self._changed:
            if self._directory is not None:
                for entry in _entries(self._directory):
                    (self._directory / entry["file"]).unlink(missing_ok=True)
                (self._directory / INDEX).unlink(missing_ok=True)
            self._messages.clear()
            self.accepted = 0

    def wait_for(self, count: int, timeout_seconds: float = 10.0) -> list[Received]:
        """Return `messages` once `count` were accepted since start or clear; else TimeoutError."""
        with self._changed:
            if not self._changed.wait_for(lambda: self.accepted >= count, timeout_seconds):
                raise TimeoutError(
                    f"{self.accepted} of {count} messages came in {timeout_seconds} seconds"
                )
            return list(self._messages)


def read_folder(directory: Path, *, newest: int | None = None) -> list[Received]:
    """Read a sink's folder, from any process, while the sink runs or after it; oldest first.

    newest: only so many of the last. A message whose file was taken away is left out.
    """
    entries = _entries(directory)
    kept = entries if newest is None else entries[-newest:]
    return [_received(directory, entry) for entry in kept if (directory / entry["file"]).exists()]


def _write(directory: Path, received: Received) -> None:
    recipient = re.sub(r"[^A-Za-z0-9@._+-]", "_", received.recipients[0])[:100]
    name = f"{received.id:06d}-{recipient}.eml"
    unfinished = directory / f".{name}.part"
    write_private(unfinished, received.data)
    unfinished.replace(directory / name)
    entry = {"id": received.id, "at": received.at.isoformat(), "file": name}
    line = json.dumps(entry | asdict(received.envelope)) + "\n"
    write_private(directory / INDEX, line.encode("ascii"), append=True)


def _entries(directory: Path) -> list[dict[str, Any]]:
    """The index, without a last line that a kill cut short: its sender was never told 250."""
    index = directory / INDEX
    lines = index.read_bytes().split(b"\n")[:-1] if index.exists() else []
    return [json.loads(line) for line in lines]


def _received(directory: Path, entry: dict[str, Any]) -> Received:
    data = (directory / entry["file"]).read_bytes()
    known = {"id", "at", "file", "recipients"}
    rest = {name: value for name, value in entry.items() if name not in known}
    envelope = Envelope(recipients=tuple(entry["recipients"]), **rest)
    return Received(entry["id"], datetime.fromisoformat(entry["at"]), envelope, data)


def _highest_number(directory: Path) -> int:
    """The last number in use, be it by a file that a kill kept out of the index."""
    names = (path.name.partition("-")[0] for path in directory.glob("*-*.eml"))
    numbers = [int(name) for name in names if name.isdecimal()]
    return max(numbers + [entry["id"] for entry in _entries(directory)], default=0)


def _end_last_line(index: Path) -> None:
    """Cut off what a kill left of a line, so that the next line starts on its own."""
    if index.exists():
        whole = index.read_bytes()
        with index.open("r+b") as file:
            file.truncate(whole.rfind(b"\n") + 1)
