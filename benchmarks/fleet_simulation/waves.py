"""When readers are due: how many live in which time zone, and which hour they chose. Assumed."""

from collections import defaultdict
from dataclasses import dataclass

HOUR = 3600
DAY = 24 * HOUR

# Hours ahead of UTC -> share of readers, in percent: those who read papers, roughly by where papers
# are written. Summer time is left out.
ZONES = {
    **{-8.0: 10, -7.0: 3, -6.0: 7, -5.0: 14, -3.0: 3, 0.0: 8, 1.0: 18, 2.0: 5, 3.0: 4},
    **{5.5: 8, 7.0: 2, 8.0: 12, 9.0: 5, 10.0: 1},
}
# The hour at which they want it -> share in percent. 7 is what the form offers.
HOURS = {6: 8, 7: 70, 8: 12, 12: 5, 18: 5}


@dataclass(frozen=True)
class Wave:
    """So many readers who are due at once; `at` in seconds since midnight, UTC."""

    at: int
    readers: int


def waves(readers: int) -> list[Wave]:
    """Return the waves of a day, the earliest first; they add up to `readers`."""
    shares: dict[int, int] = defaultdict(int)
    for ahead, living in ZONES.items():
        for hour, choosing in HOURS.items():
            shares[int((hour - ahead) * HOUR) % DAY] += living * choosing
    total, left, found = sum(shares.values()), readers, []
    for at, share in sorted(shares.items()):
        found.append(Wave(at, readers * share // total))
        left -= found[-1].readers
    largest = max(found, key=lambda wave: wave.readers)
    found[found.index(largest)] = Wave(largest.at, largest.readers + left)
    return found
