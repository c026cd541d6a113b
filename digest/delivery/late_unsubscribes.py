"""Who leaves while his batch is being sent: his mail is not begun any more."""

import logging
from collections.abc import Callable, Iterator, Mapping
from time import monotonic

from sqlalchemy.exc import SQLAlchemyError

from digest.delivery.store import due_deliveries
from digest.delivery.store.batches import Batch
from digest.errors import DigestError
from digest.ground.database.engine import Database
from digest.model import Message

LOOK_SECONDS = 0.5  # between two looks, of which one takes half a millisecond
_log = logging.getLogger(__name__)


class LateUnsubscribes:
    """Looks now and then who of a leased batch is not to be mailed any more.

    Its readers are to be read after this was made, so that nobody leaves unseen in between.
    """

    def __init__(self, database: Database, batch: Batch) -> None:
        self._database = database
        self._batch = batch
        self._gone: Mapping[int, str] = {}
        self._next_look = monotonic() + LOOK_SECONDS

    def sift(
        self, messages: Iterator[Message], leave_out: Callable[[int, str], None]
    ) -> Iterator[Message]:
        """Pass on the messages of those who are still there.

        leave_out: told of each other one's subscriber id, and why in words.
        """
        for message in messages:
            if monotonic() >= self._next_look:
                self._look()
                self._next_look = monotonic() + LOOK_SECONDS
            if why := self._gone.get(message.key):
                leave_out(message.key, why)
            else:
                yield message

    def _look(self) -> None:
        try:
            with self._database.read() as session:
                self._gone = due_deliveries.gone(session, self._batch)
        except (DigestError, SQLAlchemyError) as exc:  # to settle the batch is what has to work
            _log.warning("could not look who has left since the batch was read: %s", exc)
