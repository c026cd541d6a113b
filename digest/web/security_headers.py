"""What every answer of the public pages carries, and how HEAD is answered."""

from collections.abc import Mapping

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
# What does not say that it may be kept is somebody's own: no cache, no search engine.
UNLISTED = {"X-Robots-Tag": "noindex, nofollow"}
PRIVATE = {"Cache-Control": "no-store", **UNLISTED}
ONE_YEAR_SECONDS = 31_536_000


class SecurityHeaders:
    """Adds the headers, and answers HEAD like GET (the server leaves out the body).

    https: tell browsers to come back over TLS only.
    """

    def __init__(self, app: ASGIApp, *, https: bool) -> None:
        self._app = app
        self._headers: Mapping[str, str] = HEADERS
        if https:
            lasting = {"Strict-Transport-Security": f"max-age={ONE_YEAR_SECONDS}"}
            self._headers = HEADERS | lasting

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] == "http" and scope["method"] == "HEAD":
            scope = {**scope, "method": "GET"}

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                private = {} if "cache-control" in headers else PRIVATE
                for name, value in {**self._headers, **private}.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, send_with_headers)
