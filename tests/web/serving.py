"""Pages on a real port."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI

from digest.devtools.sink.sink import listen


@contextmanager
def serving(pages: FastAPI, port: int = 0) -> Iterator[str]:
    """Serve pages from a thread; yield their address. port: 0 for one that is free."""
    listener = listen("127.0.0.1", port)
    running = uvicorn.Server(uvicorn.Config(pages, log_level="critical"))
    thread = threading.Thread(target=running.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        if stopping := getattr(pages.state, "stopping", None):
            stopping.set()  # streams end, as with `digest.web.server.Server`
        running.should_exit = True
        thread.join()
