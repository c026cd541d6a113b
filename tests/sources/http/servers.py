"""A web server on loopback that answers as it is told, well or badly."""

import gzip
import socketserver
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from ssl import SSLContext
from urllib.parse import urlsplit


@dataclass
class Asked:
    """One request: its path with the query, its headers with small names, and its body."""

    path: str
    headers: Mapping[str, str]
    at: float
    body: bytes = b""


Send = Callable[[bytes], None]
Answering = Callable[[Asked, Send], None]


def answer(
    body: bytes = b"",
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    kind: str = "application/json",
) -> Answering:
    """Answer in full."""

    def send(_: Asked, write: Send) -> None:
        fields = {"Content-Type": kind, "Content-Length": str(len(body)), **(headers or {})}
        write(_head(status, fields) + body)

    return send


def zipped(body: bytes) -> Answering:
    """Answer in gzip."""
    return answer(gzip.compress(body), headers={"Content-Encoding": "gzip"})


def redirect(location: str) -> Answering:
    return answer(status=302, headers={"Location": location})


def half(body: bytes) -> Answering:
    """Promise more than is sent."""

    def send(_: Asked, write: Send) -> None:
        write(_head(200, {"Content-Length": str(len(body) * 2)}) + body)

    return send


def endless(piece: bytes, pause: float = 0.0, pieces: int = 10_000) -> Answering:
    """Send without a length until nobody listens."""

    def send(_: Asked, write: Send) -> None:
        write(_head(200, {"Content-Type": "application/json"}))
        for _number in range(pieces):
            write(piece)
            time.sleep(pause)

    return send


def in_turn(*answers: Answering) -> Answering:
    """Answer differently each time, at the end always the same."""
    left = list(answers)

    def send(asked: Asked, write: Send) -> None:
        (left.pop(0) if len(left) > 1 else left[0])(asked, write)

    return send


def validated(body: bytes, etag: str) -> Answering:
    """Answer 304 to who has it already."""

    def send(asked: Asked, write: Send) -> None:
        if asked.headers.get("if-none-match") == etag:
            write(_head(304, {"ETag": etag}))
        else:
            answer(body, headers={"ETag": etag})(asked, write)

    return send


def _head(status: int, fields: Mapping[str, str]) -> bytes:
    lines = [f"HTTP/1.1 {status} Told", *(f"{name}: {value}" for name, value in fields.items())]
    return "\r\n".join([*lines, "Connection: close", "", ""]).encode()


@dataclass
class WebServer:
    """Listens on 127.0.0.1; `pages` maps a path, without its query, to how it is answered."""

    pages: dict[str, Answering] = field(default_factory=dict)
    tls: SSLContext | None = None
    asked: list[Asked] = field(default_factory=list)
    open_now: int = 0
    most_open: int = 0

    def __enter__(self) -> "WebServer":
        web = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                with suppress(OSError):
                    web.serve(self)

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address = True
            daemon_threads = True

        self._server = Server(("127.0.0.1", 0), Handler)
        if self.tls:
            self._server.socket = self.tls.wrap_socket(self._server.socket, server_side=True)
        self._server.handle_error = lambda *_: None  # who hangs up early is no trouble of ours
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def port(self) -> int:
        return self._server.server_address[1]

    def url(self, path: str = "/", host: str = "127.0.0.1") -> str:
        scheme = "https" if self.tls else "http"
        return f"{scheme}://{host}:{self.port}{path}"

    @property
    def paths(self) -> list[str]:
        return [one.path for one in self.asked]

    def serve(self, handler: socketserver.StreamRequestHandler) -> None:
        words = handler.rfile.readline().decode("latin-1").split()
        headers = {}
        while line := handler.rfile.readline().decode("latin-1").strip():
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        if len(words) < 2:
            return
        self.open_now += 1
        self.most_open = max(self.most_open, self.open_now)
        body = handler.rfile.read(int(headers.get("content-length", 0)))
        asked = Asked(words[1], headers, time.monotonic(), body)
        self.asked.append(asked)
        try:
            page = self.pages.get(urlsplit(words[1]).path, answer(status=404))
            page(asked, handler.wfile.write)
        finally:
            self.open_now -= 1

    def wait_until_idle(self) -> None:
        """Return when no request is open: its thread may end a moment after its last byte."""
        until = time.monotonic() + 5
        while self.open_now:
            assert time.monotonic() < until, "a request stays open"
            time.sleep(0.001)


class Time:
    """A clock and a sleep that belong together: sleeping is what makes time pass.

    on_sleep: called whenever somebody sleeps.
    """

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []
        self.on_sleep: Callable[[], None] = lambda: None

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.on_sleep()
        self.slept.append(seconds)
        self.now += seconds
