"""Bounds every request: its body arrives in time, and its length is said in one way only."""

import asyncio
import logging
from time import monotonic

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

PIECE_SECONDS = 20.0  # between two pieces of a body
BODY_SECONDS = 300.0  # for all of it: 64 MB at 2 Mbit/s
_log = logging.getLogger(__name__)


class RequestGuard:
    """Stands before the pages. piece_seconds, body_seconds: see the constants."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        piece_seconds: float = PIECE_SECONDS,
        body_seconds: float = BODY_SECONDS,
    ) -> None:
        self._app = app
        self._piece_seconds, self._body_seconds = piece_seconds, body_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, unless it has two lengths (RFC 9112, section 6.1)."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if "content-length" in headers and "transfer-encoding" in headers:
            await _refuse(400, "A request has either a Content-Length or a Transfer-Encoding.")(
                scope, receive, send
            )
            return
        body = _TimedBody(receive, self._piece_seconds, self._body_seconds)
        try:
            await self._app(scope, body.receive, send)
        except ClientDisconnect:
            what = "came too slowly" if body.is_late else "broke off"
            _log.info("The body of a request %s: %s.", what, scope["method"])
            await _refuse(408, "The request took too long.")(scope, receive, send)


class _TimedBody:
    """Waits for the pieces of a body; one that is late is taken for the end of the connection."""

    def __init__(self, receive: Receive, piece_seconds: float, body_seconds: float) -> None:
        self._receive = receive
        self._piece_seconds = piece_seconds
        self._until = monotonic() + body_seconds
        self._is_whole = False
        self.is_late = False

    async def receive(self) -> Message:
        if self._is_whole:
            return await self._receive()
        try:
            left = min(self._piece_seconds, self._until - monotonic())
            message = await asyncio.wait_for(self._receive(), max(left, 0.0))
        except TimeoutError:
            self.is_late = True
            return {"type": "http.disconnect"}
        self._is_whole = not message.get("more_body", False)
        return message


def _refuse(status: int, words: str) -> PlainTextResponse:
    return PlainTextResponse(words, status, {"Connection": "close"})
