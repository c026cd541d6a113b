"""When mail to a recipients' domain is stopped for a while, and for how long."""

from datetime import timedelta

MOST_REFUSALS = 10  # in a row, before the first backoff
MOST_REFUSALS_AGAIN = 3  # when it has just ended
FIRST_BACKOFF = timedelta(minutes=5)
LONGEST_BACKOFF = timedelta(hours=4)


def domain_of(address: str) -> str:
    """Return the domain of an address, in lower case."""
    return address.rpartition("@")[2].lower()


def backoff_time(times: int) -> timedelta:
    """Return how long nothing is sent to a domain: 5 minutes, then doubled, at most 4 hours.

    times: its place among the backoffs in a row, from 1 on.
    """
    return min(FIRST_BACKOFF * (1 << min(times - 1, 10)), LONGEST_BACKOFF)


def needs_backoff(refusals: int, *, again: bool) -> bool:
    """Return whether so many replies in a row that defer mail (4xx) are too many."""
    return refusals >= (MOST_REFUSALS_AGAIN if again else MOST_REFUSALS)
