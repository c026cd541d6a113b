"""Works through what a page asked for after the page was shown, so that its time tells nothing."""

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from enum import StrEnum
from threading import BoundedSemaphore

from prometheus_client import CollectorRegistry, Counter

from digest.errors import DigestError

MOST_WAITING = 500
_log = logging.getLogger(__name__)


class Task(StrEnum):
    """What is asked of the clerk."""

    CONFIRMATION = "confirmation"  # without it nobody is subscribed, so the visitor must be told
    WELCOME = "welcome"
    CHANGE = "change"
    GOODBYE = "goodbye"
    KEY = "key"  # when a key of the API was used last


class Clerk:
    """One thread with a short queue; `close` works through what is still in it.

    figures: where it counts what it had to refuse, by task.
    """

    def __init__(self, figures: CollectorRegistry) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="clerk")
        self._room = BoundedSemaphore(MOST_WAITING)
        text = "What pages left behind and was not done, because too much waited."
        self._refused = Counter("digest_clerk_refused", text, ["task"], registry=figures)
        for task in Task:
            self._refused.labels(task)  # 0 from the start, so that the first one is an increase

    def hand(self, task: Task, work: Callable[[], object]) -> bool:
        """Queue some work; False, a warning and one more in the figures when too much waits."""
        if not self._room.acquire(blocking=False):
            self._refused.labels(task).inc()
            _log.warning("Not done, because %d tasks of pages wait: %s.", MOST_WAITING, task)
            return False
        self._pool.submit(self._do, work)
        return True

    def close(self) -> None:
        """Finish what is queued."""
        self._pool.shutdown()

    def _do(self, work: Callable[[], object]) -> None:
        try:
            work()
        except DigestError as exc:  # the relay or the database is away: words are enough
            _log.error("A task that a page left behind failed: %s", exc)
        except Exception:  # whatever went wrong with one, the next one gets its turn
            _log.exception("A task that a page left behind failed.")
        finally:
            self._room.release()
