"""Decide the Date of a delivery's message (RFC 5322, section 3.6.1), which is signed like the rest.

It is the quarter of an hour in which the delivery was queued because it was due: mail is due at
full hours, and every zone of today is so many quarters from UTC, so a delivery that is queued on
time says when it was due. A dry run within that quarter shows the same bytes. What is begun late
says the quarter in which it was begun; receivers distrust mail that says it is hours old.
"""

from datetime import datetime, timedelta

QUARTER = timedelta(minutes=15)
LATE = 2 * QUARTER  # between the quarter in which a delivery was queued and its beginning


def quarter_of(moment: datetime) -> datetime:
    """Return the beginning of the quarter of an hour that a moment (UTC) lies in."""
    return moment.replace(minute=moment.minute // 15 * 15, second=0, microsecond=0)


def date_of(queued: datetime | None, now: datetime) -> datetime:
    """Return the Date of what is begun now for the first time.

    queued: the quarter in which it was queued, or was to be begun before; None when nobody noted
    it. One to come, up to a quarter, is from a machine whose clock is a little ahead.
    """
    if queued is None or not -QUARTER < now - queued < LATE:
        return quarter_of(now)
    return queued
