"""Decide whether a request for a subscription may bring another mail to its address."""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from digest.subscribers.rules.public_domains import mailbox_of

PAUSES = (timedelta(hours=1), timedelta(days=1), timedelta(days=7))  # after the first mail, ...
SILENCE = timedelta(days=7)  # without a request; then the next mail counts as the first one again
REFUSED_FOR = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Asked:
    """How often an address was asked for.

    mails: those in a row. asked_at: the newest request, mail or not. refused_at: when their reader
    said that it was not them.
    """

    mails: int
    mailed_at: datetime | None
    asked_at: datetime
    refused_at: datetime | None = None


def ask(before: Asked, now: datetime) -> tuple[bool, Asked]:
    """Return whether a mail may go out for a request of now, and how the address stands then.

    The mails in a row come an hour, a day and a week apart. Then none comes until nobody has asked
    for a week. None comes for a year after their reader has refused.
    """
    is_silent = now - before.asked_at >= SILENCE
    asked = replace(before, asked_at=now, mails=0 if is_silent else before.mails)
    if is_refused(before, now) or asked.mails > len(PAUSES):
        return False, asked
    if asked.mails and asked.mailed_at and now - asked.mailed_at < PAUSES[asked.mails - 1]:
        return False, asked
    return True, replace(asked, mails=asked.mails + 1, mailed_at=now)


def is_refused(asked: Asked, now: datetime) -> bool:
    """Return whether their reader has refused within the year."""
    return asked.refused_at is not None and now - asked.refused_at < REFUSED_FOR


def hashes_of(address: str, keys: Sequence[bytes]) -> list[str]:
    """Return what is kept of a normalised address, by each key; the first key is the newest.

    Addresses that lead to one mailbox have one hash: a bomb could use a tag each time.
    """
    source = b"asked address\0" + mailbox_of(address).encode()
    return [hmac.digest(key, source, "sha256").hex() for key in keys]
