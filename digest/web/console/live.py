"""The figures of the newest edition; however many watch them, they are made once a second."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from time import monotonic

from digest.ground.database.engine import Database
from digest.operations.progress import Progress, find_progress

KEPT_SECONDS = 1.0
RATE_SECONDS = 120.0  # what the rate is of
_LEAST_SECONDS = 4.0


@dataclass(frozen=True, slots=True)
class Figures:
    """How far the newest edition is. rate: mails a second lately, 0 when nothing moves.

    ends_at: when the rest is out at that rate.
    """

    progress: Progress | None
    rate: float
    ends_at: datetime | None


class Live:
    """Looks at the ledger; remembers for two minutes how much was done when, for the rate."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock
        self._lock = Lock()
        self._made_at = -KEPT_SECONDS
        self._figures = Figures(None, 0.0, None)
        self._samples: deque[tuple[float, object, int]] = deque()

    def figures(self, kept_seconds: float = KEPT_SECONDS) -> Figures:
        """Return the figures, at most so old."""
        with self._lock:
            if monotonic() - self._made_at >= kept_seconds:
                self._figures = self._make(find_progress(self._database))
                self._made_at = monotonic()
            return self._figures

    def _make(self, progress: Progress | None) -> Figures:
        if progress is None:
            return Figures(None, 0.0, None)
        rate = self._rate(progress)
        if not rate or not progress.waiting or progress.stop is not None:
            return Figures(progress, rate, None)
        return Figures(progress, rate, self._clock() + timedelta(seconds=progress.waiting / rate))

    def _rate(self, progress: Progress) -> float:
        now = monotonic()
        samples = self._samples
        while samples and (samples[0][1] != progress.date or now - samples[0][0] > RATE_SECONDS):
            samples.popleft()
        samples.append((now, progress.date, progress.done))
        seconds, done = now - samples[0][0], progress.done - samples[0][2]
        return done / seconds if seconds >= _LEAST_SECONDS and done > 0 else 0.0
