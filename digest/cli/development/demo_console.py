"""The console of the demo: its pages on loopback, and an address that signs its owner in."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import socket

    from digest.app import App

OWNER = "you@digest.example"
_ONE_HOUR = timedelta(hours=1)


@contextmanager
def shown(app: "App", listener: "socket.socket") -> Iterator[str]:
    """Serve the pages of a demo from a thread; yield the address that opens the console.

    The address has a secret in it and signs in whoever opens it: the demo's readers are made up,
    and nothing listens but on loopback. A real service has no such address.
    """
    from fastapi import FastAPI, Request
    from fastapi.responses import RedirectResponse
    from starlette.exceptions import HTTPException

    from digest.accounts import accounts, signing_in
    from digest.model import Role, Stage
    from digest.web.console import cookies
    from digest.web.server import make_server

    account = accounts.add(app.database, OWNER, Role.OWNER, app.clock())
    secret = secrets.token_urlsafe(16)
    server = make_server(app, goodbye_seconds=1)
    web = server.config.app
    assert isinstance(web, FastAPI)  # noqa: S101 -- make_server made it

    @web.get("/demo/{given}", include_in_schema=False)
    def enter(given: str, request: Request) -> RedirectResponse:
        if not secrets.compare_digest(given.encode(), secret.encode()):
            raise HTTPException(404)
        site = request.app.state.site
        cookie = signing_in.begin(app.database, account.id, Stage.FULL, "the demo", app.clock())
        response = RedirectResponse(f"{site.root}/admin", 303)
        cookies.give(response, site, cookie, _ONE_HOUR)
        return response

    thread = Thread(target=server.run, kwargs={"sockets": [listener]}, name="pages")
    thread.start()
    try:
        yield f"{app.settings.base_url}/demo/{secret}"
    finally:
        server.should_exit = True
        thread.join()
