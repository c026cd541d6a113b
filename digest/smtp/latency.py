"""How long the relay takes for a message: from the first byte of its body to the final reply."""

from bisect import bisect_left
from dataclasses import dataclass, field
from time import perf_counter

from digest.model import Answer, Reply

UPTO_MS = (2, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000)
LONGER = 0  # the bucket of what took longer than all of them


@dataclass(slots=True)
class Latencies:
    """Counts and seconds by bucket: the smallest of UPTO_MS that a message took at most."""

    counts: dict[int, int] = field(default_factory=dict)
    seconds: dict[int, float] = field(default_factory=dict)
    _begun: dict[int, float] = field(default_factory=dict)  # by the message's key

    def begin(self, key: int) -> None:
        """Start to measure a message."""
        self._begun[key] = perf_counter()

    def answer(self, key: int, answer: Answer) -> None:
        """Count a message; only a reply of the server says how fast the server is."""
        begun = self._begun.pop(key, None)
        if begun is not None and isinstance(answer, Reply):
            self.add(perf_counter() - begun)

    def add(self, seconds: float) -> None:
        """Count a message that took so long."""
        place = bisect_left(UPTO_MS, seconds * 1000)
        bucket = UPTO_MS[place] if place < len(UPTO_MS) else LONGER
        self.counts[bucket] = self.counts.get(bucket, 0) + 1
        self.seconds[bucket] = self.seconds.get(bucket, 0.0) + seconds
