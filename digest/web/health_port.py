"""A port for whoever watches over the service: starts the process that answers on it."""

import logging
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from socket import socket
from threading import Event, Thread

from digest.devtools.sink.sink import listen

_PAUSE_SECONDS = 1.0  # before one that died is replaced
_PATIENCE_SECONDS = 2.0  # for one to end
# Where to ask pages that listen everywhere.
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  # nosec B104
_log = logging.getLogger(__name__)


@contextmanager
def health_port(host: str, port: int, pages: tuple[str, int]) -> Iterator[int]:
    """Answer on a port (0: a free one, which is yielded) whether the pages at an address do well.

    pages: where they listen. UnreachableError when the port is taken.
    """
    listener = listen(host, port, hint="choose another one with --health-port")
    ending = Event()
    where = (_EVERYWHERE.get(pages[0], pages[0]), pages[1])
    process = _start(listener, where)

    def keep() -> None:
        nonlocal process
        while not ending.is_set():
            code = _ended(process)
            if ending.is_set():
                return
            _log.error("The process that answers for our health died (%s); it is replaced.", code)
            if not ending.wait(_PAUSE_SECONDS):
                process = _start(listener, where)

    thread = Thread(target=keep, name="health port")
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        ending.set()
        _end(process)
        thread.join()
        _end(process)  # it was replaced at this very moment
        listener.close()


def _start(listener: socket, pages: tuple[str, int]) -> subprocess.Popen[bytes]:
    words = [str(listener.fileno()), pages[0], str(pages[1])]
    return subprocess.Popen(
        [sys.executable, "-m", "digest.web.health_process", *words],
        stdin=subprocess.PIPE,
        pass_fds=[listener.fileno()],
    )


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.stdin is not None:  # mypy does not know that it is a pipe
        process.stdin.close()
    try:
        process.wait(_PATIENCE_SECONDS)
    except subprocess.TimeoutExpired:  # it was stopped, say by a debugger
        process.kill()
        process.wait()


def _ended(process: subprocess.Popen[bytes]) -> int:
    """Wait for a process that nobody has ended; return its exit code."""
    code = process.wait()
    _end(process)
    return code
