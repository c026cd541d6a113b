"""Who is answered when many ask at once: each in turn, and whoever asks for our health at once.

The event loop does all that is due before it looks for what came in: 200 requests that are due
together keep everybody else waiting until the last of them is done. So only a few of them begin
between two looks, in the order in which they came.
"""

import asyncio
from collections import deque

from starlette.types import ASGIApp, Receive, Scope, Send

MOST = 4  # requests that begin between two looks of the event loop: some 2 ms
AT_ONCE = ("/healthz", "/readyz")


class Turns:
    """Passes requests on, a few between two looks of the event loop. most: how many."""

    def __init__(self, app: ASGIApp, *, most: int = MOST) -> None:
        self._app = app
        self._most = most
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._begun = 0  # since the last look

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on when it is its turn."""
        if scope["type"] == "http" and scope["path"] not in AT_ONCE:
            await self._turn()
        await self._app(scope, receive, send)

    async def _turn(self) -> None:
        loop = asyncio.get_running_loop()
        if not self._begun:
            loop.call_soon(self._look, loop)
        elif self._begun >= self._most:
            turn: asyncio.Future[None] = loop.create_future()
            self._waiting.append(turn)
            await turn
            return
        self._begun += 1

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        """Let the next ones begin: the event loop has looked for what came in."""
        self._begun = 0
        while self._waiting and self._begun < self._most:
            turn = self._waiting.popleft()
            if not turn.done():  # whoever waited has gone
                turn.set_result(None)
                self._begun += 1
        if self._begun:
            loop.call_soon(self._look, loop)
