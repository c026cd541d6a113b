"""Sign in by an OpenID provider, if the settings name one: the way there and the way back."""

from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request, Response

from digest.accounts import openid, passkeys, signing_in
from digest.accounts.openid import OpenIdProvider
from digest.errors import DigestError
from digest.model import Stage
from digest.web.console import cookies
from digest.web.console.frame import SignInNeededError, signed_in_of
from digest.web.console.sign_in import Pages, again, browser_of, host_of, signed_in_now

pages = APIRouter()


def provider_of(console_pages: Pages) -> OpenIdProvider:
    """Return the provider; HTTPException 404 without one."""
    if console_pages.openid is None:
        raise HTTPException(404)
    return console_pages.openid


Provider = Annotated[OpenIdProvider, Depends(provider_of)]


@pages.post("/openid")
def go(request: Request, console_pages: Pages, provider: Provider) -> Response:
    """Lead to the provider by a page: a form of ours may send nobody to another website."""
    app = console_pages.site.app
    if console_pages.site.sign_in_limits.visit(host_of(request)):
        return again(console_pages, "", "", "Too many attempts. Please wait a minute.", 429)
    challenge = passkeys.make_challenge()
    try:
        way = provider.way_out(challenge)
    except DigestError as exc:
        return again(console_pages, "", "", str(exc), 502)
    secret = signing_in.begin(
        app.database, None, Stage.ASKED, browser_of(request), app.clock(), challenge=challenge
    )
    response = console_pages.page("openid.html", way=way, provider=provider.name)
    cookies.give(response, console_pages.site, secret)
    return response


@pages.get("/openid/back")
def come_back(
    request: Request, console_pages: Pages, provider: Provider, state: str = "", code: str = ""
) -> Response:
    """Take somebody back: the state is of their own session, and is used up by this."""
    app, found = console_pages.site.app, signed_in_of(request)
    if found is None:
        raise SignInNeededError("")
    try:
        challenge = openid.spend(app.database, found.sign_in.id)
        address = provider.address(challenge, state, code, app.clock())
        account_id = openid.account_of(app.database, address)
    except DigestError as exc:
        return again(console_pages, "", "", str(exc), 422)
    return signed_in_now(request, console_pages, found, account_id, "", how="OpenID")
