"""The guard of a run: stops it when its edition is stopped, or when too much goes wrong."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from time import monotonic

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from digest.delivery.rules import guard
from digest.delivery.store import stops as steering
from digest.errors import DigestError
from digest.ground.database.engine import Database
from digest.model import StopKind

LOOK_SECONDS = 2.0
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Thresholds:
    """How many percent may fail of the canary, and of the last so many messages of a process."""

    canary_percent: float = 0
    canary_most_failed: float = 0
    last: int = 0
    last_most_failed: float = 0

    def canary(self, before: int, total: int) -> int:
        """Return how many of the readers that are planned go first (see core.guard)."""
        return guard.canary_size(before, total, self.canary_percent)


class Guard:
    """Looks over one process's run of an edition. look_seconds: how often at the edition's row.

    last: is to be told what became of each message.
    """

    def __init__(
        self,
        database: Database,
        edition_id: int,
        thresholds: Thresholds,
        clock: Callable[[], datetime],
        look_seconds: float | None = None,
    ) -> None:
        self._database = database
        self._edition_id = edition_id
        self._thresholds = thresholds
        self._clock = clock
        self._look_seconds = LOOK_SECONDS if look_seconds is None else look_seconds
        self.last = guard.LastMessages(thresholds.last, thresholds.last_most_failed)
        self._next_look = 0.0
        self._stopped = False

    def stops(self) -> bool:
        """Whether nothing more is to be begun; asked for every message."""
        if not self._stopped and monotonic() >= self._next_look:
            self._next_look = monotonic() + self._look_seconds
            self._stopped = self._is_stopped()
        return self._stopped or bool(self.last.trouble)

    def pause_if_needed(self) -> None:
        """Pause the edition when too much went wrong; called between batches."""
        if self.last.trouble and not self._stopped:
            with self._database.write() as session:
                self._pause(session, self.last.trouble)
            self._stopped = True

    def judge_canary(self) -> None:
        """Let the rest of the edition follow its canary if that went well, else pause it.

        It is judged by the ledger, so it does not matter who sent it, or whether he was killed.
        """
        with self._database.read() as session:
            if steering.canary_batch(session, self._edition_id) is None:
                return
        with self._database.write() as session:
            steering.locked(session, self._edition_id)
            canary = steering.canary(session, self._edition_id)
            if canary is None or canary.out or canary.untouched:
                return
            trouble = guard.judge(canary.counts, self._thresholds.canary_most_failed)
            if trouble:
                self._pause(session, trouble)
            else:
                steering.release_canary(session, self._edition_id)

    def canary_is_out(self) -> bool:
        """Whether another worker is sending the canary, so that there will be work after it."""
        with self._database.read() as session:
            canary = steering.canary(session, self._edition_id)
            stop = steering.stop_of(session, self._edition_id)
        stopped = stop is not None and stop.kind is not StopKind.BLOCKED
        return canary is not None and canary.out and not stopped

    def _is_stopped(self) -> bool:
        try:
            with self._database.read() as session:
                stop = steering.stop_of(session, self._edition_id)
        except (DigestError, SQLAlchemyError) as exc:  # to settle the batch is what has to work
            _log.warning("could not look whether the edition is stopped: %s", exc)
            return False
        return stop is not None and stop.kind is not StopKind.BLOCKED

    def _pause(self, session: Session, reason: str) -> None:
        if steering.pause(session, self._edition_id, reason, self._clock()):
            _log.error("the edition is paused: %s", reason)
