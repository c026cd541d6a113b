"""The public pages on a real port, over either database, with a sink for the mail."""

import shutil
import ssl
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from fastapi import FastAPI

from digest.app import App
from digest.ground.tokens.links import LinkSigner, Purpose
from digest.outbox.store import mails
from digest.subscribers import unsubscribe
from digest.subscribers.store import askings, subscribers
from digest.web.pages import make_site
from tests.web.serving import serving

# The pages are plain HTTP here; to read all authorities of the web takes as long as a test.
NO_AUTHORITIES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
PATIENCE = 60  # seconds: a busy machine is no failure


@pytest.fixture
def served(app: App) -> Iterator[tuple[FastAPI, str]]:
    """The service's pages, and their address."""
    pages = make_site(app)
    with serving(pages) as address:
        yield pages, address


@pytest.fixture
def site(served) -> str:
    return served[1]


@pytest.fixture
def settled(served):
    """Wait until what the pages left behind is done: what is due in the outbox is sent."""
    app = served[0].state.site.app

    def is_busy() -> bool:
        with app.database.read() as session:
            return not askings.is_empty(session) or mails.has_due(session, app.clock())

    def drain() -> None:
        until = time.monotonic() + 20
        while app.outbox.drain() or is_busy() or list(app.outbox.journals.glob("*.journal")):
            assert time.monotonic() < until
            time.sleep(0.01)

    def wait() -> None:
        with ThreadPoolExecutor(1) as thread:  # a browser's test has an event loop in its own
            thread.submit(drain).result()

    return wait


@pytest.fixture
def web(site: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=site, verify=NO_AUTHORITIES, timeout=PATIENCE) as client:
        yield client


@pytest.fixture
def reader(app: App, subscribe):
    """One active reader: his id, and a function that makes his tokens."""

    subscribe("ann")
    with app.database.read() as session:
        found = subscribers.get(session, "ann@example.org")
    assert found is not None
    return found.id


@pytest.fixture
def token(app: App, reader: int):
    """Make a token of the reader for a purpose."""
    signer, nonce = LinkSigner(app.settings.keys), unsubscribe.get(app.database, reader).nonce

    def make(purpose: Purpose, edition=None) -> str:
        return signer.token(purpose, reader, nonce, edition)

    return make


@pytest.fixture
def found(app: App, reader: int):
    """Look the reader up as he is now; None once erased."""

    def look():
        with app.database.read() as session:
            return subscribers.by_id(session, reader)

    return look


@pytest.fixture(scope="module")
def browser():
    playwright = pytest.importorskip("playwright.sync_api")
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("chromium is not installed")
    with playwright.sync_playwright() as started:
        running = started.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield running
        running.close()
