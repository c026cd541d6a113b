"""More processes that serve the pages behind one port: `--workers` of `digest serve` and `run`.

Each has a listening socket of its own on the port (SO_REUSEPORT), and the kernel deals connections
out to them. They share nothing but the database. What the pages leave behind, mails and news for
webhooks, is sent by the process that has started them; they tell it when there is something.
"""

import logging
import multiprocessing
import os
import socket
import time
from collections.abc import Callable
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from threading import Event, Thread
from typing import NamedTuple, Self

from digest.app import App, build_app
from digest.app.clocks import Clock
from digest.devtools.sink.sink import listen
from digest.errors import DigestError
from digest.ground.logs import configure_logs
from digest.ground.signals import stopped_by_signal
from digest.settings import Settings
from digest.web.server import make_server
from digest.workers.processes import stop_when_alone

ENDED = "The pages ended by themselves."
_PAUSE_SECONDS = 1.0  # before one that died is replaced
_MOST_DEATHS = 5  # in a row, with none that got to serve
_POLL_SECONDS = 0.2
_log = logging.getLogger(__name__)


class Place(NamedTuple):
    """Where a process serves, and how it talks to the one that has started it.

    goodbye_seconds: as of `make_server`. woken: gets a byte when there is something to send.
    serves: gets a byte once the process is listening.
    """

    host: str
    port: int
    goodbye_seconds: int | None
    woken: Connection
    serves: Connection


class PageWorkers:
    """A context in which so many processes serve a port; one that dies is replaced.

    wake: called when there is something to send. stop: set should none of them get to serve; the
    end of the context is a DigestError then.
    """

    def __init__(
        self,
        app: App,
        host: str,
        port: int,
        *,
        workers: int,
        goodbye_seconds: int | None,
        wake: Callable[[], None],
        stop: Event,
    ) -> None:
        self._app, self._workers = app, workers
        self._wake, self._stop = wake, stop
        self._reserved = _reserve(host, port)
        self.port: int = self._reserved.getsockname()[1]
        self._context = multiprocessing.get_context("spawn")
        self._woken, woken = self._context.Pipe(duplex=False)
        self._serves, serves = self._context.Pipe(duplex=False)
        self._place = Place(host, self.port, goodbye_seconds, woken, serves)
        self._running: list[SpawnProcess] = []
        self._thread = Thread(target=self._watch, name="workers of the pages")
        self._all_serve, self._ending = Event(), Event()
        self._failed = False

    def __enter__(self) -> Self:
        self._running = [self._start() for _ in range(self._workers)]
        self._thread.start()
        while not self._all_serve.wait(_POLL_SECONDS) and not self._stop.is_set():
            pass
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        self._thread.join()
        for process in self._running:
            process.terminate()
        for process in self._running:
            process.join()
        for pipe in (self._woken, self._serves, self._place.woken, self._place.serves):
            pipe.close()
        self._reserved.close()
        if self._failed:
            raise DigestError(ENDED, hint="the log should say why")

    def _start(self) -> SpawnProcess:
        arguments = (self._app.settings, self._app.clock, self._place)
        process = self._context.Process(target=work, args=arguments)
        process.start()
        return process

    def _watch(self) -> None:
        """Listen to the processes, and replace those that die, until the end."""
        serving, deaths = 0, 0
        while not self._ending.is_set():
            sentinels = [each.sentinel for each in self._running]
            ready = wait([*sentinels, self._woken, self._serves], timeout=_POLL_SECONDS)
            if self._woken in ready:
                os.read(self._woken.fileno(), 4096)
                self._wake()
            if self._serves in ready:
                serving += len(os.read(self._serves.fileno(), 4096))
                deaths = 0
                if serving >= self._workers:
                    self._all_serve.set()
            for number, process in enumerate(self._running):
                if process.is_alive():
                    continue
                deaths += 1
                if deaths == _MOST_DEATHS:
                    self._failed = True
                    self._stop.set()
                    return
                _log.error("A process of the pages died (%s); it is replaced.", process.exitcode)
                if not self._ending.wait(_PAUSE_SECONDS):
                    self._running[number] = self._start()


def work(settings: Settings, clock: Clock, place: Place) -> None:
    """Be one of the processes: serve until the parent says so, or is gone."""
    configure_logs(settings.log_format, settings.log_level)
    os.set_blocking(place.woken.fileno(), False)
    app = build_app(settings, clock=clock)
    server = make_server(app, place.goodbye_seconds, wake=lambda: _tell(place.woken))
    with (
        stopped_by_signal(settings.drain_seconds, of_parent=True) as stop,
        _bound(place.host, place.port) as listener,
    ):

        def serve() -> None:
            try:
                server.run(sockets=[listener])
            finally:
                stop.set()

        thread = Thread(target=serve, name="pages")
        thread.start()
        Thread(target=stop_when_alone, args=(stop,), daemon=True).start()
        while not server.started and not stop.is_set():
            time.sleep(0.02)
        if server.started:
            _tell(place.serves)
        stop.wait()
        server.should_exit = True
        thread.join()
    app.close()
    if not server.started:
        raise SystemExit(1)  # uvicorn has logged why


def _tell(pipe: Connection) -> None:
    try:
        os.write(pipe.fileno(), b".")
    except BlockingIOError:  # it is full: they know
        pass
    except BrokenPipeError:  # nobody is there any more, and we are about to stop
        _log.info("The process that started this one is gone.")


def _reserve(host: str, port: int) -> socket.socket:
    """Return a socket that holds the port and does not listen; UnreachableError if it is taken."""
    with listen(host, port, hint="choose another one with --port") as free:
        port = free.getsockname()[1]
    return _bound(host, port)


def _bound(host: str, port: int) -> socket.socket:
    bound = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    if bound.family == socket.AF_INET6:
        bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    bound.bind((host, port))
    return bound
