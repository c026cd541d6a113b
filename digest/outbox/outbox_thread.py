"""Drain the outbox beside other work: at once when told, and every few seconds anyway."""

import logging
from collections.abc import Callable
from threading import Event, Thread
from typing import Self

from digest.errors import DigestError
from digest.ground.logs import log_error
from digest.outbox.outbox import Outbox

LOOK_SECONDS = 3.0  # for mails that other processes have written, and for retries
BACKOFF_SECONDS = 15.0  # after an error of the relay or the database
_log = logging.getLogger(__name__)


class OutboxThread:
    """Drains the outbox in a thread; a context in which it runs.

    stop: asked often; once true, what is in flight is finished and nothing more is begun. The end
    of the context does the same. What waits then is sent by whoever drains next.
    """

    def __init__(self, outbox: Callable[[], Outbox], stop: Callable[[], bool] = lambda: False):
        self._outbox = outbox
        self._stop = stop
        self._ended = Event()
        self._woken = Event()
        self._trouble = ""
        self._thread = Thread(target=self._run, name="outbox")

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
            self._outbox().drain(self._stops)
        except DigestError as exc:  # mail server or database is away: its message is enough
            if str(exc) != self._trouble:
                _log.warning("The outbox waits, and is tried again: %s", exc)
            self._trouble = str(exc)
            return False
        except Exception as exc:  # whatever went wrong with one, the next one runs
            log_error(_log, "The outbox could not be drained", exc)
            return False
        if self._trouble:
            _log.info("The outbox is sent again.")
        self._trouble = ""
        return True
