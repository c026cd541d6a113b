"""One's own account: password, authenticator, passkeys, sessions."""

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from digest.accounts import codes, passkeys, passwords, signing_in
from digest.accounts.rules.passwords import SHORTEST
from digest.errors import NotFoundError
from digest.web.console.frame import Console, ConsoleForm, Viewer
from digest.web.console.setting_up import set_password
from digest.web.console.sign_in import host_of
from digest.web.numbers import KeyInPath

pages = APIRouter()
_WRONG = "The present password is wrong."


@pages.get("/account")
def show(console: Viewer) -> HTMLResponse:
    """Show the account of who is signed in."""
    return _page(console)


@pages.post("/account/password")
def change_password(request: Request, console: Viewer, form: ConsoleForm) -> Response:
    """Change the password; who came by a link of a mail need not know the present one."""
    account, sign_in = console.account, console.signed_in.sign_in
    if account.has_password and not sign_in.by_link:
        if console.site.sign_in_limits.attempt(host_of(request), account.address):
            return _page(console, "Too many attempts. Please try again in a minute.", 429)
        present = next(iter(form.all("present")), "")
        if not passwords.is_right(console.database, account.id, present):
            return _page(console, _WRONG, 422)
    with console.audited("account.password", f"account {account.id}"):
        mistake = set_password(console.pages, console.signed_in, account, form)
    if mistake:
        return _page(console, mistake, 422)
    return console.back("/account", "password")


@pages.post("/account/authenticator/remove")
def remove_authenticator(console: Viewer, _form: ConsoleForm) -> RedirectResponse:
    """Take the authenticator away, if there is a passkey to sign in with."""
    with console.audited("account.authenticator.remove", f"account {console.account.id}"):
        codes.remove(console.database, console.account.id)
    return console.back("/account", "no-authenticator")


@pages.post("/account/passkeys/{passkey_id}/remove")
def remove_passkey(passkey_id: KeyInPath, console: Viewer, _form: ConsoleForm) -> RedirectResponse:
    """Take a passkey away, unless it is the only second factor."""
    account = console.account
    with console.audited("account.passkey.remove", f"account {account.id}"):
        if not passkeys.remove(console.database, account.id, passkey_id):
            raise NotFoundError("There is no such passkey.")
    return console.back("/account", "no-passkey")


@pages.post("/account/sessions/{session_id}/end")
def end_session(session_id: KeyInPath, console: Viewer, _form: ConsoleForm) -> RedirectResponse:
    """Sign another browser out."""
    if session_id == console.signed_in.sign_in.id:
        raise HTTPException(409, "This is your own session: use the button to sign out.")
    with console.audited("account.session.end", f"account {console.account.id}"):
        if not signing_in.end(console.database, session_id, console.account.id):
            raise NotFoundError("This session has ended already.")
    return console.back("/account", "session")


def _page(console: Console, mistake: str = "", status: int = 200) -> HTMLResponse:
    account = console.account
    return console.page(
        "account.html",
        status,
        mistake=mistake,
        shortest=SHORTEST,
        passkeys=passkeys.list_all(console.database, account.id),
        sessions=signing_in.list_sessions(console.database, account.id, console.now()),
        own=console.signed_in.sign_in,
    )
