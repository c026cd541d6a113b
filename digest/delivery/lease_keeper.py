"""Keep a leased batch ours while it is sent, and its journal known to other machines (ADR 13).

A thread writes the journal's new lines into the database, and renews the lease with the same
commit. Each segment names a high-water mark, and no message beyond it is handed out: what a lost
machine has begun is known up to one segment.
"""

import logging
import time
from collections import deque
from collections.abc import Iterator, Sequence
from datetime import timedelta
from threading import Condition, Thread

from sqlalchemy.exc import SQLAlchemyError

from digest.delivery.store import journal_copies
from digest.delivery.store.batches import Batch
from digest.delivery.store.journal import Journal
from digest.delivery.store.journal_copies import Segment
from digest.errors import DigestError
from digest.ground.database.engine import Database
from digest.model import Answer, Message, Unreachable

PORTION = 100  # messages that may be begun between two portions
PATIENCE_SECONDS = 5.0  # for a portion to be written, before the rest of the batch is left
_BEATS = 6  # portions in the time of a lease, when there is nothing new
_REST_SECONDS = 0.5  # before a portion that could not be written is tried again
_SAFE = 0.75  # of a lease's time: nothing is begun when it is older
_log = logging.getLogger(__name__)

# A clock that goes on while the machine sleeps, and that nobody sets.
_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


class LeaseKeeper:
    """Keeps one leased batch; a context, to be left before the batch is settled.

    It stands in for the journal: what it is told is in the file when it returns, and in the
    database a portion later. The lease was taken just now.
    """

    def __init__(
        self, database: Database, batch: Batch, journal: Journal, length: timedelta
    ) -> None:
        self._database = database
        self._batch = batch
        self._journal = journal
        self._length = length
        self._renewed = _now()
        self._keys: Sequence[int] = ()
        self._given = 0  # how many of the keys may have been handed out
        self._allowed = 0  # how many may be, as the database knows
        self._part = 0
        self._lines: deque[str] = deque()  # one thread adds, the other takes: no lock is needed
        self._due = False  # a portion is to be written now
        self._fenced = False
        self.refused = False  # whether a message was not begun, as the batch was lost
        self._ended = False
        self._changed = Condition()
        self._thread = Thread(target=self._run, name="keeper", daemon=True)

    def __enter__(self) -> "LeaseKeeper":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def end(self) -> None:
        """Keep it no longer: it is about to be settled. Again is harmless."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()
        self._thread.join()

    @property
    def lost(self) -> bool:
        """Whether the batch is, or may soon be, another worker's: nothing more is begun then."""
        return self._fenced or _now() - self._renewed > self._length.total_seconds() * _SAFE

    def begin(self, subscriber_id: int, picks: bytes) -> str:
        """Note that this message's body is about to be handed over; DigestError if it may not."""
        if self.lost:
            self.refused = True
            raise DigestError(
                f"Batch {self._batch.number} may be another worker's by now: this one was stopped, "
                "or could not reach the database, for too long.",
                hint="nothing needs to be done; what was begun is settled or marked as uncertain",
            )
        return self._keep(self._journal.begin(subscriber_id, picks))

    def answer(self, subscriber_id: int, answer: Answer) -> str:
        """Note what became of a message; of one that we refused to begin, nothing."""
        if self.refused and isinstance(answer, Unreachable):
            return ""
        return self._keep(self._journal.answer(subscriber_id, answer))

    def within(self, messages: Iterator[Message], keys: Sequence[int]) -> Iterator[Message]:
        """Pass on the messages as far as the high_water_mark allows, which moves on meanwhile.

        keys: of all that may come, in their order. It ends early when the batch is lost, or the
        database does not answer; what was not handed out stays queued.
        """
        self._keys = keys
        places = {key: place for place, key in enumerate(keys, start=1)}
        for message in messages:
            if not self._reach(places[message.key]):
                return
            yield message

    def _keep(self, line: str) -> str:
        self._lines.append(line)
        return line

    def _reach(self, place: int) -> bool:
        """Wait until so many may be handed out; ask for more when half of a portion is left."""
        self._given = max(self._given, place)  # what was held back comes after later ones
        if self._allowed - place >= PORTION // 2 and not self.lost:
            return True
        with self._changed:
            if self._allowed - place < PORTION // 2 and self._allowed < len(self._keys):
                self._due = True
                self._changed.notify_all()
            return (
                self._changed.wait_for(
                    lambda: place <= self._allowed or self.lost, PATIENCE_SECONDS
                )
                and not self.lost
            )

    def _run(self) -> None:
        beat = self._length.total_seconds() / _BEATS
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._due or self._ended, beat)
                if self._ended or self._fenced:
                    return
                self._due = False
                lines = [self._lines.popleft() for _ in range(len(self._lines))]
                allowed = min(self._given + PORTION, len(self._keys))
            begun_at = _now()
            written = self._write(lines, allowed)
            with self._changed:
                if written is None:
                    self._lines.extendleft(reversed(lines))
                    self._changed.wait_for(lambda: self._ended, _REST_SECONDS)
                    self._due = True
                elif written:
                    self._renewed, self._allowed = begun_at, allowed
                else:
                    self._fenced = True
                self._changed.notify_all()

    def _write(self, lines: Sequence[str], allowed: int) -> bool | None:
        """Write a portion; False when the batch is no longer ours, None when it cannot be told."""
        self._part += 1  # also after a failure: it may have been written all the same
        high_water_mark = self._keys[allowed - 1] if allowed else 0
        try:
            with self._database.autocommit() as connection:
                portion = Segment(self._part, high_water_mark, lines)
                return journal_copies.keep(connection, self._batch, self._length, portion)
        except (DigestError, SQLAlchemyError) as exc:
            _log.warning("a portion of the journal could not be kept: %s", exc)
            return None


def _now() -> float:
    return time.clock_gettime(_CLOCK)
