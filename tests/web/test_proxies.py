"""Whose address counts behind a reverse proxy, and that nobody chooses his own."""

import threading
from contextlib import contextmanager
from dataclasses import replace

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse

from digest.devtools.sink.sink import listen
from digest.errors import SettingsError
from digest.settings import load_settings
from digest.web.server import make_server

on_sqlite = pytest.mark.parametrize("app", ["sqlite"], indirect=True)


@contextmanager
def served(app, proxies: str):
    """The pages as `digest serve` serves them, with one more that tells the visitor's address."""
    settings = replace(app.settings, **{"trusted_proxies": proxies})
    server = make_server(replace(app, settings=settings))

    async def tell(request: Request) -> PlainTextResponse:
        return PlainTextResponse(request.client.host)

    server.config.app.add_route("/who", tell)
    listener = listen("127.0.0.1", 0)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{listener.getsockname()[1]}") as client:
            yield client
    finally:
        server.should_exit = True
        thread.join()


@on_sqlite
def test_the_nearest_address_that_is_no_proxy_of_ours_counts(app):
    with served(app, "127.0.0.1, 10.0.0.0/8") as client:
        for said, counts in (
            ("198.51.100.7", "198.51.100.7"),
            ("203.0.113.9, 198.51.100.7", "198.51.100.7"),
            ("203.0.113.9, 198.51.100.7, 10.1.2.3", "198.51.100.7"),
            ("2001:db8::7", "2001:db8::7"),
            ("127.0.0.1, 198.51.100.7", "198.51.100.7"),
        ):
            assert client.get("/who", headers={"X-Forwarded-For": said}).text == counts
        assert client.get("/who", headers={"Forwarded": "for=203.0.113.9"}).text == "127.0.0.1"
        assert client.get("/who", headers={"X-Real-IP": "203.0.113.9"}).text == "127.0.0.1"


@on_sqlite
def test_who_comes_through_no_proxy_of_ours_is_who_he_is(app):
    with served(app, "192.0.2.1") as client:
        answer = client.get("/who", headers={"X-Forwarded-For": "198.51.100.7"})
        assert answer.text == "127.0.0.1"


@on_sqlite
def test_a_forged_header_gets_nobody_past_the_limit(app):
    with served(app, "127.0.0.1") as client:
        found = []
        for number in range(24):
            said = f"203.0.113.{number}, 198.51.100.7"  # the proxy adds whom it talks to
            answer = client.get("/preview", headers={"X-Forwarded-For": said})
            found.append(answer.status_code)
        assert found == [200] * 20 + [429] * 4


@pytest.mark.parametrize(
    "value",
    [
        *("*", "0.0.0.0/0", "::/0", "proxy.example.org", "10.0.0.1/8"),
        *(
            "0.0.0.0/1, 128.0.0.0/1",
            "::/1,10.0.0.0/8,8000::/1",
            "0.0.0.0/1,128.0.0.0/2,192.0.0.0/3",
        ),
        *("0.0.0.0/2,64.0.0.0/2,127.0.0.1,128.0.0.0/1", "2000::/4,3000::/4"),
    ],
)
def test_only_networks_that_are_some_may_be_trusted(value):
    with pytest.raises(SettingsError, match="TRUSTED_PROXIES"):
        load_settings(trusted_proxies=value)


@pytest.mark.parametrize("value", ["10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,fc00::/7", "0.0.0.0/1"])
def test_networks_that_leave_somebody_out_may_be_trusted(value):
    assert load_settings(trusted_proxies=value).trusted_proxies == value
