"""Pages on a real port."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI

from digest.devtools.sink.sink import listen


@contextmanager
def serving(pages: FastAPI) -> Iterator[str]:
    """Serve pages from a thread; yield their address."""
    listener = listen("127.0.0.1", 0)
    running = uvicorn.Server(uvicorn.Config(pages, log_level="critical"))
    thread = threading.Thread(target=running.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        running.should_exit = True
        thread.join()
