"""The accounts, for owners: invite, give a role, sign out, reset, remove."""

from fastapi import APIRouter, HTTPException
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from digest.accounts import accounts, links
from digest.accounts.store.accounts import Account
from digest.errors import ConflictError, DigestError
from digest.model import Role
from digest.web.console.frame import Console, ConsoleForm, Owner
from digest.web.numbers import KeyInPath

pages = APIRouter()
_ROLES = {
    Role.VIEWER: "sees everything but readers' addresses",
    Role.EDITOR: "decides what goes out, looks after readers and topics",
    Role.OWNER: "looks after accounts, settings, webhooks and exports, erases readers",
}


@pages.get("/accounts")
def show(console: Owner) -> HTMLResponse:
    """List the accounts."""
    return _page(console)


@pages.post("/accounts")
def add(console: Owner, form: ConsoleForm) -> Response:
    """Add an account, and mail it the link that sets it up."""
    address, role = form.text("address"), _role(form.text("role"))
    try:
        with console.audited("account.add", "accounts", {"role": role.value}) as note:
            account = accounts.add(console.database, address, role, console.now())
            links.invite_by_mail(console.database, account, console.now())
            note.after = {"account": account.id, "address": account.address, "role": role.value}
    except DigestError as exc:
        return _page(console, str(exc), 422)
    return console.back("/accounts", "added")


@pages.post("/accounts/{account_id}/role")
def set_role(account_id: KeyInPath, console: Owner, form: ConsoleForm) -> RedirectResponse:
    """Give an account another role; it holds from its next request on."""
    account, role = accounts.get(console.database, account_id), _role(form.text("role"))
    with console.audited("account.role", _name(account), {"role": role.value}) as note:
        note.before = {"role": account.role.value}
        accounts.set_role(console.database, account_id, role)
        note.after = {"role": role.value}
    return console.back("/accounts", "role")


@pages.post("/accounts/{account_id}/sign-out")
def sign_out(account_id: KeyInPath, console: Owner, _form: ConsoleForm) -> RedirectResponse:
    """End all sessions of an account."""
    account = accounts.get(console.database, account_id)
    with console.audited("account.sign-out", _name(account)) as note:
        ended = accounts.end_sessions(
            console.database, account_id, but=console.signed_in.sign_in.id
        )
        note.after = {"sessions ended": ended}
    return console.back("/accounts", "signed-out")


@pages.post("/accounts/{account_id}/reset")
def reset(account_id: KeyInPath, console: Owner, _form: ConsoleForm) -> RedirectResponse:
    """Take password and second factor away, and mail a link that sets them anew."""
    account = _other(console, account_id)
    with console.audited("account.reset", _name(account)):
        renewed = accounts.reset(console.database, account_id)
        links.invite_by_mail(console.database, renewed, console.now())
    return console.back("/accounts", "reset")


@pages.post("/accounts/{account_id}/remove")
def remove(account_id: KeyInPath, console: Owner, _form: ConsoleForm) -> RedirectResponse:
    """Delete an account; the audit log keeps its address."""
    account = _other(console, account_id)
    with console.audited("account.remove", _name(account)) as note:
        note.before = {"role": account.role.value}
        accounts.remove(console.database, account_id)
    return console.back("/accounts", "removed")


def _other(console: Console, account_id: int) -> Account:
    """Return an account; ConflictError for one's own, which another owner must do this to."""
    if account_id == console.account.id:
        raise ConflictError("Another owner has to do this for your own account.")
    return accounts.get(console.database, account_id)


def _role(text: str) -> Role:
    try:
        return Role(text)
    except ValueError:
        raise HTTPException(422, f"{text!r} is not a role.") from None


def _name(account: Account) -> str:
    return f"account {account.id}"


def _page(console: Console, mistake: str = "", status: int = 200) -> HTMLResponse:
    listed = accounts.list_all(console.database)
    return console.page("accounts.html", status, accounts=listed, roles=_ROLES, mistake=mistake)
