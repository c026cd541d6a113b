"""A contestant from the start to the last mail, killed on its way or not."""

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.measure import CountingSink, cpu_of_tree
from benchmarks.race.contestant import Contestant
from benchmarks.race.tree import Tree

_LOOK_SECONDS = 0.02
_AIM_SECONDS = 0.001  # while a kill is to come
_ASK_SECONDS = 0.2  # between two questions whether all is done
_LONGEST_DELAY = 0.1  # seconds
_MOST_STARTS = 50


@dataclass(frozen=True)
class Moment:
    """When it is killed: so many seconds after the sink took so many mails."""

    mails: int
    delay: float


@dataclass(frozen=True)
class Result:
    """How a contestant did.

    rate: mails a second, from the first to the last that arrived. start_seconds: from the start to
    the first one. cpu_ms: user and system time a mail of every process that sends, all included.
    beyond_ms: the same without what was used before the first mail. database_ms: of the database's
    processes. peak_mb: of all processes that send. kilobytes: a mail, with its commands.
    arrived, once: readers with a copy, and with exactly one. lost: readers without, which are not
    marked. doubled: readers with more. unmarked: those of them that are not marked.
    kills: how many there were. seconds: from the start to the end, restarts included.
    """

    name: str
    readers: int
    rate: float
    start_seconds: float
    cpu_ms: float
    beyond_ms: float
    database_ms: float
    peak_mb: float
    kilobytes: float
    arrived: int
    once: int
    lost: int
    doubled: int
    unmarked: int
    kills: int
    seconds: float


def moments(count: int, readers: int, seed: int) -> list[Moment]:
    """Choose when a contestant is killed, the earliest first: the same for each of them."""
    chance = random.Random(seed)
    return [
        Moment(mails, chance.uniform(0, _LONGEST_DELAY))
        for mails in sorted(chance.randrange(readers) for _ in range(count))
    ]


def run(
    contestant: Contestant,
    sink: CountingSink,
    readers: int,
    kills: Sequence[Moment] = (),
    *,
    limit: float,
) -> Result:
    """Let it send to so many readers; what takes longer than `limit` seconds raises TimeoutError.

    Raises RuntimeError, with what it printed, when it ends and says itself that it is not done.
    """
    contestant.prepare(readers, sink.port)
    sink.forget()
    attempt = _Attempt(contestant, sink, limit)
    left = list(kills)
    while attempt.starts < _MOST_STARTS:
        if attempt.go(left[0] if left else None):
            left.pop(0)
        elif contestant.is_done():
            break
    else:
        raise RuntimeError(f"{contestant.name} was started {_MOST_STARTS} times")
    return attempt.result(readers, len(kills) - len(left))


class _Attempt:
    """What the starts of one contestant took together."""

    def __init__(self, contestant: Contestant, sink: CountingSink, limit: float) -> None:
        self._contestant = contestant
        self._sink = sink
        self._started = time.monotonic()
        self._ends = self._started + limit
        self._cpu = self._cpu_before = self._peak_mb = 0.0
        self._database = self._database_cpu()
        self._asks = 0.0
        self.starts = 0

    def go(self, moment: Moment | None) -> bool:
        """Start it once; return whether it was killed (else it came to an end by itself)."""
        self.starts += 1
        command = self._contestant.command()
        with Tree(command.arguments, command.environment) as tree:
            killed = self._watch(tree, moment)
            if not tree.runs and not killed and tree.code and not self._contestant.is_done():
                raise RuntimeError(f"{self._contestant.name} ended so:\n{tree.said()}")
            if tree.runs and not killed:
                tree.end()
            self._cpu += tree.cpu
            self._peak_mb = max(self._peak_mb, tree.peak_mb)
        return killed

    def _watch(self, tree: Tree, moment: Moment | None) -> bool:
        while tree.runs:
            mails, _ = self._sink.taken()
            if not mails:
                self._cpu_before = self._cpu + tree.cpu
            if moment and mails >= moment.mails:
                time.sleep(moment.delay)
                return tree.kill()
            if not moment:
                tree.look()
            now = time.monotonic()
            if self._contestant.serves and now > self._asks:
                self._asks = now + _ASK_SECONDS
                if self._contestant.is_done():
                    return False
            if now > self._ends:
                raise TimeoutError(f"{self._contestant.name} took too long; {mails:,} mails")
            time.sleep(_AIM_SECONDS if moment else _LOOK_SECONDS)
        return False

    def result(self, readers: int, kills: int) -> Result:
        """Return what it came to."""
        now, report = time.monotonic(), self._sink.report()
        database = self._database_cpu() - self._database  # before it is asked for what is marked
        doubled = {address for address, copies in report.copies.items() if copies > 1}
        marked, arrived = self._contestant.marked(), len(report.copies)
        mails = sum(report.copies.values())
        return Result(
            name=self._contestant.name,
            readers=readers,
            rate=(mails - 1) / (report.last - report.first) if mails > 1 else 0.0,
            start_seconds=report.first - self._started,
            cpu_ms=self._cpu / readers * 1000,
            beyond_ms=(self._cpu - self._cpu_before) / readers * 1000,
            database_ms=database / readers * 1000,
            peak_mb=self._peak_mb,
            kilobytes=report.octets / max(mails, 1) / 1000,
            arrived=arrived,
            once=arrived - len(doubled),
            lost=readers - arrived - len(marked - report.copies.keys()),
            doubled=len(doubled),
            unmarked=len(doubled - marked),
            kills=kills,
            seconds=now - self._started,
        )

    def _database_cpu(self) -> float:
        pid = self._contestant.database_pid
        return cpu_of_tree(pid) if pid else 0.0
