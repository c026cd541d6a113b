"""Decide how long to wait between two requests to one host, and before a retry."""

from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_FIRST_WAIT_SECONDS = 2.0
_MOST_SECONDS = 86_400.0  # no host is left alone for longer than a day


def backoff(attempt: int, chance: Callable[[], float]) -> float:
    """Return the seconds before the attempt after number `attempt` (from 1).

    Twice as long each time, of which a random part is taken: clients that failed together do not
    come back together.
    """
    return float(_FIRST_WAIT_SECONDS * 2 ** (attempt - 1) * (0.5 + 0.5 * chance()))


def retry_after(text: str, now: datetime) -> float:
    """Return the seconds that a Retry-After header asks for (RFC 9110, section 10.2.3); else 0."""
    text = text.strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:9]), _MOST_SECONDS)
    try:
        until = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return 0.0
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return min(max(0.0, (until - now).total_seconds()), _MOST_SECONDS)


class Spacing:
    """Keeps requests of this process to one host apart."""

    def __init__(self, clock: Callable[[], float], sleep: Callable[[float], None]) -> None:
        self._clock = clock
        self._sleep = sleep
        self._ended: dict[str, float] = {}

    def wait(self, host: str, seconds: float) -> None:
        """Sleep until this long after the last request to the host ended."""
        if host in self._ended:
            left = self._ended[host] + seconds - self._clock()
            if left > 0:
                self._sleep(left)

    def note(self, host: str) -> None:
        """Remember that a request has ended."""
        self._ended[host] = self._clock()
