"""Sign in: by password or a link of a mail, then by a code; and sign out."""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from digest.accounts import accounts, codes, links, passwords, signing_in
from digest.accounts.audit import audited
from digest.accounts.passwords import BusyError
from digest.accounts.rules.endings import FIRST_LASTS, LINK_LASTS
from digest.accounts.signing_in import SignedIn
from digest.errors import NotFoundError
from digest.model import Stage
from digest.web.console import cookies
from digest.web.console.frame import (
    ConsoleForm,
    ConsolePages,
    SignInNeededError,
    pages_of,
    signed_in_of,
)
from digest.web.site.forms import Sent

pages = APIRouter()
Pages = Annotated[ConsolePages, Depends(pages_of)]
BY_LINK = "link and code"
_WRONG = "Address or password is wrong."
_WRONG_CODE = "This code is wrong, or has been used. Take the next one."
_TOO_OFTEN = "Too many attempts. Please try again in {} seconds."


def half_sign_in(request: Request) -> SignedIn:
    """Return who has given the first factor, or all; SignInNeededError for anybody else."""
    pages_of(request)
    found = signed_in_of(request)
    if found is None or found.account is None:
        raise SignInNeededError("")
    return found


Half = Annotated[SignedIn, Depends(half_sign_in)]


@pages.get("/sign-in")
def ask(console_pages: Pages, next: str = "", done: str = "") -> HTMLResponse:
    """Show the form. next: where to go afterwards, below /admin."""
    return console_pages.page("sign_in.html", address="", mistake="", next=next, done=done)


@pages.post("/sign-in")
def sign_in(request: Request, console_pages: Pages, form: Sent) -> Response:
    """Check the password, and ask for the second factor."""
    app = console_pages.site.app
    address, wanted = form.text("address").lower(), form.text("next")
    if wait := console_pages.site.sign_in_limits.attempt(host_of(request), address):
        return again(console_pages, address, wanted, _TOO_OFTEN.format(wait), 429)
    try:
        account = accounts.find(app.database, address)
    except NotFoundError:
        account = None
    password = next(iter(form.all("password")), "")
    try:
        right = passwords.is_right(app.database, account.id if account else None, password)
    except BusyError as exc:
        return again(console_pages, address, wanted, str(exc), 503)
    if not right:
        return again(console_pages, address, wanted, _WRONG, 422)
    assert account is not None  # noqa: S101 -- nobody's password is never right
    return first_factor_given(request, console_pages, account.id, wanted, by_link=False)


@pages.post("/sign-in/link")
def mail_link(request: Request, console_pages: Pages, form: Sent) -> Response:
    """Mail a link to an account; say the same whether there is one or not."""
    app, address = console_pages.site.app, form.text("address").lower()
    if wait := console_pages.site.sign_in_limits.attempt(host_of(request), address, what="link"):
        return again(console_pages, address, "", _TOO_OFTEN.format(wait), 429)
    links.ask(app.database, address, app.clock())
    minutes = int(LINK_LASTS.total_seconds() // 60)
    return console_pages.page("link_sent.html", minutes=minutes)


@pages.get("/link/{token}")
def ask_link(token: str, console_pages: Pages) -> HTMLResponse:
    """Show the button: programs that open every link of a mail use none up."""
    app = console_pages.site.app
    account_id, _ = links.check(app.database, app.identity.token_signer, token, app.clock())
    is_new = not accounts.get(app.database, account_id).has_second_factor
    return console_pages.page("link.html", token=token, is_new=is_new)


@pages.post("/link/{token}")
def use_link(token: str, request: Request, console_pages: Pages) -> Response:
    """Take a link for the first factor."""
    app = console_pages.site.app
    account = links.spend(app.database, app.identity.token_signer, token, app.clock())
    return first_factor_given(request, console_pages, account.id, "", by_link=True)


@pages.get("/code")
def ask_code(console_pages: Pages, half: Half, next: str = "") -> Response:
    """Ask for the second factor; lead to where one is set up if there is none."""
    assert half.account is not None  # noqa: S101 -- half_sign_in looked
    if half.is_full:
        return _to(console_pages, next)
    if not half.account.has_second_factor:
        return RedirectResponse(f"{console_pages.base}/set-up", 303)
    return _code_page(console_pages, half, next, "")


@pages.post("/code")
def check_code(request: Request, console_pages: Pages, half: Half, form: ConsoleForm) -> Response:
    """Check the code of an authenticator."""
    assert half.account is not None  # noqa: S101 -- half_sign_in looked
    app, wanted = console_pages.site.app, form.text("next")
    if half.is_full:
        return _to(console_pages, wanted)
    right, may_try = codes.check(
        app.database, half.account.id, half.sign_in.id, form.text("code"), app.clock()
    )
    if right:
        how = BY_LINK if half.sign_in.by_link else "password and code"
        return signed_in_now(request, console_pages, half, half.account.id, wanted, how=how)
    if may_try:
        return _code_page(console_pages, half, wanted, _WRONG_CODE, 422)
    response = again(console_pages, half.account.address, wanted, _WRONG_CODE, 422)
    cookies.take(response, console_pages.site)
    return response


@pages.post("/sign-out")
def sign_out(request: Request, console_pages: Pages, _form: ConsoleForm) -> Response:
    """End this session."""
    found = signed_in_of(request)
    if found is not None:
        signing_in.end(console_pages.site.app.database, found.sign_in.id)
    response = RedirectResponse(f"{console_pages.base}/sign-in?done=out", 303)
    cookies.take(response, console_pages.site)
    return response


def first_factor_given(
    request: Request, console_pages: ConsolePages, account_id: int, wanted: str, *, by_link: bool
) -> Response:
    """Begin a session that still lacks the second factor."""
    app = console_pages.site.app
    secret = signing_in.begin(
        app.database, account_id, Stage.FIRST, browser_of(request), app.clock(), by_link=by_link
    )
    response = _redirect(console_pages, "/code", wanted)
    cookies.give(response, console_pages.site, secret, FIRST_LASTS)
    return response


def signed_in_now(
    request: Request,
    console_pages: ConsolePages,
    found: SignedIn,
    account_id: int,
    wanted: str,
    *,
    how: str,
) -> Response:
    """Complete a session, and lead to where somebody wanted to go. how: for the audit log."""
    app = console_pages.site.app
    address = accounts.get(app.database, account_id).address
    with audited(
        app.database, address, "account.sign-in", f"account {account_id}", app.clock, {"by": how}
    ):
        secret = signing_in.complete(
            app.database,
            found.sign_in,
            account_id,
            app.clock(),
            browser_of(request),
            by_link=how == BY_LINK,
        )
    response = _to(console_pages, wanted)
    cookies.give(response, console_pages.site, secret)
    return response


def browser_of(request: Request) -> str:
    """Return what a browser calls itself."""
    return request.headers.get("user-agent", "")


def host_of(request: Request) -> str:
    """Return the address that a request came from."""
    return request.client.host if request.client else ""


def again(
    console_pages: ConsolePages, address: str, wanted: str, mistake: str, status: int
) -> HTMLResponse:
    """Show the sign-in page with a mistake."""
    return console_pages.page(
        "sign_in.html", status, address=address, mistake=mistake, next=wanted, done=""
    )


def _code_page(
    console_pages: ConsolePages, half: SignedIn, wanted: str, mistake: str, status: int = 200
) -> HTMLResponse:
    return console_pages.page("code.html", status, half=half, next=wanted, mistake=mistake)


def _to(console_pages: ConsolePages, wanted: str) -> RedirectResponse:
    """Lead to a page of the console, whatever `wanted` holds."""
    path = wanted if wanted.startswith("/") and not wanted.startswith("//") else ""
    return RedirectResponse(f"{console_pages.base}{path}", 303)


def _redirect(console_pages: ConsolePages, path: str, wanted: str) -> RedirectResponse:
    tail = f"?next={quote(wanted)}" if wanted else ""
    return RedirectResponse(f"{console_pages.base}{path}{tail}", 303)
