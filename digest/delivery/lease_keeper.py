"""Keep a leased batch ours while it is sent, and its journal known to other machines (ADR 13).

On PostgreSQL a thread writes the journal's new lines into the database, and renews the lease with
the same commit. Each segment names a high-water mark, and no message beyond it is sent: what a lost
machine has begun is known up to one segment. On SQLite there are no other machines; the lease is
renewed by who begins a message, and the journal's lock says that we live.
"""

import logging
import time
from collections import deque
from collections.abc import Sequence
from datetime import timedelta
from threading import Condition, Thread
from typing import Protocol, Self

from sqlalchemy.exc import DataError, IntegrityError, ProgrammingError, SQLAlchemyError

from digest.delivery.leasing import LeasedBatch
from digest.delivery.store import journal_copies, leases
from digest.delivery.store.journal_copies import Segment
from digest.errors import DigestError
from digest.ground.database.engine import Database
from digest.model import Answer, Unreachable

SEGMENT = 100  # messages that may be begun between two segments
PATIENCE_SECONDS = 5.0  # for a segment to be written, before the rest of the batch is left
_BEATS = 6  # segments in the time of a lease, when there is nothing new
_PAUSE_SECONDS = 0.5  # before a segment that could not be written is tried again
_SAFE = 0.75  # of a lease's time: nothing is begun when it is older
_RENEWED = 1 / 3  # of a lease's time on SQLite: it is renewed before a message when it is older
_log = logging.getLogger(__name__)

# A clock that goes on while the machine sleeps, and that nobody sets.
_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
# What the database answers to a statement that it will never accept; the others may be an outage.
REFUSALS = (ProgrammingError, DataError, IntegrityError)


class Lease(Protocol):
    """Our hold on a batch, and its journal.

    refused: whether a message was not begun because the batch was lost. failure: why the lease can
    never be kept, as the database refuses the statement.
    """

    refused: bool
    failure: DigestError | None

    @property
    def lost(self) -> bool:
        """Return whether the batch is, or may soon be, another worker's."""

    def __enter__(self) -> Self:
        """Begin to keep it."""

    def __exit__(self, *_: object) -> None:
        """Keep it no longer."""

    def expect(self, keys: Sequence[int]) -> None:
        """Set the subscriber ids of all messages that may come, in their order."""

    def reaches(self, subscriber_id: int) -> bool:
        """Wait until this message may be begun; False when the rest of the batch is left."""

    def begin(self, subscriber_id: int, picks: bytes, mail_hash: bytes = b"") -> None:
        """Note that this message's body is about to be sent; DigestError if it may not be."""

    def answer(self, subscriber_id: int, answer: Answer) -> None:
        """Note what became of a message."""

    def end(self) -> None:
        """Keep it no longer: the batch is about to be settled. Again is harmless."""


def keep_lease(database: Database, leased: LeasedBatch, length: timedelta) -> Lease:
    """Return what keeps a batch that was leased just now."""
    if database.is_sqlite:
        return LocalLease(database, leased, length)
    return LeaseKeeper(database, leased, length)


class LocalLease:
    """A lease on SQLite: it is long, and only this machine has to know the journal.

    Before a message that comes late in its time, after a sleep of the machine above all, it asks
    the database whether the batch is still ours, and has the lease begin anew.
    """

    def __init__(self, database: Database, leased: LeasedBatch, length: timedelta) -> None:
        self.refused = False
        self.failure: DigestError | None = None
        self._database = database
        self._batch, self._journal = leased
        self._length = length
        self._renewed = _now()
        self._taken_over = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    @property
    def lost(self) -> bool:
        """Return whether the batch is another worker's, as far as we know."""
        return self._taken_over

    def expect(self, keys: Sequence[int]) -> None:
        """Do nothing: there is no high-water mark."""

    def reaches(self, subscriber_id: int) -> bool:  # noqa: ARG002
        """Return True: every message may be begun."""
        return True

    def begin(self, subscriber_id: int, picks: bytes, mail_hash: bytes = b"") -> None:
        """Note that this message's body is about to be sent; DigestError if it may not be."""
        try:
            self._renew_if_old()
        except Exception:
            self.refused = True
            raise
        self._journal.begin(subscriber_id, picks, mail_hash)

    def answer(self, subscriber_id: int, answer: Answer) -> None:
        """Note what became of a message; nothing of one that we refused to begin."""
        if not (self.refused and isinstance(answer, Unreachable)):
            self._journal.answer(subscriber_id, answer)

    def end(self) -> None:
        """Do nothing: there is no thread to stop."""

    def _renew_if_old(self) -> None:
        now = _now()
        if now - self._renewed <= self._length.total_seconds() * _RENEWED:
            return
        if not self._taken_over:
            with self._database.write() as session:
                self._taken_over = not leases.renew(session, self._batch, self._length)
        if self._taken_over:
            raise _taken_over(self._batch.number)
        self._renewed = now


class LeaseKeeper:
    """A lease on PostgreSQL, renewed by a thread; a context, left before the batch is settled.

    What it is told is in the journal's file when it returns, and in the database a segment later.
    """

    def __init__(self, database: Database, leased: LeasedBatch, length: timedelta) -> None:
        self.refused = False
        self.failure: DigestError | None = None
        self._database = database
        self._batch, self._journal = leased
        self._length = length
        self._renewed = _now()
        self._keys: Sequence[int] = ()
        self._places: dict[int, int] = {}  # by key, from 1 on
        self._reached = 0  # the furthest place that was asked for
        self._allowed = 0  # the place up to which messages may be begun, as the database knows
        self._part = 0
        self._lines: deque[str] = deque()  # one thread appends, the other pops: it needs no lock
        self._due = False  # a segment is to be written now
        self._taken_over = False
        self._ended = False
        self._changed = Condition()
        self._thread = Thread(target=self._run, name="lease keeper", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    @property
    def lost(self) -> bool:
        """Return whether the batch is, or may soon be, another worker's."""
        if self._taken_over or self.failure is not None:
            return True
        return _now() - self._renewed > self._length.total_seconds() * _SAFE

    def expect(self, keys: Sequence[int]) -> None:
        """Set the subscriber ids of all messages that may come, in their order."""
        self._places = {key: place for place, key in enumerate(keys, start=1)}
        self._keys = keys

    def reaches(self, subscriber_id: int) -> bool:
        """Wait until the high-water mark allows this message, and ask early for the next mark.

        False when the batch is lost, or the database does not answer: the rest stays queued.
        """
        place = self._places[subscriber_id]
        self._reached = max(self._reached, place)  # throttled ones come after later ones
        if self._allowed - place >= SEGMENT // 2 and not self.lost:
            return True
        with self._changed:
            if self._allowed - place < SEGMENT // 2 and self._allowed < len(self._keys):
                self._due = True
                self._changed.notify_all()
            allowed = self._changed.wait_for(
                lambda: place <= self._allowed or self.lost, PATIENCE_SECONDS
            )
        return allowed and not self.lost

    def begin(self, subscriber_id: int, picks: bytes, mail_hash: bytes = b"") -> None:
        """Note that this message's body is about to be sent; DigestError if it may not be."""
        if self.lost:
            self.refused = True
            raise self.failure or _taken_over(self._batch.number)
        self._lines.append(self._journal.begin(subscriber_id, picks, mail_hash))

    def answer(self, subscriber_id: int, answer: Answer) -> None:
        """Note what became of a message; nothing of one that we refused to begin."""
        if not (self.refused and isinstance(answer, Unreachable)):
            self._lines.append(self._journal.answer(subscriber_id, answer))

    def end(self) -> None:
        """Keep it no longer: the batch is about to be settled. Again is harmless."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()
        self._thread.join()

    def _run(self) -> None:
        beat = self._length.total_seconds() / _BEATS
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._due or self._ended, beat)
                if self._ended or self._taken_over or self.failure is not None:
                    return
                self._due = False
                # Read before the lines, which then hold all that came before this place; it may
                # not be begun yet, and counts as one of those that may be.
                before = max(self._reached - 1, 0)
                lines = [self._lines.popleft() for _ in range(len(self._lines))]
                allowed = min(before + SEGMENT, len(self._keys))
            begun_at = _now()
            written = self._write(lines, allowed)
            with self._changed:
                if written is None:
                    self._lines.extendleft(reversed(lines))
                    self._changed.wait_for(lambda: self._ended, _PAUSE_SECONDS)
                    self._due = True
                elif written:
                    self._renewed, self._allowed = begun_at, allowed
                else:
                    self._taken_over = self.failure is None
                self._changed.notify_all()

    def _write(self, lines: Sequence[str], allowed: int) -> bool | None:
        """Write a segment; False when that is no use any more, None when it is to be tried again.

        It is no use when the batch is another worker's, or the database refuses the statement.
        """
        self._part += 1  # also after a failure: it may have been written all the same
        high_water_mark = self._keys[allowed - 1] if allowed else 0
        segment = Segment(self._part, high_water_mark, lines)
        try:
            with self._database.autocommit() as connection:
                return journal_copies.save(connection, self._batch, self._length, segment)
        except REFUSALS as exc:
            self.failure = statement_refused(exc)
            return False
        except (DigestError, SQLAlchemyError) as exc:
            _log.warning("a segment of the journal could not be written: %s", exc)
            return None


def statement_refused(exc: ProgrammingError | DataError | IntegrityError) -> DigestError:
    """Return the error for a statement that the database will never accept."""
    return DigestError(
        f"The database refuses what a send has to write: {str(exc.orig).splitlines()[0]}",
        hint="see that its tables are those of this version: `digest init`, `digest doctor`; "
        "what was begun is settled by the next send",
    )


def _taken_over(number: int) -> DigestError:
    return DigestError(
        f"Batch {number} may be another worker's by now: this one was stopped, or could not reach "
        "the database, for too long.",
        hint="nothing needs to be done; what was begun is settled or marked as uncertain",
    )


def _now() -> float:
    return time.clock_gettime(_CLOCK)
