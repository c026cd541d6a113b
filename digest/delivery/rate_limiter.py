"""Lets messages through as fast as a relay's limits allow, counting with all other workers."""

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

LONGEST_WAIT_SECONDS = 30.0  # then it is looked again, as another worker may have given up
_log = logging.getLogger(__name__)


def gate(
    database: Database, url: SmtpUrl, clock: Callable[[], datetime]
) -> "SharedRateLimiter | None":
    """Return the gate of a relay (see mail.tap); None when its rate has no limit."""
    if not url.limits.are_on_rate:
        return None
    return SharedRateLimiter(database, f"relay {url.place}", url.limits, clock)


class SharedRateLimiter:
    """Hands out permissions one by one, and gets them from the database in portions (mail.tap).

    What is left of a portion goes back when it is closed, so only a kill loses any.
    """

    def __init__(
        self, database: Database, name: str, limits: Limits, clock: Callable[[], datetime]
    ) -> None:
        self._database = database
        self._name = name
        self._limits = limits
        self._clock = clock
        self._portion = rate_limits.portion(_by_period(limits))
        self._given = 0
        self._taken_at = clock()
        self._waits_long = False

    def __call__(self) -> float:
        """Take one permission: 0 when it is given, else the seconds after which to ask again."""
        if not self._given:
            self._given, wait = self._take()
            self._tell(wait)
            if not self._given:
                return min(wait, LONGEST_WAIT_SECONDS)
        self._given -= 1
        return 0.0

    def give_back(self) -> None:
        """Take back the permission that was just given."""
        self._given += 1

    def close(self) -> None:
        """Let others have what is left of the portion; what cannot be given back counts as used."""
        count, self._given = self._given, 0
        if not count:
            return
        try:
            with self._database.write() as session:
                give_back(session, self._name, self._limits, count, self._taken_at, self._clock())
        except (DigestError, SQLAlchemyError) as exc:
            _log.warning("%d permissions of %s are lost: %s", count, self._name, exc)

    def _tell(self, wait: float) -> None:
        """Say once why nothing goes out, when that will take a while."""
        if wait > LONGEST_WAIT_SECONDS and not self._waits_long:
            taken, minutes = in_words(self._limits), wait / 60
            _log.warning("%s takes %s: no more for %.0f minutes", self._name, taken, minutes)
        self._waits_long = wait > LONGEST_WAIT_SECONDS

    def _take(self) -> tuple[int, float]:
        with self._database.write() as session:
            self._taken_at = self._clock()
            return take(session, self._name, self._limits, self._portion, self._taken_at)


def take(
    session: Session, name: str, limits: Limits, wanted: int, now: datetime
) -> tuple[int, float]:
    """Take up to `wanted` permissions of what has a name; when none is given, return the wait.

    The wait, in seconds, is that for one more.
    """
    bounds = _by_period(limits)
    uses = rate_uses.locked(session, name, bounds, now)
    if limits.warm_up:
        warmed = rate_limits.warmed_up(uses[DAY].first_at, now, limits.warm_up)
        bounds[DAY] = min(limits.per_day or warmed, warmed)
    given, wait, uses = rate_limits.take(uses, bounds, wanted, now)
    rate_uses.keep(session, name, uses)
    return given, wait


def give_back(
    session: Session, name: str, limits: Limits, count: int, taken_at: datetime, now: datetime
) -> None:
    """Give back permissions that were taken at a moment and not used."""
    uses = rate_uses.locked(session, name, _by_period(limits), now)
    rate_uses.keep(session, name, rate_limits.give_back(uses, count, taken_at))


def seconds_each(limits: Limits) -> float:
    """Return how long a permission takes to come, on average, when many are wanted."""
    return max(period / limit for period, limit in _by_period(limits).items())


def _by_period(limits: Limits) -> dict[int, int]:
    """Return period in seconds -> limit; of a relay that warms up the first day's."""
    day = min(limits.per_day or limits.warm_up, limits.warm_up or limits.per_day)
    found = {SECOND: limits.per_second, MINUTE: limits.per_minute, DAY: day}
    return {period: limit for period, limit in found.items() if limit}
