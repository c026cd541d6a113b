"""Works through what a page asked for after the page was shown, so that its time tells nothing."""

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import BoundedSemaphore

MOST_WAITING = 500
_log = logging.getLogger(__name__)


class Clerk:
    """One thread with a short queue; `close` works through what is still in it."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="clerk")
        self._room = BoundedSemaphore(MOST_WAITING)

    def hand(self, work: Callable[[], object]) -> bool:
        """Queue some work; False when too much is waiting already."""
        if not self._room.acquire(blocking=False):
            return False
        self._pool.submit(self._do, work)
        return True

    def close(self) -> None:
        """Finish what is queued."""
        self._pool.shutdown()

    def _do(self, work: Callable[[], object]) -> None:
        try:
            work()
        except Exception:  # whatever went wrong with one, the next one gets its turn
            _log.exception("A task that a page left behind failed.")
        finally:
            self._room.release()
