"""Pages that are the same for everybody, kept in memory for a moment."""

from collections.abc import Callable, Hashable
from datetime import datetime, timedelta

from fastapi.concurrency import run_in_threadpool

KEPT_FOR = timedelta(seconds=10)


class KeptPages:
    """Pages by what makes them differ, of which there may be only so much as fits into memory.

    All of it happens on the event loop, between two awaits, so nothing needs a lock.
    """

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._pages: dict[Hashable, tuple[datetime, bytes]] = {}

    async def get(self, key: Hashable, make: Callable[[], bytes]) -> bytes:
        """Return a page that was made within the last ten seconds, or make it, in a thread.

        While one visitor waits for the new page, the others get the one from before.
        """
        now = self._clock()
        kept = self._pages.get(key)
        if kept is None or not timedelta() <= now - kept[0] < KEPT_FOR:
            if kept is not None:
                self._pages[key] = (now, kept[1])
            self._pages[key] = (now, await run_in_threadpool(make))
        return self._pages[key][1]
