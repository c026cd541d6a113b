"""The pages as a part of a process: whoever runs them notices when they end."""

import gc
import os
import signal
import time
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread

import httpx
import pytest
import uvicorn

from digest.app import build_app
from digest.cli.sending.pages import serving
from digest.errors import DigestError
from digest.operations.doctor.servers import INSTANCE_HEADER, instance
from digest.settings import load_settings


@pytest.fixture
def app(sqlite_url: str):
    app = build_app(load_settings(database_url=sqlite_url, secret_key="a key for the tests only"))
    yield app
    app.close()


def _health_process() -> int:
    """Return the id of the process of ours that answers on the port for health."""
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            words = (folder / "cmdline").read_bytes().split(b"\0")
            parent = (folder / "stat").read_text().rpartition(")")[2].split()[1]
            if b"digest.web.health_process" in words and int(parent) == os.getpid():
                return int(folder.name)
    raise ProcessLookupError


def _ask(address: str, *, until: int) -> httpx.Response:
    """Ask until the answer has a status: it is a second old."""
    end = time.monotonic() + 40
    while (answer := httpx.get(address, timeout=20)).status_code != until:
        assert time.monotonic() < end
        time.sleep(0.05)
    return answer


def test_they_are_served_until_the_block_ends(app):
    stop = Event()
    with serving(app, "127.0.0.1", 0, stop) as addresses:
        assert httpx.get(f"{addresses.pages}healthz").text == "ok\n"
        assert not stop.is_set()
    assert stop.is_set()
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{addresses.pages}healthz")


@pytest.mark.timeout(60)
def test_their_health_is_told_on_a_port_of_its_own_by_a_process_that_is_replaced(app):
    with serving(app, "127.0.0.1", 0, Event(), health=0) as addresses:
        told = _ask(addresses.health, until=200)
        assert told.text == "ok\n"
        assert told.headers[INSTANCE_HEADER] == instance(b"a key for the tests only")
        ready = addresses.health.replace("healthz", "readyz")
        assert _ask(ready, until=200).text == "ready\n"
        os.kill(_health_process(), signal.SIGKILL)
        assert _ask(addresses.health, until=200).text == "ok\n"
    with pytest.raises(httpx.ConnectError):
        httpx.get(addresses.health)


@pytest.mark.timeout(60)
def test_threads_of_others_are_not_waited_for(app):
    over = Event()
    other = Thread(target=over.wait)
    other.start()
    try:
        with serving(app, "127.0.0.1", 0, Event()) as addresses:
            assert httpx.get(f"{addresses.pages}healthz").text == "ok\n"
        assert other.is_alive()
    finally:
        over.set()
        other.join()


def _serves(thing: object) -> bool:
    """Whether it is a server at work; those of other tests may be there, but have ended."""
    return isinstance(thing, uvicorn.Server) and not thing.should_exit


@pytest.mark.timeout(60)
def test_pages_that_end_by_themselves_stop_the_rest_and_are_an_error(app):
    stop = Event()

    def serve_until_they_end():
        with serving(app, "127.0.0.1", 0, stop) as addresses:
            assert httpx.get(f"{addresses.pages}healthz").text == "ok\n"
            (server,) = filter(_serves, gc.get_objects())
            server.should_exit = True
            assert stop.wait(30)

    with pytest.raises(DigestError, match="The pages ended by themselves"):
        serve_until_they_end()
