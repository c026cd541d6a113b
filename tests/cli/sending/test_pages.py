"""The pages as a part of a process: whoever runs them notices when they end."""

import gc
from threading import Event, Thread

import httpx
import pytest
import uvicorn

from digest.app import build_app
from digest.cli.sending.pages import serving
from digest.errors import DigestError
from digest.settings import load_settings


@pytest.fixture
def app(sqlite_url: str):
    app = build_app(load_settings(database_url=sqlite_url, secret_key="a key for the tests only"))
    yield app
    app.close()


def test_they_are_served_until_the_block_ends(app):
    stop = Event()
    with serving(app, "127.0.0.1", 0, stop) as address:
        assert httpx.get(f"{address}healthz").text == "ok\n"
        assert not stop.is_set()
    assert stop.is_set()
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{address}healthz")


@pytest.mark.timeout(60)
def test_threads_of_others_are_not_waited_for(app):
    over = Event()
    other = Thread(target=over.wait)
    other.start()
    try:
        with serving(app, "127.0.0.1", 0, Event()) as address:
            assert httpx.get(f"{address}healthz").text == "ok\n"
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
        with serving(app, "127.0.0.1", 0, stop) as address:
            assert httpx.get(f"{address}healthz").text == "ok\n"
            (server,) = filter(_serves, gc.get_objects())
            server.should_exit = True
            assert stop.wait(30)

    with pytest.raises(DigestError, match="The pages ended by themselves"):
        serve_until_they_end()
