"""Do what a page left behind once its answer is out, so that its time tells nothing."""

import logging
from collections import Counter as Counts
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from enum import StrEnum
from math import inf
from threading import BoundedSemaphore, Lock
from time import monotonic

from prometheus_client import CollectorRegistry, Counter

from digest.errors import DigestError

MOST_WAITING = 500
SECONDS_BETWEEN_WARNINGS = 60.0
_log = logging.getLogger(__name__)


class Task(StrEnum):
    """What pages leave to be done after their answer."""

    CONFIRMATION = "confirmation"  # without it nobody is subscribed, so the visitor must be told
    WELCOME = "welcome"
    CHANGE = "change"
    GOODBYE = "goodbye"
    ERASED = "erased"
    KEY = "key"  # when a key of the API was used last


class BackgroundQueue:
    """One thread with a short queue; `close` finishes what is still in it.

    figures: where it counts what it had to refuse, by task. seconds: tells how time goes by.
    most_waiting: how many tasks may wait.
    """

    def __init__(
        self,
        figures: CollectorRegistry,
        seconds: Callable[[], float] = monotonic,
        most_waiting: int = MOST_WAITING,
    ) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="background")
        self._most_waiting = most_waiting
        self._room = BoundedSemaphore(most_waiting)
        text = "What pages left behind and was not done, because too much waited."
        self._refused = Counter("digest_clerk_refused", text, ["task"], registry=figures)
        for task in Task:
            self._refused.labels(task)  # 0 from the start, so that the first one is an increase
        self._seconds = seconds
        self._lock = Lock()
        self._untold: Counts[Task] = Counts()  # refused since the last warning
        self._warned_at = -inf

    def submit(
        self, task: Task, work: Callable[[], object], *, check: Callable[[], object] = lambda: None
    ) -> bool:
        """Queue some work; False, one more in the figures and a warning when too much waits.

        check: called once there is room for the work, before it is queued; when it raises, that is
        raised and the room is free again. So what it takes is not taken for nothing.
        """
        if not self._room.acquire(blocking=False):
            self._refused.labels(task).inc()
            with self._lock:
                self._untold[task] += 1
            self._warn()
            return False
        try:
            check()
            self._pool.submit(self._do, work)
        except BaseException:
            self._room.release()
            raise
        return True

    def close(self) -> None:
        """Finish what is queued."""
        self._pool.shutdown()
        self._warn(at_last=True)

    def _warn(self, *, at_last: bool = False) -> None:
        """Log what was refused: at once when it begins, then once a minute."""
        with self._lock:
            now = self._seconds()
            is_early = now - self._warned_at < SECONDS_BETWEEN_WARNINGS and not at_last
            if is_early or not self._untold:
                return
            counts = ", ".join(f"{count} {task}" for task, count in sorted(self._untold.items()))
            self._untold.clear()
            self._warned_at = now
        text = "Not done, because %d tasks of pages wait: %s. It is said once a minute at most."
        _log.warning(text, self._most_waiting, counts)

    def _do(self, work: Callable[[], object]) -> None:
        try:
            work()
        except DigestError as exc:  # mail server or database is away: its message is enough
            _log.error("A task that a page left behind failed: %s", exc)
        except Exception:  # whatever went wrong with one, the next one runs
            _log.exception("A task that a page left behind failed.")
        finally:
            self._room.release()
            self._warn()
