"""What tells the time: the real clock, and one that stands still for a command with `--now`."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

Clock = Callable[[], datetime]


@dataclass(frozen=True)
class StoppedClock:
    """A clock that always tells the same time; it can be handed to another process."""

    now: datetime

    def __call__(self) -> datetime:
        """Tell it."""
        return self.now


def system_clock() -> datetime:
    """Tell the real time."""
    return datetime.now(UTC)
