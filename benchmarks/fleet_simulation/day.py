"""A day of a fleet: waves are planned, batches are leased, sent and settled, a machine may die."""

import heapq
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from benchmarks.fleet_simulation.waves import Wave
from digest.delivery.store.planning import BATCH_SIZE

MINUTE = 60
_SPREAD = 0.1  # how much batches differ in what they take: sigma of a lognormal factor
# What a lost machine leaves in doubt, for each of its processes: a portion, and two a connection
# (docs/use/fleet.md). Its batches have another machine after the lease and a sweep.
_PORTION = 100
_LEASE_SECONDS = 135


@dataclass(frozen=True)
class Fleet:
    """What sends.

    mail_ms: CPU of a mail, signed. relay_rate: mails a second that all relays take together.
    plan_rate: rows a second. portion: readers that are planned in one transaction; 0: a wave.
    """

    machines: int
    processes: int
    connections: int
    mail_ms: float
    relay_rate: float
    plan_rate: float
    portion: int

    @property
    def rate(self) -> float:
        """Return how many mails a second it sends when all of it is busy."""
        return min(1000 / self.mail_ms * self.machines * self.processes, self.relay_rate)


@dataclass
class Day:
    """What came of it.

    sent: mails by the minute. planned, first, last: seconds for each wave, since midnight: when
    planning was done, when its first batch began and when its last one was settled. doubt: readers
    who may have a second copy since a machine was lost. batches: how many were leased.
    """

    sent: Counter[int] = field(default_factory=Counter)
    planned: list[float] = field(default_factory=list)
    first: dict[int, float] = field(default_factory=dict)
    last: dict[int, float] = field(default_factory=dict)
    doubt: int = 0
    batches: int = 0


class _Batch(NamedTuple):
    ready: float
    wave: int
    number: int
    readers: int


def simulate(waves: Sequence[Wave], fleet: Fleet, *, seed: int, death: float | None = None) -> Day:
    """Let a day go by. death: when the first machine is lost for good, with its disk."""
    chance, day = random.Random(seed), Day()
    waiting = list(_planned(waves, fleet, day))
    heapq.heapify(waiting)
    free = [(0.0, process) for process in range(fleet.machines * fleet.processes)]
    seconds = fleet.machines * fleet.processes / fleet.rate  # a mail, while all are busy
    while waiting:
        batch = heapq.heappop(waiting)
        free_at, process = heapq.heappop(free)
        start = max(free_at, batch.ready)
        ends = death if death is not None and process < fleet.processes else None
        if ends is not None and start >= ends:  # this process is no more
            heapq.heappush(waiting, batch)
            continue
        end = start + batch.readers * seconds * chance.lognormvariate(0, _SPREAD)
        day.first.setdefault(batch.wave, start)
        day.batches += 1
        if ends is not None and end > ends:
            done = int(batch.readers * (ends - start) / (end - start))
            day.doubt += min(done, _PORTION + 2 * fleet.connections)
            day.sent[int(ends) // MINUTE] += done
            left = batch.readers - done
            again = _Batch(ends + _LEASE_SECONDS, batch.wave, batch.number, left)
            heapq.heappush(waiting, again)
            continue
        day.sent[int(end) // MINUTE] += batch.readers
        day.last[batch.wave] = max(end, day.last.get(batch.wave, 0))
        heapq.heappush(free, (end, process))
    return day


def _planned(waves: Sequence[Wave], fleet: Fleet, day: Day) -> Iterator[_Batch]:
    """Yield batches with the moment at which their rows are committed."""
    at = 0.0
    for wave_number, wave in enumerate(waves):
        at, left, number = max(at, wave.at), wave.readers, 0
        while left:
            portion = min(left, fleet.portion or left)
            at += portion / fleet.plan_rate
            left -= portion
            while portion:
                readers = min(portion, BATCH_SIZE)
                yield _Batch(at, wave_number, number, readers)
                number, portion = number + 1, portion - readers
        day.planned.append(at)


def delivered_late(sent: Counter[int], share: float, rate: float) -> tuple[int, int]:
    """Say how a provider that takes `rate` mails a second delays its share: minutes, and mails.

    The longest that a mail waits, and the most that wait at once.
    """
    waiting = most = longest = 0.0
    for minute in range(max(sent) + 1 if sent else 0):
        waiting = max(0.0, waiting + sent[minute] * share - rate * MINUTE)
        most, longest = max(most, waiting), max(longest, waiting / (rate * MINUTE))
    return round(longest), round(most)
