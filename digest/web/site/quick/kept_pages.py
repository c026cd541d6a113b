"""Pages that are kept in memory for a moment, some with holes for what is somebody's own."""

import asyncio
import secrets
from collections import OrderedDict
from collections.abc import Callable, Hashable
from datetime import datetime, timedelta
from threading import Lock

from fastapi.concurrency import run_in_threadpool
from markupsafe import escape

KEPT_FOR = timedelta(seconds=10)
MOST = 2000  # pages and parts of pages, of some 3 KB each


class Hole:
    """Where a kept page gets a text of its visitor. Nobody else knows the word that stands there.

    `str(hole)` is what a template is given instead of the text.
    """

    def __init__(self) -> None:
        self._word = f"hole{secrets.token_hex(16)}"
        self._bytes = self._word.encode()

    def __str__(self) -> str:
        return self._word

    def fill(self, page: bytes, text: str) -> bytes:
        """Return a page with a text, escaped, wherever this hole is."""
        return page.replace(self._bytes, str(escape(text)).encode("utf-8", "replace"))


class KeptPages:
    """Pages by all that makes them differ but their holes; those made last are kept.

    For any thread.
    """

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._pages: OrderedDict[Hashable, tuple[datetime, bytes]] = OrderedDict()
        self._being_made: dict[Hashable, asyncio.Future[bytes]] = {}  # for whoever waits as well
        self._lock = Lock()

    async def get(self, key: Hashable, make: Callable[[], bytes]) -> bytes:
        """Return a page that was made within the last ten seconds, or make it, in a thread.

        While one visitor waits for the new page, the others get the one from before.
        """
        now, kept = self._clock(), self._pages.get(key)
        if kept is not None and self._is_fresh(kept[0], now):
            return kept[1]
        if kept is not None:
            self._keep(key, now, kept[1])
        if key not in self._being_made:
            self._being_made[key] = asyncio.ensure_future(run_in_threadpool(make))
        try:
            return self._keep(key, now, await asyncio.shield(self._being_made[key]))
        finally:
            self._being_made.pop(key, None)

    def get_quickly(self, key: Hashable, make: Callable[[], bytes]) -> bytes:
        """Do the same at once, for what is made in less than a millisecond."""
        now, kept = self._clock(), self._pages.get(key)
        if kept is not None and self._is_fresh(kept[0], now):
            return kept[1]
        return self._keep(key, now, make())

    def _is_fresh(self, made: datetime, now: datetime) -> bool:
        return timedelta() <= now - made < KEPT_FOR

    def _keep(self, key: Hashable, now: datetime, page: bytes) -> bytes:
        with self._lock:
            self._pages[key] = (now, page)
            self._pages.move_to_end(key)
            if len(self._pages) > MOST:
                self._pages.popitem(last=False)
        return page
