"""What the pages leave behind is sent beside them: mails to single readers, news for webhooks."""

from typing import Self

from digest.app import App
from digest.outbox.drain_thread import OUTBOX, WEBHOOKS, DrainThread
from digest.outbox.outbox import Outbox


class PageQueues:
    """Sends what waits, from two threads; a context in which they run."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._outbox = DrainThread(self._fresh_outbox, OUTBOX)
        self._webhooks = DrainThread(lambda: app.webhook_delivery, WEBHOOKS)

    def __enter__(self) -> Self:
        self._outbox.__enter__()
        self._webhooks.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self._webhooks.__exit__(*error)
        self._outbox.__exit__(*error)

    def wake(self) -> None:
        """Look now whether there is something to send."""
        self._outbox.wake()
        self._webhooks.wake()

    def _fresh_outbox(self) -> Outbox:
        """Return what composes by the version of the catalogue that is in force."""
        if self._app.topics.is_due:
            self._app.look_at_catalogue()
        return self._app.outbox
