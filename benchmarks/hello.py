"""The least that a page can cost: Starlette's plain answer, served as `digest serve` serves ours.

    python -m benchmarks.hello

Prints its port. It measures the machine: what the server itself takes for a request.
"""

import socket

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route


async def hello(_request: Request) -> PlainTextResponse:
    """Say hello."""
    return PlainTextResponse("hello\n")


def main() -> None:
    """Serve until the process is told to end."""
    listener = listening()
    print(listener.getsockname()[1], flush=True)
    uvicorn.Server(quiet(Starlette(routes=[Route("/", hello)]))).run(sockets=[listener])


def listening() -> socket.socket:
    """Open a port of this machine that is free."""
    return socket.create_server(("127.0.0.1", 0), backlog=2048)


def quiet(pages: Starlette) -> uvicorn.Config:
    """Return the server's settings: no log, as ours."""
    return uvicorn.Config(
        pages, log_level="warning", log_config=None, access_log=False, server_header=False
    )


if __name__ == "__main__":
    main()
