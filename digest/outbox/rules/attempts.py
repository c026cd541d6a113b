"""Decide the Date of a mail to one reader, and what follows an attempt to send it."""

from dataclasses import replace
from datetime import datetime

from digest.delivery.rules.dating import LATE
from digest.delivery.rules.outcome import Outcome
from digest.model import DeliveryState


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


def resend_once(outcome: Outcome, uncertain_attempts: int) -> Outcome:
    """Let a mail that may have arrived twice already stay uncertain. It is repeated once.

    uncertain_attempts: those before this one.
    """
    if outcome.state is DeliveryState.UNCERTAIN and uncertain_attempts:
        return replace(outcome, not_before=None)
    return outcome
