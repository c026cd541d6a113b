"""`digest` as processes that are forked off one which has imported it.

Each is a process of its own, which ends, or is killed, like any other. What it is spared is the
second that an interpreter takes to start and import everything.
"""

import multiprocessing
import os
import sys
import warnings
from collections.abc import Mapping, Sequence
from itertools import count
from pathlib import Path
from subprocess import TimeoutExpired
from types import TracebackType

# What a send imports late.
import digest.app.compiled.evidence
import digest.app.delivery
import digest.app.outbox
import digest.app.preflight
import digest.app.seals
import digest.cli
import digest.cli.sending.send
import digest.workers.local
from tests.processes import account

_numbers = count()
# What each process would import first otherwise: what asks for it, and the command.
_server = multiprocessing.get_context("forkserver")
_server.set_forkserver_preload(["__main__", __name__, "tests.e2e.databases", "tests.e2e.faults"])


class Forked:
    """What `tests.processes.Process` is for one that is started, as far as it is needed here."""

    def __init__(
        self, arguments: Sequence[str], folder: Path, environment: Mapping[str, str]
    ) -> None:
        name = folder / f"digest-{next(_numbers)}"
        self._said = [name.with_suffix(".out"), name.with_suffix(".err")]
        for file in self._said:  # it may be killed before it gets to that
            file.touch()
        self._arguments = arguments
        self._is_read = False
        self._process = _server.Process(
            target=_digest, args=(arguments, folder, environment, self._said)
        )
        self._process.start()

    def __enter__(self) -> "Forked":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if error is not None:
            error.add_note(self.end())
        self.wait()

    @property
    def pid(self) -> int:
        """Its number."""
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """How it ended: its exit code, or the signal that killed it as a negative number."""
        return self._process.exitcode

    def kill(self) -> None:
        """Send it a SIGKILL."""
        self._process.kill()

    def wait(self) -> None:
        """Wait for its end."""
        self._process.join()

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """Wait for its end; return what it printed and what it complained of."""
        self._process.join(timeout)
        if self.returncode is None:
            raise TimeoutExpired(["digest", *self._arguments], timeout)
        self._is_read = True
        out, err = (file.read_text(encoding="utf-8") for file in self._said)
        return out, err

    @property
    def is_open(self) -> bool:
        """Whether it runs, or has said what nobody has read."""
        return self.returncode is None or not self._is_read

    def end(self) -> str:
        """Kill it, if it runs; return what it said."""
        returncode = self.returncode
        self.kill()
        return account(["digest", *self._arguments], returncode, "".join(self.communicate()))


def _digest(
    arguments: Sequence[str], folder: Path, environment: Mapping[str, str], said: Sequence[Path]
) -> None:
    for number, file in enumerate(said, start=1):
        os.dup2(os.open(file, os.O_WRONLY), number)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    warnings.simplefilter("error")
    sys.argv = ["digest", *arguments]
    digest.cli.main()
