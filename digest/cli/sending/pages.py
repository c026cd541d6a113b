"""The pages as a part of a process, for `digest run` and `digest serve`."""

import threading
from collections.abc import Iterator, Set
from contextlib import contextmanager
from threading import Event, Thread
from typing import TYPE_CHECKING

from digest.errors import DigestError

if TYPE_CHECKING:
    from digest.app import App


@contextmanager
def serving(
    app: "App",
    host: str,
    port: int,
    stop: Event,
    goodbye_seconds: int | None = None,
    *,
    workers: int = 1,
) -> Iterator[str]:
    """Serve the pages from a thread, as the main one is there for signals; yield their address.

    stop: set should they end by themselves, which is a DigestError then. goodbye_seconds: for
    requests that are being answered in the end; None for as long as DIGEST_DRAIN_SECONDS. workers:
    with more than one they are processes of their own, and this one sends what they leave behind.
    """
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
            yield _address(host, processes.port)
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
        yield _address(host, listener.getsockname()[1])
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
