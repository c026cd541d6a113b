"""Sign in by an OpenID provider, and everything that must not be believed."""

import re
from collections.abc import Iterator

import httpx
import pytest

from digest.accounts import accounts
from digest.app import build_app
from digest.model import Role
from digest.settings import load_settings
from digest.web.pages import make_site
from tests.openid_provider import CLIENT, SECRET, Provider, running_provider
from tests.service import Clock
from tests.web.conftest import NO_AUTHORITIES
from tests.web.console.conftest import Hand, make_account
from tests.web.serving import serving

WAY = re.compile(r'<a href="([^"]+)">Sign in there')


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with running_provider() as provider:
        yield provider


@pytest.fixture
def hand(provider, sqlite_url, files) -> Iterator[Hand]:
    provider.claims, clock = {}, Clock()
    provider.now = lambda: clock().timestamp()
    settings = load_settings(
        database_url=sqlite_url,
        secret_key="a key for the tests only",
        openid_issuer=provider.issuer,
        openid_client_id=CLIENT,
        openid_client_secret=SECRET,
    )
    app = build_app(settings, clock=clock, files=files)
    make_account(app, Role.OWNER)
    accounts.add(app.database, "kate@example.org", Role.OWNER, clock())
    with (
        serving(make_site(app)) as address,
        Hand(base_url=address, verify=NO_AUTHORITIES) as client,
    ):
        yield client
    app.close()


def led(hand: Hand, provider: Provider) -> dict[str, str]:
    page = hand.post("/admin/openid", data={"next": ""})
    assert page.status_code == 200, page.text
    return provider.sign_in(WAY.search(page.text)[1].replace("&amp;", "&"))


def back(hand: Hand, brought: dict[str, str]) -> httpx.Response:
    return hand.get("/admin/openid/back", params=brought)


def test_who_has_an_account_is_signed_in(hand, provider):
    assert "Sign in with 127.0.0.1" in hand.see("/sign-in")
    brought = led(hand, provider)
    assert back(hand, brought).status_code == 303
    assert "owner@example.org" in hand.see("/account")
    assert back(hand, brought).status_code == 422  # the state is used up


@pytest.mark.parametrize(
    "claims",
    [
        {"email": "stranger@example.org"},
        {"email": "\u212aate@example.org"},  # a Kelvin sign, which is a k in lower case
        {"email_verified": False},
        {"email_verified": "true"},
        {"email": ""},
        {"aud": "another client"},
        {"iss": "https://another.example"},
        {"exp": 0},
        {"nonce": "of another request"},
    ],
    ids=str,
)
def test_a_token_that_is_not_right_opens_nothing(hand, provider, claims):
    provider.claims = claims
    assert back(hand, led(hand, provider)).status_code == 422
    assert hand.get("/admin/account").status_code == 303


def test_a_state_of_another_browser_and_a_code_of_another_request_open_nothing(hand, provider):
    brought = led(hand, provider)
    assert back(hand, {**brought, "state": "x"}).status_code == 422
    led(hand, provider)
    assert back(hand, brought).status_code == 422
    hand.cookies.clear()
    assert back(hand, brought).status_code == 303
    assert hand.get("/admin/account").status_code == 303


def test_a_silent_provider_is_said(hand, provider):
    issuer, provider.issuer = provider.issuer, "https://another.example"
    page = hand.post("/admin/openid", data={"next": ""})
    provider.issuer = issuer
    assert page.status_code == 502
    assert "calls itself" in page.text


def test_without_a_provider_there_is_none(app, site, signed_in):
    signed_in()
    with Hand(base_url=site, verify=NO_AUTHORITIES) as client:
        assert client.post("/admin/openid", data={}).status_code == 404
        assert "Sign in with 1" not in client.see("/sign-in")
