"""A command with all the processes that it starts: what they use, and a kill of all of them."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from benchmarks.measure import BETWEEN, children, cpu_of_tree

_END_SECONDS = 30.0  # for a server that was asked to end


class Tree:
    """A command that runs. Once it is over, `cpu` is exact and includes whatever was killed.

    peak_mb: the most memory that all of its processes had together when somebody looked, where
    what they share counts once (Pss, proc(5)).
    """

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 (closed with the tree)
        self._between = subprocess.Popen(
            [sys.executable, "-c", BETWEEN, *command],
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
        )
        self.peak_mb = 0.0

    def __enter__(self) -> "Tree":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.kill()
        self._between.wait()
        self._log.close()

    @property
    def runs(self) -> bool:
        """Whether the command, or anything that it started, runs."""
        return self._between.poll() is None

    @property
    def cpu(self) -> float:
        """Return seconds, user and system, of all its processes until now."""
        if self.runs:
            return sum(map(_or_nothing, children(self._between.pid)))
        return float(self._said()[-1].split()[0])

    @property
    def code(self) -> int:
        """Return how the command ended."""
        return self._between.returncode

    def said(self) -> str:
        """Return what the processes printed until now, at most the last twenty lines."""
        return "\n".join(self._said()[-20:])

    def look(self) -> None:
        """Look how much memory there is in use, for `peak_mb`."""
        self.peak_mb = max(self.peak_mb, sum(map(_megabytes, self._processes())))

    def kill(self) -> bool:
        """Kill all its processes with SIGKILL, and wait; return whether there were any."""
        found = self.runs
        while self.runs:
            for pid in self._processes():
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.001)
        return found

    def end(self) -> None:
        """Ask the command to end, as a service manager does, and wait for it."""
        for pid in children(self._between.pid):
            os.kill(pid, signal.SIGTERM)
        self._between.wait(_END_SECONDS)

    def _processes(self) -> list[int]:
        """All of them, parents first."""
        found, new = [], [self._between.pid]
        while new := [child for pid in new for child in children(pid)]:
            found += new
        return found

    def _said(self) -> list[str]:
        self._log.seek(0)
        return self._log.read().decode(errors="replace").splitlines()


def _or_nothing(pid: int) -> float:
    try:
        return cpu_of_tree(pid)
    except (FileNotFoundError, ProcessLookupError):
        return 0.0


def _megabytes(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):  # it has just ended
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024
