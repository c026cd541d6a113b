"""Drain what waits beside other work: at once when told, and every few seconds anyway."""

import logging
from collections.abc import Callable
from threading import Event, Thread
from typing import Protocol, Self

from digest.errors import DigestError
from digest.ground.logs import log_error

LOOK_SECONDS = 3.0  # for what other processes have written, and for retries
BACKOFF_SECONDS = 15.0  # after an error of the relay or the database
OUTBOX = "The outbox"
WEBHOOKS = "The queue of webhooks"
_log = logging.getLogger(__name__)


class Queue(Protocol):
    """What waits, and can be sent."""

    def drain(self, stop: Callable[[], bool]) -> object:
        """Send all that is due, until the stop is set."""


class DrainThread:
    """Drains a queue in a thread; a context in which it runs.

    queue: what is drained; made in the thread. name: of it, in the log. stop: asked often; once
    true, what is in flight is finished and nothing more is begun. The end of the context does the
    same. What waits then is sent by whoever drains next.
    """

    def __init__(
        self, queue: Callable[[], Queue], name: str, stop: Callable[[], bool] = lambda: False
    ) -> None:
        self._queue = queue
        self._name = name
        self._stop = stop
        self._ended = Event()
        self._woken = Event()
        self._trouble = ""
        self._thread = Thread(target=self._run, name=name)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._woken.set()
        self._thread.join()

    def wake(self) -> None:
        """Look now whether there is something to send."""
        self._woken.set()

    def _stops(self) -> bool:
        return self._ended.is_set() or self._stop()

    def _run(self) -> None:
        while not self._stops():
            self._woken.clear()
            if self._drain():
                self._woken.wait(LOOK_SECONDS)
            else:
                self._ended.wait(BACKOFF_SECONDS)

    def _drain(self) -> bool:
        """Drain once; False, and a line in the log when that is news, if something failed."""
        try:
            self._queue().drain(self._stops)
        except DigestError as exc:  # mail server or database is away: its message is enough
            if str(exc) != self._trouble:
                _log.warning("%s waits, and is tried again: %s", self._name, exc)
            self._trouble = str(exc)
            return False
        except Exception as exc:  # whatever went wrong with one, the next one runs
            log_error(_log, f"{self._name} could not be drained", exc)
            return False
        if self._trouble:
            _log.info("%s is sent again.", self._name)
        self._trouble = ""
        return True
