"""All pages of the console, and what is answered when somebody may not see one."""

from collections import Counter
from urllib.parse import quote, urlsplit

from fastapi import FastAPI, Request, Response
from fastapi.responses import RedirectResponse

from digest.errors import SchemaError, UnreachableError
from digest.web.console import (
    accounts,
    assets,
    audit,
    edition,
    edition_preview,
    lab,
    more,
    openid,
    own_account,
    passkeys,
    plots,
    setting_up,
    sign_in,
    today,
    topic_versions,
    topics,
)
from digest.web.console.frame import PREFIX, ConsolePages, SignInNeededError, console_of
from digest.web.console.operations import alerts, doctor, runs, settings, webhooks
from digest.web.console.readers import actions, growth, imports, listing, reader
from digest.web.console.sending import Sending
from digest.web.origins import FromHere
from digest.web.site.view import Site

GROUPS = (
    *(assets, sign_in, passkeys, openid, setting_up, own_account),
    *(today, edition, edition_preview, plots, lab, more, accounts, audit),
    *(topics, topic_versions),
    *(imports, growth, listing, reader, actions),
    *(runs, alerts, doctor, settings, webhooks),
)


def add_console(web: FastAPI, site: Site) -> None:
    """Add the console to the pages of a service."""
    web.state.console = ConsolePages(site, Sending(site.app, web.state.stopping))
    web.state.streams = Counter()  # pages that watch a send, by account
    for group in GROUPS:
        web.include_router(
            group.pages, prefix=PREFIX, dependencies=[FromHere], include_in_schema=False
        )
    web.exception_handler(SignInNeededError)(_sign_in)


def error_page(request: Request, status: int, text: str) -> Response | None:
    """Return an error as a page of the console; None for who is not signed in, or not to be told
    from others as the database does not answer.
    """
    try:
        console = console_of(request)
    except (UnreachableError, SchemaError):
        return None
    if console is None:
        return None
    return console.page("error.html", status, text=text, back=_page_of(request))


def _page_of(request: Request) -> str:
    """Return the page, below /admin, on which the form stands that was sent; "" for Today."""
    below = urlsplit(str(request.url)).path.partition(f"{PREFIX}/")[2].split("/")
    match below:
        case ["edition", day, *_] if request.method == "POST" and day != "preview":
            return f"/edition?date={quote(day)}"
        case ["readers" | "topics" | "webhooks" as section, one, _, *_]:
            return f"/{section}/{quote(one)}"
        case ["today", *_]:
            return ""
        case [section, *_] if section and request.method == "POST":
            return f"/{quote(section)}"
    return ""


def _sign_in(request: Request, error: Exception) -> Response:
    """Lead somebody to the page where they sign in, and from there to where they wanted to go."""
    assert isinstance(error, SignInNeededError)  # noqa: S101 -- what it is registered for
    base = request.app.state.console.base
    tail = f"?next={quote(error.path)}" if error.path.strip("/") else ""
    return RedirectResponse(f"{base}/sign-in{tail}", 303)
