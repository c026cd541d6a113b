"""How the pages are served: by uvicorn, quietly, and believing only the proxies that we know."""

from collections.abc import Callable
from socket import socket

import uvicorn

from digest.app import App
from digest.web.bounded_protocol import BoundedProtocol
from digest.web.pages import make_site


class Server(uvicorn.Server):
    """Tells the pages that it stops: streams that would go on for minutes end at once."""

    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        """Stop: let requests come to their ends."""
        self.config.app.state.stopping.set()  # type: ignore[union-attr]
        await super().shutdown(sockets)


def make_server(
    app: App, goodbye_seconds: int | None = None, *, wake: Callable[[], None] | None = None
) -> Server:
    """Return a server of the public pages, not yet running.

    Without an access log: the addresses of these pages are keys to subscriptions. Without a log
    configuration: the lines of the server go where ours go. goodbye_seconds: how long requests may
    take to their ends when the server is told to stop; None for as long as they need. wake: as of
    `make_site`.
    """
    config = uvicorn.Config(
        make_site(app, prepared=True, wake=wake),
        http=BoundedProtocol,
        ws="none",
        log_level="warning",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=goodbye_seconds,
        forwarded_allow_ips=[each.strip() for each in app.settings.trusted_proxies.split(",")],
    )
    return Server(config)
