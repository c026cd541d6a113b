"""When a recipients' domain is left alone, and for how long."""

from datetime import timedelta

MOST_REFUSALS = 10  # in a row, before the first rest
MOST_REFUSALS_AGAIN = 3  # when it has just rested
FIRST_REST = timedelta(minutes=5)
LONGEST_REST = timedelta(hours=4)


def domain_of(address: str) -> str:
    """Return the domain of an address, in small letters."""
    return address.rpartition("@")[2].lower()


def rest(times: int) -> timedelta:
    """Return how long a domain is left alone: 5 minutes, then twice as long, at most 4 hours.

    times: its place among the rests in a row, from 1 on.
    """
    return min(FIRST_REST * (1 << min(times - 1, 10)), LONGEST_REST)


def is_tired(refusals: int, *, rested: bool) -> bool:
    """Whether so many replies in a row that put mail off (4xx) are enough."""
    return refusals >= (MOST_REFUSALS_AGAIN if rested else MOST_REFUSALS)
