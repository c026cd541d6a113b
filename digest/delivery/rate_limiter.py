"""Rate limits of mail servers and domains, counted together with all other workers."""

import logging
from collections.abc import Callable
from datetime import datetime

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from digest.delivery.rules import rate_limits
from digest.delivery.rules.rate_limits import DAY, MINUTE, SECOND
from digest.delivery.store import rate_uses
from digest.errors import DigestError
from digest.ground.database.engine import Database
from digest.smtp.domain_limits import in_words
from digest.smtp.smtp_url import Limits, SmtpUrl

LONGEST_WAIT_SECONDS = 30.0  # then we ask again, as another worker may have given some back
_log = logging.getLogger(__name__)


def for_server(
    database: Database, url: SmtpUrl, clock: Callable[[], datetime]
) -> "SharedRateLimiter | None":
    """Return the rate limiter of a mail server; None when its rate has no limit."""
    if not url.limits.are_on_rate:
        return None
    return SharedRateLimiter(database, f"relay {url.place}", url.limits, clock)


class SharedRateLimiter:
    """Grants permissions one by one, and acquires them from the database several at a time.

    What is left of them goes back when it is closed, so only a kill loses any.
    """

    def __init__(
        self, database: Database, name: str, limits: Limits, clock: Callable[[], datetime]
    ) -> None:
        self._database = database
        self._name = name
        self._limits = limits
        self._clock = clock
        self._at_once = rate_limits.worth_taking(_by_period(limits))
        self._left = 0
        self._acquired_at = clock()
        self._waiting_long = False

    def __call__(self) -> float:
        """Acquire one permission: 0 when granted, else the seconds after which to ask again."""
        if not self._left:
            self._left, wait = self._acquire()
            self._log_long_wait(wait)
            if not self._left:
                return min(wait, LONGEST_WAIT_SECONDS)
        self._left -= 1
        return 0.0

    def give_back(self) -> None:
        """Return the permission that was just granted."""
        self._left += 1

    def close(self) -> None:
        """Give back what is left; what cannot be given back counts as used."""
        count, self._left = self._left, 0
        if not count:
            return
        try:
            with self._database.write() as session:
                give_back(
                    session, self._name, self._limits, count, self._acquired_at, self._clock()
                )
        except (DigestError, SQLAlchemyError) as exc:
            _log.warning("%d permissions of %s are lost: %s", count, self._name, exc)

    def _log_long_wait(self, wait: float) -> None:
        """Log once why nothing is sent, when the wait is long."""
        if wait > LONGEST_WAIT_SECONDS and not self._waiting_long:
            rate, minutes = in_words(self._limits), wait / 60
            _log.warning("%s takes %s: no more for %.0f minutes", self._name, rate, minutes)
        self._waiting_long = wait > LONGEST_WAIT_SECONDS

    def _acquire(self) -> tuple[int, float]:
        with self._database.write() as session:
            self._acquired_at = self._clock()
            return acquire(session, self._name, self._limits, self._at_once, self._acquired_at)


def acquire(
    session: Session, name: str, limits: Limits, wanted: int, now: datetime
) -> tuple[int, float]:
    """Acquire up to `wanted` permissions under a name; return how many, and the wait if none.

    The wait, in seconds, is that for one more.
    """
    bounds = _by_period(limits)
    uses = rate_uses.locked(session, name, bounds, now)
    if limits.warm_up:
        warmed = rate_limits.warmed_up(uses[DAY].first_at, now, limits.warm_up)
        bounds[DAY] = min(limits.per_day or warmed, warmed)
    granted, wait, uses = rate_limits.acquire(uses, bounds, wanted, now)
    rate_uses.save(session, name, uses)
    return granted, wait


def give_back(
    session: Session, name: str, limits: Limits, count: int, acquired_at: datetime, now: datetime
) -> None:
    """Give back permissions that were acquired at a moment and not used."""
    uses = rate_uses.locked(session, name, _by_period(limits), now)
    rate_uses.save(session, name, rate_limits.give_back(uses, count, acquired_at))


def seconds_apart(limits: Limits) -> float:
    """Return how far apart permissions come, on average, when many are wanted."""
    return max(period / limit for period, limit in _by_period(limits).items())


def _by_period(limits: Limits) -> dict[int, int]:
    """Return period in seconds -> limit; of a server that warms up, the first day's."""
    day = min(limits.per_day or limits.warm_up, limits.warm_up or limits.per_day)
    found = {SECOND: limits.per_second, MINUTE: limits.per_minute, DAY: day}
    return {period: limit for period, limit in found.items() if limit}
