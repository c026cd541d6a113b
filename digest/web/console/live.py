"""The figures of the newest edition; however many watch them, they are made once a second."""

from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from time import monotonic

from digest.app import App
from digest.model import StopKind
from digest.operations.progress import Progress, find_progress, last_look
from digest.web.console.sending import Sending

KEPT_SECONDS = 1.0
RATE_SECONDS = 120.0  # what the rate is of
MOVING_SECONDS = 10.0  # since something was settled: it is being sent
IDLE = timedelta(minutes=10)  # a scheduler looks every minute
_LEAST_SECONDS = 4.0


@dataclass(frozen=True, slots=True)
class Outing:
    """An edition on its way. is_sent: whether anything sends it now.

    is_stale: it is too old for a scheduler to send it. trouble: how a send from here went wrong.
    looked_at: when a scheduler last began a task; None: never. is_idle: none has done so lately.
    """

    progress: Progress
    is_sent: bool
    is_stale: bool
    is_idle: bool
    looked_at: datetime | None
    trouble: str

    @property
    def is_left(self) -> bool:
        """Whether anything of it is still to be sent, or to be planned."""
        one = self.progress
        if one.stop is not None and one.stop.kind is StopKind.CANCELLED:
            return False
        return bool(one.waiting or (not one.planned and one.papers and not one.empty))

    @property
    def may_be_sent(self) -> bool:
        """Whether an editor is offered to send it from here, as nothing else will."""
        is_alone = self.is_stale or self.is_idle
        stop = self.progress.stop
        is_stopped = stop is not None and stop.kind is not StopKind.BLOCKED
        return self.is_left and is_alone and not is_stopped and not self.is_sent


@dataclass(frozen=True, slots=True)
class Figures:
    """How far the newest edition is. rate: mails a second lately, 0 when nothing moves.

    ends_at: when the rest is out at that rate.
    """

    outing: Outing | None
    rate: float
    ends_at: datetime | None

    @property
    def progress(self) -> Progress | None:
        """The newest edition."""
        return self.outing.progress if self.outing else None


class Live:
    """Looks at the ledger; remembers for two minutes how much was done when, for the rate."""

    def __init__(self, app: App, sending: Sending) -> None:
        self._app = app
        self._sending = sending
        self._lock = Lock()
        self._made_at = -KEPT_SECONDS
        self._figures = Figures(None, 0.0, None)
        self._samples: deque[tuple[float, object, int]] = deque()
        self._grew_at = -MOVING_SECONDS

    def figures(self, kept_seconds: float = KEPT_SECONDS) -> Figures:
        """Return the figures, at most so old."""
        with self._lock:
            if monotonic() - self._made_at >= kept_seconds:
                self._figures = self._make(find_progress(self._app.database))
                self._made_at = monotonic()
            return self._figures

    def outings(self, found: list[Progress]) -> list[Outing]:
        """Say of each edition whether anything sends it."""
        looked_at = last_look(self._app.database)
        return [self._outing(each, looked_at, moves=False) for each in found]

    def _make(self, progress: Progress | None) -> Figures:
        if progress is None:
            return Figures(None, 0.0, None)
        rate = self._rate(progress)
        moves = monotonic() - self._grew_at < MOVING_SECONDS
        outing = self._outing(progress, last_look(self._app.database), moves=moves)
        if not outing.is_sent:
            return Figures(outing, 0.0, None)
        if not rate or not progress.waiting or progress.stop is not None:
            return Figures(outing, rate, None)
        ends_at = self._app.clock() + timedelta(seconds=progress.waiting / rate)
        return Figures(outing, rate, ends_at)

    def _outing(self, one: Progress, looked_at: datetime | None, *, moves: bool) -> Outing:
        now = self._app.clock()
        is_here = self._sending.is_sending(one.date)
        return Outing(
            one,
            is_sent=is_here or bool(one.count("sending")) or (moves and bool(one.waiting)),
            is_stale=not self._app.editions.freshness.allows(one.date, now),
            is_idle=looked_at is None or now - looked_at > IDLE,
            looked_at=looked_at,
            trouble="" if is_here else self._sending.trouble_with(one.date),
        )

    def _rate(self, progress: Progress) -> float:
        now = monotonic()
        samples = self._samples
        while samples and (samples[0][1] != progress.date or now - samples[0][0] > RATE_SECONDS):
            samples.popleft()
        if samples and progress.done > samples[-1][2]:
            self._grew_at = now
        samples.append((now, progress.date, progress.done))
        seconds, done = now - samples[0][0], progress.done - samples[0][2]
        return done / seconds if seconds >= _LEAST_SECONDS and done > 0 else 0.0
