"""Processes that tests start, and that do not outlive them."""

import os
import signal
import subprocess
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any

_END_SECONDS = 10  # for what was killed to be gone


class Process(subprocess.Popen[str]):
    """A command in a process group of its own. When its block ends by an error it is killed with
    all that it started, and what it said is added to the error: else whoever waits for a process
    that hangs hangs as well.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, start_new_session=True, **options)
        self.log: Path | None = None

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if error is not None:
            error.add_note(self.end())
        super().__exit__(kind, error, traceback)

    @property
    def is_open(self) -> bool:
        """Whether it runs, or has said what nobody has read."""
        pipes = [stream for stream in (self.stdout, self.stderr) if stream is not None]
        return self.poll() is None or not all(pipe.closed for pipe in pipes)

    def end(self) -> str:
        """Kill it, if it runs; return what it said and nobody has read."""
        was_running = self.poll() is None
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        said = [text for text in self._rest() if text]
        if self.log is not None:
            said.append(self.log.read_text(encoding="utf-8"))
        return account(self.args, None if was_running else self.returncode, "".join(said))

    def _rest(self) -> tuple[str | None, ...]:
        if not self.is_open:
            return ()
        return self.communicate(timeout=_END_SECONDS)


def account(command: Any, returncode: int | None, said: str) -> str:
    """Say how a process ended (None: it had to be killed), and what it said."""
    fate = "was killed" if returncode is None else f"ended with {returncode}"
    return f"{command!r} {fate}; it said:\n{said}"
