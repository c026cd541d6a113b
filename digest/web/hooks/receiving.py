"""One address a service: POST /hooks/SERVICE. A service whose secret is not set has none.

Answers are for programs: 204 once all is stored, 400, 401, 413 and 429 for what is not taken, 503
for what should come again.
"""

import logging
from math import ceil
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from fastapi.responses import PlainTextResponse

from digest.bounces.hooks import Hooks
from digest.errors import InputError, LinkError, UnreachableError
from digest.web.limits import network_of
from digest.web.site.view import Here

LARGEST_BYTES = 2_000_000  # SendGrid's batches have less than one
pages = APIRouter()
_log = logging.getLogger(__name__)


async def _receive(service: str, request: Request) -> bytes:
    """Read the body of a request to a hook that there is; HTTPException 404, 413."""
    if not hooks_of(request).has(service):
        raise HTTPException(404)
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > LARGEST_BYTES:
            raise HTTPException(413, f"A request must not exceed {LARGEST_BYTES:,} bytes.")
    return bytes(body)


@pages.post("/hooks/{service}")
def take(
    service: str, request: Request, site: Here, body: Annotated[bytes, Depends(_receive)]
) -> Response:
    """Take what a service tells; whoever fails too often is not listened to for a while."""
    visitor = network_of(request.client.host if request.client else "")
    if wait := site.hook_limit.wait(visitor):
        return _answer(429, "Too many requests that nobody vouches for.", ceil(wait))
    try:
        hooks_of(request).take(service, body, request.headers)
    except (InputError, LinkError) as exc:
        site.hook_limit.acquire(visitor)
        _log.warning("A request to the hook of %s is refused: %s", service, exc)
        return _answer(401 if isinstance(exc, LinkError) else 400, str(exc))
    except UnreachableError as exc:
        _log.warning("A request to the hook of %s must come again: %s", service, exc)
        return _answer(503, "Please try again in a few minutes.")
    return Response(status_code=204)


def hooks_of(request: Request) -> Hooks:
    """Return what takes the requests."""
    hooks: Hooks = request.app.state.hooks
    return hooks


def _answer(status: int, words: str, wait_seconds: int = 0) -> Response:
    headers = {"Retry-After": str(wait_seconds)} if wait_seconds else {}
    return PlainTextResponse(f"{words}\n", status, headers)
