"""Passkeys: sign in with one, add one, take one away. The browser's part is passkey.js."""

from urllib.parse import urlsplit

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from digest.accounts import accounts, passkeys, signing_in
from digest.accounts.passkeys import RelyingParty
from digest.accounts.signing_in import SignedIn
from digest.errors import InputError
from digest.model import Stage
from digest.web.console import cookies
from digest.web.console.frame import (
    ConsoleForm,
    ConsolePages,
    SignInNeededError,
    signed_in_of,
)
from digest.web.console.setting_up import SettingUp, factor_added
from digest.web.console.sign_in import Pages, again, browser_of, host_of, signed_in_now
from digest.web.site.forms import Sent

pages = APIRouter()


def party_of(console_pages: ConsolePages) -> RelyingParty:
    """Return which website passkeys are for: that of the base URL."""
    app = console_pages.site.app
    parts = urlsplit(app.settings.base_url)
    name = app.identity.letterhead.name
    return RelyingParty(parts.hostname or "localhost", f"{parts.scheme}://{parts.netloc}", name)


@pages.post("/passkey/ask")
def ask(request: Request, console_pages: Pages, form: Sent) -> Response:
    """Begin to sign in with a passkey: a session keeps what the passkey is to sign."""
    app = console_pages.site.app
    if console_pages.site.sign_in_limits.visit(host_of(request)):
        mistake = "Too many attempts. Please try again in a minute."
        return again(console_pages, "", "", mistake, 429)
    challenge = passkeys.make_challenge()
    browser, now = browser_of(request), app.clock()
    secret = signing_in.begin(app.database, None, Stage.ASKED, browser, now, challenge=challenge)
    asked = signing_in.find(app.database, secret, now)
    assert asked is not None  # noqa: S101 -- it was begun above
    options = passkeys.ask_known(party_of(console_pages), challenge)
    response = console_pages.page(
        "passkey_ask.html",
        with_script=True,
        half=asked,
        options=options,
        next=form.text("next"),
    )
    cookies.give(response, console_pages.site, secret)
    return response


@pages.post("/passkey/answer")
def answer(request: Request, console_pages: Pages, form: ConsoleForm) -> Response:
    """Check what the passkey signed."""
    found = _asked(request)
    app = console_pages.site.app
    try:
        account_id = passkeys.check(
            app.database,
            party_of(console_pages),
            found.sign_in.id,
            form.text("answer"),
            app.clock(),
        )
    except InputError as exc:
        return again(console_pages, "", form.text("next"), str(exc), 422)
    account = accounts.get(app.database, account_id)
    wanted = form.text("next")
    return signed_in_now(request, console_pages, found, account.id, wanted, how="passkey")


@pages.post("/passkey/new")
def ask_new(console_pages: Pages, who: SettingUp, _form: ConsoleForm) -> HTMLResponse:
    """Begin to add a passkey."""
    half, account = who
    app = console_pages.site.app
    options = passkeys.ask_new(app.database, party_of(console_pages), account, half.sign_in.id)
    return console_pages.page("passkey_new.html", with_script=True, half=half, options=options)


@pages.post("/passkey/add")
def add(request: Request, console_pages: Pages, who: SettingUp, form: ConsoleForm) -> Response:
    """Store the passkey that the browser made."""
    half, account = who
    app = console_pages.site.app
    with factor_added(console_pages, half, account, "passkey"):
        passkeys.add(
            app.database,
            party_of(console_pages),
            account.id,
            half.sign_in.id,
            form.text("answer"),
            form.text("name"),
            app.clock(),
        )
    wanted = "/account?done=passkey" if half.is_full else ""
    return signed_in_now(request, console_pages, half, account.id, wanted, how="passkey")


def _asked(request: Request) -> SignedIn:
    found = signed_in_of(request)
    if found is None:
        raise SignInNeededError("")
    return found
