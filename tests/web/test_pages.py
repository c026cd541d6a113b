"""What is the same for all pages: headers over https, our own failures."""

import asyncio
from dataclasses import replace

import httpx
import pytest

from digest.app import App, build_app
from digest.web.pages import make_site


async def ask(app: App, path: str) -> httpx.Response:
    transport = httpx.ASGITransport(make_site(app))
    async with httpx.AsyncClient(transport=transport, base_url="http://pages") as client:
        return await client.get(path)


@pytest.mark.parametrize("base_url", ["https://papers.example.org/daily", "http://127.0.0.1:8000"])
def test_over_https_browsers_are_told_to_stay_there(app, base_url):
    settings = replace(app.settings, **{"base_url": base_url})
    elsewhere = build_app(settings, clock=app.clock)
    answer = asyncio.run(ask(elsewhere, "/"))
    elsewhere.database.close()
    assert ("strict-transport-security" in answer.headers) == base_url.startswith("https")
    prefix = "/daily" if base_url.startswith("https") else ""
    assert f'href="{prefix}/archive"' in answer.text
    assert f'action="{prefix}/subscribe"' in answer.text


@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
def test_when_the_database_is_unavailable_every_page_says_so(web, app):
    file = app.database.file
    app.database.close()
    file.rename(file.with_suffix(".away"))
    file.mkdir()
    for path in ("/archive", "/readyz", "/api/v1/editions"):
        answer = web.get(path)
        assert answer.status_code == 503
        assert file.name not in answer.text


def test_a_method_that_is_not_there_names_those_that_are(web):
    answer = web.delete("/archive")
    assert answer.status_code == 405
    assert "GET" in answer.headers["allow"]
