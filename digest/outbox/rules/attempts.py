"""Decide the Date of a mail to one reader."""

from datetime import datetime

from digest.delivery.rules.dating import LATE


def date_of(
    created_at: datetime, dated_at: datetime | None, attempts: int, now: datetime
) -> datetime:
    """Return the Date of a mail that is begun now (RFC 5322, section 3.6.1).

    It is when the mail was written; what is begun for the first time half an hour later or more
    says when it is begun. A retry keeps its Date, so that it is the same mail. dated_at: the Date
    that it has so far.
    """
    if dated_at is not None and attempts:
        return dated_at
    return created_at if created_at <= now < created_at + LATE else now
