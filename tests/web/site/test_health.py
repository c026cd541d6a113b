"""Alive, ready, and the figures: who gets which answer."""

import asyncio
import time
from collections.abc import Mapping

import httpx
import pytest
from sqlalchemy import text

from digest.app import App, build_app
from digest.operations.doctor.servers import INSTANCE_HEADER, instance
from digest.setting_values import SecretStr
from digest.settings import load_settings
from digest.web.pages import make_site


class Caller:
    """Somebody at an address who asks a service for pages."""

    def __init__(self, app: App, address: str) -> None:
        self.app = app
        self._pages = make_site(app)
        self._address = address

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> httpx.Response:
        return asyncio.run(self._get(path, headers))

    async def _get(self, path: str, headers: Mapping[str, str] | None) -> httpx.Response:
        transport = httpx.ASGITransport(self._pages, client=(self._address, 5000))
        async with httpx.AsyncClient(transport=transport, base_url="http://pages") as web:
            return await web.get(path, headers=headers)


@pytest.fixture
def client(sqlite_url):
    """Make a caller of a service with the given settings; from this machine if left out."""
    made = []

    def make(address: str = "127.0.0.1", **settings) -> Caller:
        given = {"database_url": sqlite_url, "secret_key": "a key for the tests only"}
        made.append(build_app(load_settings(**given, **settings)))
        return Caller(made[-1], address)

    yield make
    for app in made:
        app.database.close()


def test_it_is_alive_and_says_which_service_it_is_of(client):
    answer = client().get("/healthz")
    assert (answer.status_code, answer.text) == (200, "ok\n")
    assert answer.headers[INSTANCE_HEADER] == instance(b"a key for the tests only")


def test_it_is_ready_only_with_a_database_of_its_schema(client):
    web = client()
    assert web.get("/readyz").status_code == 200
    with web.app.database.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    until = time.monotonic() + 60
    while (answer := web.get("/readyz")).status_code == 200:  # a slow look is not waited for
        assert time.monotonic() < until
    assert answer.status_code == 503
    assert "0001" in answer.text
    assert web.get("/healthz").status_code == 200


def test_the_figures_are_for_this_machine_alone(client):
    web = client()
    answer = web.get("/metrics")
    assert answer.status_code == 200
    assert "digest_database_up 1.0" in answer.text
    assert "process_cpu_seconds_total" in answer.text
    for header in ("X-Forwarded-For", "Forwarded", "Via"):
        assert web.get("/metrics", headers={header: "127.0.0.1"}).status_code == 404
    assert client("192.0.2.1").get("/metrics").status_code == 404
    assert client("a socket").get("/metrics").status_code == 404


def test_with_a_token_whoever_has_it_gets_the_figures_and_nobody_else(client):
    web = client("192.0.2.1", metrics_token=SecretStr("sixteen characters"))
    assert web.get("/metrics").status_code == 404
    wrong = {"Authorization": "Bearer sixteen characterz"}
    assert web.get("/metrics", headers=wrong).status_code == 404
    right = {"Authorization": "Bearer sixteen characters", "X-Forwarded-For": "192.0.2.1"}
    assert web.get("/metrics", headers=right).status_code == 200
