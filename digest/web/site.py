"""The public side: pages that work without JavaScript, cookies or anything of a third party.

GET and HEAD never change anything; what changes something is a POST of a form of ours.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from digest.app import App
from digest.errors import LinkError, NotFoundError, UnreachableError
from digest.web import (
    archive,
    assets,
    feeds,
    health,
    home,
    mails,
    personal_feed,
    preferences,
    proof_pages,
    subscribe,
    topics,
    unsubscribe,
)
from digest.web.api import PREFIX, Problem, api
from digest.web.guard import HEADERS, PRIVATE, Guard
from digest.web.site_view import Site

GROUPS = (
    *(assets, health, home, archive, feeds, topics),
    *(subscribe, proof_pages, unsubscribe, preferences, personal_feed, mails),
)

_WORDS = {  # instead of those of the framework
    404: ("Nothing here", "There is no page at this address."),
    405: ("Not like this", "This page cannot be used in that way."),
}


def make_site(app: App) -> FastAPI:
    """Return the public pages of a service; SettingsError without a key or a database."""
    site = Site(app)
    _ = app.opt_in  # made here, so that no two requests make it at once

    @asynccontextmanager
    async def lifespan(_web: FastAPI) -> AsyncIterator[None]:
        yield
        site.clerk.close()

    web = FastAPI(
        title=app.letterhead.name,
        docs_url=None,
        redoc_url=None,
        openapi_url=f"{PREFIX}/openapi.json",
        lifespan=lifespan,
    )
    web.state.site = site
    for group in GROUPS:
        web.include_router(group.pages, include_in_schema=False)
    web.include_router(api)
    web.add_middleware(Guard, https=app.settings.base_url.startswith("https:"))
    web.exception_handler(LinkError)(_missing)
    web.exception_handler(NotFoundError)(_missing)
    web.exception_handler(UnreachableError)(_unreachable)
    web.exception_handler(RequestValidationError)(_misunderstood)
    web.exception_handler(HTTPException)(_refused)
    web.exception_handler(Exception)(_failed)
    return web


def _missing(request: Request, error: Exception) -> Response:
    """Neither an altered link nor one of an erased reader names anybody."""
    return _trouble(request, 404, "Nothing here", str(error))


def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 -- this is what it is registered for
    heading, text = _WORDS.get(error.status_code, ("That did not work", str(error.detail)))
    response = _trouble(request, error.status_code, heading, text)
    response.headers.update(error.headers or {})
    return response


def _misunderstood(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 -- as above
    wrong = [f"{each['loc'][-1]}: {each['msg']}" for each in error.errors()]
    return _trouble(request, 422, "The address is not right", "; ".join(wrong))


def _unreachable(request: Request, _error: Exception) -> Response:
    text = "We cannot reach our own records right now. Please try again in a few minutes."
    return _trouble(request, 503, "Not at the moment", text)


def _failed(request: Request, _error: Exception) -> Response:
    text = "Something went wrong on our side; it has been noted. Nothing was changed."
    response = _trouble(request, 500, "That did not work", text)
    response.headers.update(HEADERS | PRIVATE)  # this answer does not pass the guard
    return response


def _trouble(request: Request, status: int, heading: str, text: str) -> Response:
    if request.url.path.startswith(f"{PREFIX}/"):
        problem = Problem(
            type="about:blank", title=HTTPStatus(status).phrase, status=status, detail=text
        )
        return JSONResponse(problem.model_dump(), status, media_type="application/problem+json")
    site: Site = request.app.state.site
    return site.page("trouble.html", status, heading=heading, text=text)
