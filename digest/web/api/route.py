"""What all addresses of the API share: bounded bodies of the right type, and entity tags.

The body is read, with its bound, before the framework sees it; what comes as a file is not read
here (`api_upload`).
"""

import hashlib
import json
from collections.abc import Callable, Coroutine, Iterator
from datetime import date
from typing import Annotated, Any

from fastapi import HTTPException, Request, Response
from fastapi.routing import APIRoute
from pydantic import BeforeValidator
from starlette.concurrency import run_in_threadpool
from starlette.types import Message

from digest.web.site.view import PUBLIC

PREFIX = "/api/v1"
LARGEST_JSON_BYTES = 64 * 1024
NOT_MODIFIED: dict[int | str, dict[str, Any]] = {
    304: {"description": "It is as the entity tag in If-None-Match says."}
}
TAGGED: dict[int | str, dict[str, Any]] = {
    200: {
        "headers": {
            "ETag": {
                "description": "Names this version of the answer.",
                "schema": {"type": "string"},
                "required": True,
            }
        }
    },
    **NOT_MODIFIED,
}


def _iso_day(value: object) -> object:
    """Take a date only as it is documented: pydantic would take seconds since 1970, too."""
    if isinstance(value, str) and len(value) != len("2026-11-19"):
        raise ValueError("not a date such as 2026-11-19")
    if not isinstance(value, str | date):
        raise ValueError("not a date such as 2026-11-19")
    return value


def _flag(value: object) -> object:
    """Take a yes or no only as it is documented, not as "on" or "1"."""
    if isinstance(value, str) and value not in ("true", "false"):
        raise ValueError("must be true or false")
    return value


Day = Annotated[date, BeforeValidator(_iso_day)]
Flag = Annotated[bool, BeforeValidator(_flag)]
Check = Callable[[Request], object]  # raises HTTPException
Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class ApiRoute(APIRoute):
    """A route of the API."""

    cache_control = ""

    def get_route_handler(self) -> Handler:
        """Wrap the framework's handler."""
        handle = super().get_route_handler()

        async def guarded(request: Request) -> Response:
            if self.body_field is not None:
                for check in self._checks():  # who may not, or too often, need not send a body
                    await run_in_threadpool(check, request)
                request = await _with_bounded_json(request)
            response = await handle(request)
            if self.cache_control:
                response.headers["Cache-Control"] = self.cache_control
            if "GET" in (self.methods or ()) and response.status_code == 200:
                return _tagged(request, response)
            return response

        return guarded

    def _checks(self) -> Iterator[Check]:
        """Yield what the dependencies of this route check by the header alone."""
        found = (getattr(each.call, "before_body", None) for each in self.dependant.dependencies)
        return (check for check in found if check is not None)


class PublicRoute(ApiRoute):
    """A route whose answers are the same for everybody and may be kept for a minute."""

    cache_control = PUBLIC["Cache-Control"]


def media_type_of(request: Request) -> str:
    """Return the media type of the body, without its parameters."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


async def read_bounded(request: Request) -> bytes:
    """Return the body; HTTPException 413 when it is too large."""
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > LARGEST_JSON_BYTES:
            raise HTTPException(413, f"The body must not exceed {LARGEST_JSON_BYTES:,} bytes.")
    return bytes(body)


async def _with_bounded_json(request: Request) -> Request:
    """Return the request with its body read; HTTPException for one of a wrong size or type."""
    body = await read_bounded(request)
    if body and media_type_of(request) != "application/json":
        raise HTTPException(415, "The body must be application/json.")
    try:
        json.loads(body.decode("utf-8") or "null")
    except (ValueError, RecursionError):  # not UTF-8, not JSON, or too many brackets
        raise HTTPException(422, "The body is not valid JSON in UTF-8.") from None

    async def replay() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return Request(request.scope, replay)


def _tagged(request: Request, response: Response) -> Response:
    """Add the entity tag; answer 304 when the asker has this version (RFC 9110, section 13.1.2)."""
    etag = f'"{hashlib.sha256(response.body).hexdigest()[:32]}"'
    response.headers["ETag"] = etag
    asked = request.headers.get("if-none-match", "")
    known = [tag.strip().removeprefix("W/") for tag in asked.split(",")]
    if etag not in known and "*" not in known:
        return response
    kept = {
        name: response.headers[name]
        for name in ("ETag", "Cache-Control")
        if name in response.headers
    }
    return Response(status_code=304, headers=kept)
