"""The pages as a part of a process, for `digest run` and `digest serve`."""

import threading
from collections.abc import Iterator, Set
from contextlib import contextmanager, nullcontext
from threading import Event, Thread
from typing import TYPE_CHECKING, NamedTuple

from digest.errors import DigestError

if TYPE_CHECKING:
    from digest.app import App


class Addresses(NamedTuple):
    """Where the pages are, and where their health is told; the latter is empty without a port."""

    pages: str
    health: str


@contextmanager
def serving(
    app: "App",
    host: str,
    port: int,
    stop: Event,
    goodbye_seconds: int | None = None,
    *,
    workers: int = 1,
    health: int | None = None,
) -> Iterator[Addresses]:
    """Serve the pages beside the main thread, which is there for signals; yield their addresses.

    stop: set should they end by themselves, which is a DigestError then. goodbye_seconds: for
    requests that are being answered in the end; None for as long as DIGEST_DRAIN_SECONDS. workers:
    with more than one they are processes of their own, and this one sends what they leave behind.
    health: a port on which a process of its own answers `/healthz` and `/readyz`; None for none.
    """
    from digest.web.health_port import health_port

    with _pages(app, host, port, stop, goodbye_seconds, workers) as there:
        watched = health_port(host, health, (host, there)) if health is not None else nullcontext()
        with watched as told:
            pages = _address(host, there)
            yield Addresses(pages, f"{_address(host, told)}healthz" if told else "")


@contextmanager
def _pages(
    app: "App",
    host: str,
    port: int,
    stop: Event,
    goodbye_seconds: int | None,
    workers: int,
) -> Iterator[int]:
    """Serve the pages; yield their port."""
    if workers > 1:
        from digest.web.page_queues import PageQueues
        from digest.web.worker_processes import PageWorkers

        with (
            PageQueues(app) as queues,
            PageWorkers(
                app,
                host,
                port,
                workers=workers,
                goodbye_seconds=goodbye_seconds,
                wake=queues.wake,
                stop=stop,
            ) as processes,
        ):
            yield processes.port
        return
    from digest.devtools.sink.sink import listen
    from digest.web.server import make_server

    others = set(threading.enumerate())
    web = make_server(app, goodbye_seconds)
    listener = listen(host, port, hint="choose another one with --port")
    over = Event()

    def serve() -> None:
        try:
            web.run(sockets=[listener])
        finally:
            over.set()
            stop.set()

    thread = Thread(target=serve, name="pages")
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        unasked = over.is_set()
        web.should_exit = True
        thread.join()
        _wait_for_requests(others)
    if unasked:
        raise DigestError("The pages ended by themselves.", hint="the log should say why")


def _address(host: str, port: int) -> str:
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{port}/"


def _wait_for_requests(others: Set[Thread]) -> None:
    """Wait for requests that a silent database holds up, while DIGEST_DRAIN_SECONDS still counts.

    The interpreter would wait for their threads as well, but as long as it takes. others: threads
    that were there before, ours among them.
    """
    for each in threading.enumerate():
        if each not in others and not each.daemon:
            each.join()
