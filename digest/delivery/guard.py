"""The guard of a run: it stops when its edition is stopped, or when too much goes wrong."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from time import monotonic

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from digest.bounces.store import feedback
from digest.delivery.refusals import withdraw_refusals
from digest.delivery.rules import guard
from digest.delivery.store import counts, stops
from digest.editions.store import changes
from digest.errors import DigestError
from digest.ground.database.engine import Database
from digest.model import Answer, FeedbackKind, StopKind

LOOK_SECONDS = 2.0
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Thresholds:
    """How many percent may fail of the canary, and of the last so many messages of a process.

    bounces, complaints: how many percent of what was sent of an edition may come back, and may be
    called spam.
    """

    canary_percent: float = 0
    canary_most_failed: float = 0
    last: int = 0
    last_most_failed: float = 0
    bounces_most: float = 0
    complaints_most: float = 0

    def canary(self, before: int, total: int) -> int:
        """Return how many of the readers that are planned go first (see rules/guard)."""
        return guard.canary_size(before, total, self.canary_percent)


class Guard:
    """Watches one process's run of an edition.

    look_seconds: how often it looks whether the edition was stopped.
    """

    def __init__(
        self,
        database: Database,
        edition_id: int,
        thresholds: Thresholds,
        clock: Callable[[], datetime],
        look_seconds: float = LOOK_SECONDS,
    ) -> None:
        self._database = database
        self._edition_id = edition_id
        self._thresholds = thresholds
        self._clock = clock
        self._look_seconds = look_seconds
        self._last = guard.LastMessages(thresholds.last, thresholds.last_most_failed)
        self._next_look = 0.0
        self._stopped = False

    def note(self, answer: Answer) -> None:
        """Note what became of a message."""
        self._last.note(guard.weight(answer))

    def note_failure(self) -> None:
        """Note that a message could not be composed."""
        self._last.note(guard.WHOLE)

    def stops(self) -> bool:
        """Return whether nothing more is to be begun; asked for every message."""
        if not self._stopped and monotonic() >= self._next_look:
            self._next_look = monotonic() + self._look_seconds
            self._stopped = self._is_stopped()
        return self._stopped or bool(self._last.too_many)

    def pause_if_needed(self) -> None:
        """Pause the edition when too much went wrong; called between batches."""
        if not self._last.too_many:
            return
        with self._database.write() as session:
            if not self._stopped:
                self._pause(session, self._last.too_many)
            if self._last.is_outage:  # also when another worker has paused it before us
                withdraw_refusals(session, self._edition_id, self._clock())
        self._stopped = True

    def judge_canary(self) -> None:
        """Let the rest of the edition follow its canary if that went well, else pause it.

        It is judged by the ledger, so it does not matter who sent it, or whether they were killed.
        """
        with self._database.read() as session:
            if stops.canary_batch(session, self._edition_id) is None:
                return
        with self._database.write() as session:
            changes.locked(session, self._edition_id)
            canary = stops.canary(session, self._edition_id)
            if canary is None or canary.out or canary.untouched:
                return
            reason = guard.judge(canary.counts, self._thresholds.canary_most_failed)
            if reason:
                self._pause(session, reason)
                if guard.is_outage(*guard.failed_and_all(canary.counts)):
                    withdraw_refusals(session, self._edition_id, self._clock())
            else:
                stops.release_canary(session, self._edition_id)

    def judge_feedback(self) -> None:
        """Pause the edition when too much of it comes back, or is called spam.

        What was said of it before the operator let it go on is judged already.
        """
        with self._database.read() as session:
            edition, since = stops.resumed_at(session, self._edition_id)
            told = feedback.count_of_edition(session, edition, since=since)
            states = counts.states(session, self._edition_id) if told else {}
        reason = guard.judge_feedback(
            told, states, self._thresholds.bounces_most, self._thresholds.complaints_most
        )
        if reason:
            with self._database.write() as session:
                self._pause(session, reason)
                failed, total = guard.failed_and_all(states)
                hard = told.get(FeedbackKind.HARD, 0)
                if guard.is_outage(min(hard, failed), total):
                    withdraw_refusals(session, self._edition_id, self._clock())

    def canary_is_out(self) -> bool:
        """Return whether another worker is sending the canary, so that work will follow."""
        with self._database.read() as session:
            canary = stops.canary(session, self._edition_id)
            stop = stops.stop_of(session, self._edition_id)
        stopped = stop is not None and stop.kind is not StopKind.BLOCKED
        return canary is not None and canary.out and not stopped

    def _is_stopped(self) -> bool:
        try:
            with self._database.read() as session:
                stop = stops.stop_of(session, self._edition_id)
        except (DigestError, SQLAlchemyError) as exc:  # to settle the batch is what has to work
            _log.warning("could not look whether the edition is stopped: %s", exc)
            return False
        return stop is not None and stop.kind is not StopKind.BLOCKED

    def _pause(self, session: Session, reason: str) -> None:
        if stops.pause(session, self._edition_id, reason, self._clock()):
            _log.error("the edition is paused: %s", reason)
