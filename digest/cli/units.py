"""Times, spans and sizes as people read them."""

from datetime import datetime

from digest.ground.text.counts import counted

_MEGABYTE, _GIGABYTE = 1_000_000, 1_000_000_000
_SPANS = (
    *(("year", 365 * 86_400), ("month", 30 * 86_400), ("week", 7 * 86_400), ("day", 86_400)),
    *(("hour", 3600), ("minute", 60)),
)
_ENOUGH = 0.85  # of a span to be called one: 52 minutes are an hour


def ago(moment: datetime, now: datetime) -> str:
    """Return how far off a moment is: "3 hours ago", "in 2 days"."""
    if moment.replace(microsecond=0) == now.replace(microsecond=0):
        return "now"
    seconds = (moment - now).total_seconds()
    return f"in {span(seconds)}" if seconds > 0 else f"{span(-seconds)} ago"


def span(seconds: float) -> str:
    """Return a length of time: "12 minutes"."""
    seconds = int(seconds)
    for name, length in _SPANS:
        if seconds >= _ENOUGH * length:
            return counted(round(seconds / length), name)
    return counted(max(seconds, 1), "second")


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
