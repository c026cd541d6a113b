"""Who unsubscribes while their batch is being sent: their mail is not begun any more."""

import logging
from collections.abc import Mapping
from time import monotonic

from sqlalchemy.exc import SQLAlchemyError

from digest.delivery.store import due_deliveries
from digest.delivery.store.batches import Batch
from digest.errors import DigestError
from digest.ground.database.engine import Database

LOOK_SECONDS = 0.5  # between two queries, each of which takes half a millisecond
_log = logging.getLogger(__name__)


class LateUnsubscribes:
    """Asks now and then who of a leased batch must not be mailed any more.

    Create it before the readers of the batch are read, so that nobody unsubscribes unseen.
    """

    def __init__(
        self, database: Database, batch: Batch, look_seconds: float = LOOK_SECONDS
    ) -> None:
        self._database = database
        self._batch = batch
        self._look_seconds = look_seconds
        self._gone: Mapping[int, str] = {}
        self._next_look = monotonic() + look_seconds

    def reason(self, subscriber_id: int) -> str:
        """Return why a reader must not be mailed any more, in words; empty when they may be."""
        if monotonic() >= self._next_look:
            self._look()
            self._next_look = monotonic() + self._look_seconds
        return self._gone.get(subscriber_id, "")

    def _look(self) -> None:
        try:
            with self._database.read() as session:
                self._gone = due_deliveries.gone(session, self._batch)
        except (DigestError, SQLAlchemyError) as exc:  # to settle the batch is what has to work
            _log.warning("could not look who has unsubscribed since the batch was read: %s", exc)
