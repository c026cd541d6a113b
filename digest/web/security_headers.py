"""What every answer of the public pages carries, and how HEAD is answered."""

from collections.abc import Mapping

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
        lasting = {"Strict-Transport-Security": f"max-age={ONE_YEAR_SECONDS}"} if https else {}
        self._public = _as_sent(HEADERS | lasting)
        self._private = _as_sent(HEADERS | lasting | PRIVATE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] == "http" and scope["method"] == "HEAD":
            scope = {**scope, "method": "GET"}

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                said = list(message.get("headers", ()))
                names = {name for name, _ in said}
                ours = self._public if b"cache-control" in names else self._private
                message["headers"] = said + [pair for pair in ours if pair[0] not in names]
            await send(message)

        await self._app(scope, receive, send_with_headers)


def _as_sent(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode(), value.encode()) for name, value in headers.items()]
