"""Set an account up: choose a password, add an authenticator."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import segno
from fastapi import APIRouter, Depends, HTTPException, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from markupsafe import Markup

from digest.accounts import accounts, codes, passwords
from digest.accounts.audit import AuditNote, audited
from digest.accounts.rules import codes as rules
from digest.accounts.rules.endings import FRESH_FOR
from digest.accounts.rules.passwords import SHORTEST
from digest.accounts.signing_in import SignedIn
from digest.accounts.store.accounts import Account
from digest.errors import InputError
from digest.web.console.frame import ConsoleForm, ConsolePages
from digest.web.console.sign_in import Half, Pages, signed_in_now

pages = APIRouter()
_OTHER_CODE = "This code is wrong. Look whether the clock of your phone is right, and try the next."
_DIFFER = "The two passwords differ."
_BY_LINK = "Your account has no second factor yet. Sign in by the link of a mail to add one."
_FRESH = (
    "Sign out and in again first: factors can be changed within 15 minutes of signing in. "
    "So a browser that was left open cannot be used for it."
)
_HAS_ONE = "Sign in completely to change this."


def setting_up(request: Request, half: Half) -> tuple[SignedIn, Account]:
    """Return who may choose password and second factor: who is signed in, or was just invited.

    HTTPException 403 for others: a password alone, or a mailbox alone, must not replace the second
    factor.
    """
    account = half.account
    assert account is not None  # noqa: S101 -- half_sign_in looked
    if half.is_full:
        app = request.app.state.site.app
        if app.clock() - half.sign_in.created_at > FRESH_FOR and account.has_second_factor:
            raise HTTPException(403, _FRESH)
    else:
        if account.has_second_factor:
            raise HTTPException(403, _HAS_ONE)
        if not half.sign_in.by_link:
            raise HTTPException(403, _BY_LINK)
    return half, account


SettingUp = Annotated[tuple[SignedIn, Account], Depends(setting_up)]


@pages.get("/set-up")
def show(console_pages: Pages, who: SettingUp) -> Response:
    """Ask for the password first, then for the second factor."""
    half, account = who
    if not account.has_password:
        return _password_page(console_pages, half, "")
    return _factor_page(console_pages, half, account, codes.make_key(), "")


@pages.post("/set-up/password")
def choose_password(console_pages: Pages, who: SettingUp, form: ConsoleForm) -> Response:
    """Choose the first password."""
    half, account = who
    if account.has_password:
        raise HTTPException(403, "The account has a password; change it on its own page.")
    if mistake := set_password(console_pages, half, account, form):
        return _password_page(console_pages, half, mistake, 422)
    return RedirectResponse(f"{console_pages.base}/set-up", 303)


@pages.post("/set-up/authenticator")
def add_authenticator(
    request: Request, console_pages: Pages, who: SettingUp, form: ConsoleForm
) -> Response:
    """Store the key of an authenticator that shows the right code; then all factors are given."""
    half, account = who
    app = console_pages.site.app
    try:
        key = bytes.fromhex(form.text("key"))
    except ValueError:
        key = b""
    if len(key) != rules.KEY_BYTES:
        raise HTTPException(400, "The form is incomplete.")
    with factor_added(console_pages, half, account, "authenticator") as note:
        right = codes.set_up(app.database, account.id, key, form.text("code"), app.clock())
        note.after = {"set up": right}
    if not right:
        return _factor_page(console_pages, half, account, key, _OTHER_CODE, 422)
    if half.is_full:
        return RedirectResponse(f"{console_pages.base}/account?done=authenticator", 303)
    return signed_in_now(request, console_pages, half, account.id, "", how="set up")


@contextmanager
def factor_added(
    console_pages: ConsolePages, half: SignedIn, account: Account, what: str
) -> Iterator[AuditNote]:
    """Log that a factor is added inside, and sign the account's other browsers out."""
    app = console_pages.site.app
    subject = f"account {account.id}"
    with audited(app.database, account.address, f"account.{what}", subject, app.clock) as note:
        yield note
        if note.after.get("set up", True):
            accounts.end_sessions(app.database, account.id, but=half.sign_in.id)


def set_password(
    console_pages: ConsolePages, half: SignedIn, account: Account, form: ConsoleForm
) -> str:
    """Give an account the password of a form; return what is wrong with it, or nothing."""
    password, again = (next(iter(form.all(name)), "") for name in ("password", "again"))
    if password != again:
        return _DIFFER
    app = console_pages.site.app
    try:
        passwords.choose(
            app.database, account.id, account.address, password, session_id=half.sign_in.id
        )
    except InputError as exc:
        return str(exc)
    return ""


def _password_page(
    console_pages: ConsolePages, half: SignedIn, mistake: str, status: int = 200
) -> HTMLResponse:
    return console_pages.page(
        "set_password.html", status, half=half, mistake=mistake, shortest=SHORTEST
    )


def _factor_page(
    console_pages: ConsolePages,
    half: SignedIn,
    account: Account,
    key: bytes,
    mistake: str,
    status: int = 200,
) -> HTMLResponse:
    name = console_pages.site.app.identity.letterhead.name
    code = segno.make_qr(rules.address_of(key, account.address, name))
    drawing = code.svg_inline(scale=4, border=2, svgclass=None, lineclass=None, title="QR code")
    return console_pages.page(
        "set_second_factor.html",
        status,
        half=half,
        qr=Markup(drawing),  # noqa: S704 -- segno draws it, and no text is in it
        key=key.hex(),
        typed=rules.typed(key),
        mistake=mistake,
    )
