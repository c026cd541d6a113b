"""The public side: pages that work without JavaScript, cookies or anything of a third party.

GET and HEAD never change anything; what changes something is a POST of a form of ours.
"""

import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, nullcontext
from threading import Event, Thread
from urllib.parse import quote

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.routing import Match

from digest.app import App
from digest.bounces.hooks import Hooks
from digest.errors import (
    DigestError,
    InputError,
    LinkError,
    LockedError,
    NotFoundError,
    SchemaError,
    UnreachableError,
)
from digest.ground.languages.language import N_
from digest.web.api import dumps, imports, papers, sending, stops, subscribers, suppressions
from digest.web.api import preferences as api_preferences
from digest.web.api.description import describe
from digest.web.api.problems import Mistake, problem, problem_of
from digest.web.api.route import PREFIX
from digest.web.console.frame import PREFIX as CONSOLE
from digest.web.console.routes import add_console, error_page
from digest.web.hooks import receiving
from digest.web.limits import Rates
from digest.web.origins import FromHere
from digest.web.request_guard import RequestGuard
from digest.web.security_headers import HEADERS, PRIVATE, SecurityHeaders
from digest.web.site import (
    archive,
    assets,
    feeds,
    health,
    home,
    mails,
    paper,
    personal_feed,
    preferences,
    preview,
    proof_pages,
    subscribe,
    topics,
    unsubscribe,
)
from digest.web.site.view import Site, site_of
from digest.web.waking import Waking

GROUPS = (
    *(unsubscribe, mails, subscribe, preferences, home, health),  # those that come in waves first
    *(assets, archive, feeds, topics, paper, preview, proof_pages, personal_feed),
)
API_GROUPS = (
    papers,
    api_preferences,
    subscribers,
    suppressions,
    imports,
    dumps,
    sending,
    stops,
)

_log = logging.getLogger(__name__)
_WORDS = {  # instead of those of the framework
    404: (N_("Page not found"), N_("There is no page at this address.")),
    405: (N_("Action not allowed"), N_("This page does not support that action.")),
}


def make_site(
    app: App,
    rates: Rates | None = None,
    *,
    prepared: bool = False,
    hooks: Hooks | None = None,
    wake: Callable[[], None] | None = None,
) -> FastAPI:
    """Return the public pages of a service; SettingsError without a key or a database.

    prepared: make the editions of the last 30 days ready beside the first requests, so that the
    first look back on them need not wait some seconds. hooks: what takes the requests of mail
    services; left out, as the settings say. wake: called when there are mails or news to send, in
    another process; left out, they are sent from here.
    """
    site = Site(app, rates or Rates(), wake)
    _ = app.opt_in  # made here, so that no two requests make it at once

    @asynccontextmanager
    async def lifespan(_web: FastAPI) -> AsyncIterator[None]:
        stop = Event()
        if prepared:
            Thread(target=_prepare, args=(site, stop), name="lookback").start()
        with site.asking, site.queues or nullcontext():
            yield
        stop.set()
        site.readiness.close()
        web.state.stopping.set()  # what the console sends ends
        web.state.console.sending.join()

    web = FastAPI(
        title=app.identity.letterhead.name,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,  # it believes the Host header; `_refused` does that instead
        lifespan=lifespan,
    )
    web.state.site = site
    web.state.stopping = Event()
    web.state.hooks = hooks or app.hooks
    for group in GROUPS:
        web.include_router(group.pages, dependencies=[FromHere], include_in_schema=False)
    web.include_router(receiving.pages, include_in_schema=False)
    for api_group in API_GROUPS:
        web.include_router(api_group.pages, prefix=PREFIX)
    describe(web, site)
    add_console(web, site)
    web.add_middleware(Waking, wake=site.wake)
    web.add_middleware(RequestGuard)
    web.add_middleware(SecurityHeaders, https=app.settings.base_url.startswith("https:"))
    web.exception_handler(LinkError)(_missing)
    web.exception_handler(NotFoundError)(_missing)
    web.exception_handler(InputError)(_unfit)
    web.exception_handler(UnreachableError)(_unreachable)
    web.exception_handler(LockedError)(_locked)
    web.exception_handler(SchemaError)(_outdated)
    web.exception_handler(RequestValidationError)(_misunderstood)
    web.exception_handler(HTTPException)(_refused)
    web.exception_handler(Exception)(_failed)
    return web


def _prepare(site: Site, stop: Event) -> None:
    try:
        site.lookbacks.prepare(stop)
    except DigestError as exc:  # the first look back tries again, and says what is wrong
        _log.warning("The last editions could not be made ready for previews: %s", exc)


def _missing(request: Request, error: Exception) -> Response:
    """Neither an altered link nor one of an erased reader names anybody."""
    return _error_page(request, 404, N_("Page not found"), str(error))


def _unfit(request: Request, error: Exception) -> Response:
    if _is_api(request):
        assert isinstance(error, DigestError)  # noqa: S101 -- this is what it is registered for
        return problem_of(error)
    return _error_page(request, 422, N_("Invalid input"), str(error))


def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 -- as above
    if error.status_code == 404 and (path := _without_slash(request)):
        return RedirectResponse(path, 307)
    heading, text = _WORDS.get(error.status_code, (N_("Something went wrong"), str(error.detail)))
    headers = dict(error.headers or {})
    if _is_api(request):
        heading, text = "", str(error.detail)
        if error.status_code == 405:
            headers["Allow"] = ", ".join(sorted(_methods(request)))
    response = _error_page(request, error.status_code, heading, text)
    response.headers.update(headers)
    return response


def _without_slash(request: Request) -> str:
    """Return the address, on this host, of a page that is there without a slash behind it."""
    if not request.url.path.endswith("/"):
        return ""
    path = f"/{request.url.path.strip('/')}"
    scope = {**request.scope, "path": path}
    if not any(route.matches(scope)[0] is Match.FULL for route in request.app.routes):
        return ""
    site: Site = request.app.state.site
    query = f"?{request.url.query}" if request.url.query else ""
    return f"{site.root}{quote(path)}{query}"


def _misunderstood(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 -- as above
    wrong = [
        Mistake(where="/".join(map(str, each["loc"])), detail=each["msg"])
        for each in error.errors()
    ]
    text = "; ".join(f"{each.where.rpartition('/')[2]}: {each.detail}" for each in wrong)
    if _is_api(request):
        return problem(422, text, wrong)
    return _error_page(request, 422, N_("Invalid page address"), text)


def _unreachable(request: Request, _error: Exception) -> Response:
    text = N_("Our database is unavailable at the moment. Please try again in a few minutes.")
    return _error_page(request, 503, N_("Temporarily unavailable"), text)


def _locked(request: Request, _error: Exception) -> Response:
    text = N_("Something else is changing this subscription right now. Please try again.")
    response = _error_page(request, 503, N_("Temporarily unavailable"), text)
    response.headers["Retry-After"] = "5"
    return response


def _outdated(request: Request, error: Exception) -> Response:
    """What reads goes on; what writes does not, until the process is started again."""
    _log.error("%s", error)
    return _unreachable(request, error)


def _failed(request: Request, _error: Exception) -> Response:
    text = N_(
        "Something went wrong on our side. The error has been logged, and nothing was changed."
    )
    response = _error_page(request, 500, N_("Something went wrong"), text)
    response.headers.update(HEADERS | PRIVATE)  # this answer does not pass the guard
    return response


def _error_page(request: Request, status: int, heading: str, text: str) -> Response:
    if _is_api(request):
        return problem(status, text)
    if _is_console(request) and (page := error_page(request, status, text)):
        return page
    site = site_of(request)
    translated = {"heading": site.language.name_of(heading), "text": site.language.name_of(text)}
    return site.page("error.html", status, **translated)


def _is_api(request: Request) -> bool:
    return f"{request.url.path}/".startswith("/api/")


def _is_console(request: Request) -> bool:
    site: Site = request.app.state.site
    path = request.url.path.removeprefix(site.root)
    return f"{path}/".startswith(f"{CONSOLE}/")


def _methods(request: Request) -> set[str]:
    """What may be done with an address of the API: its routes each know only their own method."""
    found: set[str] = set()
    for route in _routes():
        if route.path_regex.match(request.url.path.removeprefix(PREFIX)):
            found |= route.methods or set()
    return found | ({"HEAD"} if "GET" in found else set())


def _routes() -> list[APIRoute]:
    """Return all routes of the API, their paths without the prefix."""
    return [
        route for group in API_GROUPS for route in group.pages.routes if isinstance(route, APIRoute)
    ]
