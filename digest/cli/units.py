"""Times, spans and sizes as people read them."""

from datetime import datetime, timedelta

_MEGABYTE, _GIGABYTE = 1_000_000, 1_000_000_000


def ago(moment: datetime, now: datetime) -> str:
    """Return how far off a moment is: "3 hours ago", "in 2 days"."""
    from babel.dates import format_timedelta  # with its tables, 25 ms

    if moment.replace(microsecond=0) == now.replace(microsecond=0):
        return "now"
    return format_timedelta(moment - now, add_direction=True, locale="en")


def span(seconds: float) -> str:
    """Return a length of time: "12 minutes"."""
    from babel.dates import format_timedelta

    return format_timedelta(timedelta(seconds=seconds), locale="en")


def clock_time(moment: datetime) -> str:
    """Return a moment to the minute: "2026-11-21 07:00 UTC"."""
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def clock_time_ago(moment: datetime | None, now: datetime) -> str:
    """Return a moment with its distance; "never" for None."""
    return f"{clock_time(moment)}, {ago(moment, now)}" if moment else "never"


def size(count: int) -> str:
    """Return a number of bytes: "83.5 GB"."""
    if count < _GIGABYTE:
        return f"{count / _MEGABYTE:.1f} MB"
    return f"{count / _GIGABYTE:,.1f} GB"
