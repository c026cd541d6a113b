"""Wake what sends the outbox after each request that may have written a mail into it."""

from collections.abc import Callable

from starlette.types import ASGIApp, Receive, Scope, Send

_CHANGE_NOTHING = ("GET", "HEAD", "OPTIONS")


class Waking:
    """Passes requests on, and calls `wake` when one that may change something is answered."""

    def __init__(self, app: ASGIApp, *, wake: Callable[[], None]) -> None:
        self._app = app
        self._wake = wake

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        try:
            await self._app(scope, receive, send)
        finally:
            if scope["type"] == "http" and scope["method"] not in _CHANGE_NOTHING:
                self._wake()
