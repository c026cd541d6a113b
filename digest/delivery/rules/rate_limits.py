"""How fast something may go: limits a second, a minute and a day, over sliding windows.

Each limit keeps two counts: of the current window and of the one before it. What was used in the
last period is estimated as the current count plus the part of the earlier count that still falls
into the period, as if it had been spread evenly. So a limit holds over any period, and not only
from midnight to midnight, and needs a single row.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from math import ceil

from digest.model import RateUse

SECOND, MINUTE, DAY = 1, 60, 86_400


def window_of(now: datetime, period: int) -> int:
    """Return the number of the window of `period` seconds that a moment falls into."""
    return int(now.timestamp()) // period


def advance(use: RateUse, window: int) -> RateUse:
    """Return the use as seen from a window; a clock that was set back changes nothing."""
    if window <= use.window:
        return use
    before = use.used if window == use.window + 1 else 0
    return replace(use, window=window, used=0, used_before=before)


def free(use: RateUse, limit: int, period: int, now: datetime) -> int:
    """Return how many more are allowed now (>= 0); `use` is advanced to now's window."""
    gone = now.timestamp() / period - use.window  # in [0, 1), unless the clock was set back
    still_counts = min(max(1 - gone, 0.0), 1.0) * use.used_before
    return max(0, limit - use.used - ceil(still_counts))


def wait_seconds(use: RateUse, limit: int, period: int, now: datetime) -> float:
    """Return how long until one more is allowed, given that none is now."""
    at = now.timestamp()
    end = (use.window + 1) * period
    if use.used >= limit:  # the next window has to come, and enough of this one to fade
        return end - at + period * (1 - (limit - 1) / use.used)
    fading = (limit - 1 - use.used) / use.used_before if use.used_before else 0.0
    return max(end - period * fading - at, 0.001)


def warmed_up(first_at: datetime, now: datetime, start: int) -> int:
    """Return the day's limit while something warms up: `start` on the first day, then doubled."""
    days = max(0, (now.astimezone(UTC) - first_at.astimezone(UTC)).days)
    return start << min(days, 40)


def acquire(
    uses: Mapping[int, RateUse], limits: Mapping[int, int], wanted: int, now: datetime
) -> tuple[int, float, dict[int, RateUse]]:
    """Decide how many of `wanted` (>= 1) permissions are granted.

    uses, limits: by period in seconds; all limits hold. Returns how many, the wait in seconds when
    it is none, and the uses to save.
    """
    current = {period: advance(use, window_of(now, period)) for period, use in uses.items()}
    left = {period: free(current[period], limits[period], period, now) for period in limits}
    granted = min(wanted, *left.values())
    if not granted:
        reached = [period for period in limits if not left[period]]
        wait = max(wait_seconds(current[each], limits[each], each, now) for each in reached)
        return 0, wait, current
    return granted, 0.0, {p: replace(use, used=use.used + granted) for p, use in current.items()}


def give_back(uses: Mapping[int, RateUse], count: int, acquired_at: datetime) -> dict[int, RateUse]:
    """Return the uses without `count` permissions that were acquired at a moment and never used.

    uses: by period in seconds. What was acquired longer ago than the window before is not counted
    any more, so there is nothing to subtract.
    """
    found = dict(uses)
    for period, use in uses.items():
        since = use.window - window_of(acquired_at, period)
        if since == 0:
            found[period] = replace(use, used=max(0, use.used - count))
        elif since == 1:
            found[period] = replace(use, used_before=max(0, use.used_before - count))
    return found


def worth_taking(limits: Mapping[int, int]) -> int:
    """Return how many permissions to acquire at once: a tenth of the tightest limit, at most 100.

    limits: period in seconds -> limit. With fewer the database is asked too often; with more one
    worker keeps from the others what it does not need.
    """
    return min(100, *(max(1, limit // 10) for limit in limits.values()))
