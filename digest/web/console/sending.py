"""Send an edition because an editor said so: in this process, as `digest send --date` does."""

import logging
from datetime import date, datetime
from threading import Event, Lock, Thread

from digest.accounts.audit import audited
from digest.app import App
from digest.delivery import stops
from digest.errors import DigestError
from digest.workers import local

_log = logging.getLogger(__name__)


class Sending:
    """The sends that the console starts: one at a time in a process.

    Leases decide what it sends, so a scheduler and others may send at the same time. It ends when
    the service stops; what it has not sent waits. stopping: set when the service stops.
    """

    def __init__(self, app: App, stopping: Event) -> None:
        self._app = app
        self._stopping = stopping
        self._lock = Lock()
        self._thread: Thread | None = None
        self.day: date | None = None
        self.trouble = ""
        self.ended_at: datetime | None = None

    def is_sending(self, on: date) -> bool:
        """Whether the edition of a date is being sent here."""
        return self._is_busy() and self.day == on

    def trouble_with(self, on: date) -> str:
        """Say how the last send of a date's edition went wrong; empty when it did not."""
        return self.trouble if self.day == on else ""

    def start(self, on: date, who: str) -> bool:
        """Begin to send the edition of a date; False when another send goes on here.

        NotFoundError for a date that is not open; BlockedError when the edition is stopped, and
        whatever else `digest send` refuses to begin with.
        """
        app = self._app
        edition = app.editions.find(on)
        app.smtp.check_for_real()
        app.installation.check()
        stops.check(app.database, edition)
        with self._lock:
            if self._is_busy() or self._stopping.is_set():
                return False
            self.day, self.trouble, self.ended_at = on, "", None
            self._thread = Thread(target=self._send, args=(on, who), name="send")
            self._thread.start()
        return True

    def join(self) -> None:
        """Wait until nothing is sent here; it takes seconds once the service stops."""
        if self._thread is not None:
            self._thread.join()

    def _is_busy(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def _send(self, on: date, who: str) -> None:
        app = self._app
        try:
            with audited(app.database, who, "edition.send", f"edition {on}", app.clock) as note:
                report = local.send(app, on, stop=self._stopping.is_set)
                note.after = report.to_json()
        except DigestError as exc:
            _log.warning("The edition of %s, sent from the console: %s", on, exc)
            self.trouble = str(exc)
        except Exception:
            _log.exception("The edition of %s could not be sent from the console", on)
            self.trouble = "something unforeseen went wrong; the log says what"
        finally:
            self.ended_at = app.clock()
