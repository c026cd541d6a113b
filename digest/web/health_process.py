"""Answers `/healthz` and `/readyz` on a port of their own, whatever the pages are busy with.

    python -m digest.web.health_process LISTENING_FD HOST PORT

A process that does nothing else: it asks the pages both questions once a second, as a visitor
would, and tells whoever asks what the pages said last. It imports next to nothing, and ends when
its standard input does: the process that has started it is gone then, or done.
"""

import asyncio
import os
import signal
import socket
import sys
from time import monotonic

PATHS = ("/healthz", "/readyz")
LOOK_SECONDS = 1.0  # between two questions
OLDEST_SECONDS = 10.0  # what the pages said tells nothing after that
_ASKER_SECONDS = 5.0  # for whoever asks, to say what
_MOST_ASKERS = 100  # at once
_MOST_BYTES = 65_536  # of an answer


class Health:
    """What the pages at an address said last to each of the questions, and when they were asked."""

    def __init__(self, host: str, port: int, *, oldest_seconds: float = OLDEST_SECONDS) -> None:
        self._host, self._port = host, port
        self._oldest_seconds = oldest_seconds
        self._found: dict[str, tuple[bytes, float]] = {}
        self._askers: dict[asyncio.StreamWriter, None] = {}  # who has waited longest comes first

    async def look(self, path: str) -> None:
        """Ask the pages once. One that takes too long leaves what was said before."""
        asked = monotonic()
        try:
            answer = await asyncio.wait_for(self._ask(path), self._oldest_seconds)
        except TimeoutError:
            return
        except OSError:  # nobody listens there
            answer = b""
        self._found[path] = (answer, asked)

    def told(self, path: str) -> bytes:
        """Return the answer to a question: a whole HTTP response."""
        if path not in PATHS:
            return _response("404 Not Found", f"only {' and '.join(PATHS)}")
        answer, asked = self._found.get(path, (b"", 0.0))
        if not answer or monotonic() - asked >= self._oldest_seconds:
            return _response("503 Service Unavailable", "the pages do not answer")
        return answer

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one question on a connection, and close it.

        Where too many ask at once, the one that has not asked for longest is dropped.
        """
        if len(self._askers) >= _MOST_ASKERS:
            slowest = next(iter(self._askers))
            del self._askers[slowest]
            slowest.transport.abort()
        self._askers[writer] = None
        try:
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), _ASKER_SECONDS)
            writer.write(self._answer(head))
            await asyncio.wait_for(writer.drain(), _ASKER_SECONDS)
        except (OSError, EOFError, TimeoutError, asyncio.LimitOverrunError):
            pass  # whoever asked has gone, or is no HTTP client: nobody is there to be told
        finally:
            self._askers.pop(writer, None)
            writer.close()

    def _answer(self, head: bytes) -> bytes:
        method, target, *_ = [*head.decode("latin-1").split(" ", 2), "", ""]
        if method not in ("GET", "HEAD"):
            return _response("405 Method Not Allowed", "only GET", "Allow: GET, HEAD\r\n")
        if target.startswith("http://"):  # a server takes this form, too (RFC 9112, 3.2.2)
            target = "/" + target.removeprefix("http://").partition("/")[2]
        answer = self.told(target.partition("?")[0])
        return answer if method == "GET" else answer.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"

    async def _ask(self, path: str) -> bytes:
        """Return what the pages answer, with its head; empty when that is no whole answer."""
        reader, writer = await asyncio.open_connection(self._host, self._port)
        try:
            host = f"[{self._host}]" if ":" in self._host else self._host
            question = f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
            writer.write(question.encode("ascii"))
            answer = await reader.read(_MOST_BYTES)
            while more := await reader.read(_MOST_BYTES - len(answer)):
                answer += more
            return answer if answer.startswith(b"HTTP/1.1 ") else b""
        finally:
            writer.close()


def _response(status: str, text: str, more: str = "") -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: text/plain; charset=utf-8\r\n{more}"
    return f"{head}Content-Length: {len(text) + 1}\r\nConnection: close\r\n\r\n{text}\n".encode()


async def answer(listener: socket.socket, host: str, port: int) -> None:
    """Ask the pages at an address and answer on a listening socket, until our input ends."""
    loop, over = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(sys.stdin.fileno(), over.set)  # nobody writes to it: it is readable in the end
    health = Health(host, port)

    async def ask_again(path: str) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            await health.look(path)

    first = [asyncio.create_task(health.look(path)) for path in PATHS]
    await asyncio.wait(first, timeout=LOOK_SECONDS)  # so that whoever asks at once is told
    asking = [asyncio.create_task(ask_again(path)) for path in PATHS]
    async with await asyncio.start_server(health.serve, sock=listener):
        ended = asyncio.create_task(over.wait())
        done, _ = await asyncio.wait([*asking, ended], return_when=asyncio.FIRST_COMPLETED)
    for each in done - {ended}:
        each.result()  # a mistake of ours: end with it, and be replaced


def main() -> None:
    """Be the process. Signals are for the one that has started it."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    descriptor, host, port = sys.argv[1:]
    listener = socket.socket(fileno=int(descriptor))
    asyncio.run(answer(listener, host, int(port)))
    os._exit(0)


if __name__ == "__main__":
    main()
