"""Whether the records can be read, found out so that whoever asks is answered soon."""

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from time import monotonic
from typing import NamedTuple

from digest.errors import DigestError
from digest.ground.database import schema
from digest.ground.database.engine import Database
from digest.web.site.library import Library

PATIENCE_SECONDS = 0.05  # then they are told what was found last
OLDEST_SECONDS = 10.0  # what was found says nothing after that
_log = logging.getLogger(__name__)


class Ready(NamedTuple):
    """What was found, as an answer has it."""

    status: int
    text: str


_NO_ANSWER = Ready(503, "the database does not answer\n")


class Readiness:
    """Looks in a thread of its own, one look at a time, however many ask.

    Whoever asks first waits for the database; later on they wait a moment.
    """

    def __init__(self, database: Database, library: Library) -> None:
        self._database = database
        self._library = library
        self._thread = ThreadPoolExecutor(1, "readiness")
        self._look: asyncio.Future[Ready] | None = None
        self._last: tuple[Ready, float] | None = None

    def close(self) -> None:
        """Look no more: the thread ends with what it is doing."""
        self._thread.shutdown(wait=False)

    async def find(self) -> Ready:
        """Return whether the database can be read and is of this program's schema."""
        if self._look is None or self._look.done():
            loop = asyncio.get_running_loop()
            self._look = loop.run_in_executor(self._thread, self._find)
        patience = PATIENCE_SECONDS if self._last else OLDEST_SECONDS  # at first nothing is known
        done, _ = await asyncio.wait([self._look], timeout=patience)
        if done:
            self._last = (self._look.result(), monotonic())
        if self._last is None or monotonic() - self._last[1] >= OLDEST_SECONDS:
            return _NO_ANSWER
        return self._last[0]

    def _find(self) -> Ready:
        try:
            found = schema.current(self._database)
            if found != schema.HEAD:
                return Ready(503, f"schema {found}, not {schema.HEAD}\n")
            self._library.dates()
        except DigestError as exc:
            _log.warning("Not ready: %s", exc)
            return _NO_ANSWER
        return Ready(200, "ready\n")
