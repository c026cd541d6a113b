"""What the benchmarks share: processes with their CPU and memory, load sinks, rounds, medians."""

import json
import os
import resource
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import astuple, dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
# A small process in between: the peak memory of a child counts from what its parent had. Processes
# that outlive their parent become its children (PR_SET_CHILD_SUBREAPER, prctl(2)), and count, too.
BETWEEN = """
import ctypes, os, resource, subprocess, sys
ctypes.CDLL(None).prctl(36, 1)
code = subprocess.run(sys.argv[1:]).returncode
try:
    while True:
        os.wait()
except ChildProcessError:
    pass
usage = resource.getrusage(resource.RUSAGE_CHILDREN)
print(usage.ru_utime + usage.ru_stime, usage.ru_maxrss, file=sys.stderr)
sys.exit(code)
"""


@dataclass(frozen=True)
class Measured:
    """One round of one way; ms of CPU are a message's, `other` those of the receiving server.

    peak_mb: of the largest process that sent; 0 when it was not measured.
    """

    rate: float
    cpu_ms: float
    other_ms: float = 0.0
    peak_mb: float = 0.0


@dataclass(frozen=True)
class Process:
    """A command that ran to its end: user and system seconds of it and all its children."""

    output: str
    seconds: float
    cpu: float
    peak_mb: float


@dataclass(frozen=True)
class Server:
    """A running server: where it listens, and what it and its children have used of the CPU."""

    port: int
    pid: int

    @property
    def cpu(self) -> float:
        """Return seconds, those of children that have ended included."""
        return cpu_of_tree(self.pid)


@dataclass(frozen=True)
class Report:
    """What a sink took. first, last: seconds of time.monotonic() of mails; 0 without any."""

    copies: dict[str, int]
    octets: int
    first: float
    last: float


@dataclass(frozen=True)
class CountingSink(Server):
    """The sink of `benchmarks.discard`, and what it says of what it took since it last forgot."""

    ask: Callable[[str], str] = str

    def forget(self) -> None:
        """Begin counting anew."""
        self.ask("forget")

    def taken(self) -> tuple[int, int]:
        """Return how many mails, and to how many recipients."""
        mails, recipients = self.ask("count").split()
        return int(mails), int(recipients)

    def report(self) -> Report:
        """Return who got how many copies, and when."""
        return Report(**json.loads(self.ask("report")))


def run(*command: str, environment: Mapping[str, str] | None = None) -> Process:
    """Run a command; its peak memory is that of the largest of its processes."""
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", BETWEEN, *command],
        env={**os.environ, **(environment or {})},
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise RuntimeError(f"{command[0]} ended with {done.returncode}:\n{done.stderr}")
    cpu, peak_kib = done.stderr.split()[-2:]
    seconds = time.perf_counter() - started
    return Process(done.stdout, seconds, float(cpu), int(peak_kib) / 1024)


def cpu_of_tree(pid: int) -> float:
    """Return the CPU seconds of a process and its descendants (proc(5), fields 14 to 17)."""
    stat = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    own = sum(map(int, stat[11:15])) / _TICKS
    return own + sum(_cpu_if_alive(child) for child in children(pid))


def children(pid: int) -> list[int]:
    """Return the processes that this one started; those of all its threads."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(FileNotFoundError, ProcessLookupError):  # the thread has ended
            found += map(int, task.read_text().split())
    return found


def _cpu_if_alive(pid: int) -> float:
    try:
        return cpu_of_tree(pid)
    except (FileNotFoundError, ProcessLookupError):  # it has ended: its parent counts it now
        return 0.0


def beside(server: Server, messages: int, work: Callable[[], Measured]) -> Measured:
    """Do the work and add what it cost the server."""
    before = server.cpu
    done = work()
    return Measured(done.rate, done.cpu_ms, (server.cpu - before) / messages * 1000, done.peak_mb)


def in_turn(rounds: int, ways: Mapping[str, Callable[[], Measured]]) -> dict[str, Measured]:
    """Let the ways take turns, print each one's medians, and return them."""
    taken: dict[str, list[Measured]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            taken[name].append(way())
    print(f"{'':36} {'mails/s':>9} {'ms CPU':>8} {'server':>8} {'peak MB':>8}")
    found = {}
    for name, measured in taken.items():
        columns = zip(*map(astuple, measured), strict=True)
        one = found[name] = Measured(*map(statistics.median, columns))
        other = f"{one.other_ms:8.3f}" if one.other_ms else f"{'-':>8}"
        peak = f"{one.peak_mb:8.0f}" if one.peak_mb else f"{'-':>8}"
        print(f"{name:36} {one.rate:9,.0f} {one.cpu_ms:8.3f} {other} {peak}", flush=True)
    return found


def smtp_source(port: int, *, messages: int, size: int, connections: int = 8) -> Measured:
    """Push messages with Postfix's own load generator; each connection stays open.

    Each has a recipient of its own, as ours have: a relay has to look each of them up.
    """
    numbers = ["-s", connections, "-l", size, "-m", messages]
    done = run("smtp-source", "-d", "-N", *map(str, numbers), f"127.0.0.1:{port}")
    return Measured(messages / done.seconds, done.cpu / messages * 1000, peak_mb=done.peak_mb)


def cpu_seconds() -> float:
    """Return what this process, all its threads, has used so far."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


@contextmanager
def smtp_sink() -> Iterator[Server]:
    """Run Postfix's smtp-sink."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    user = ["-u", "nobody"] if os.geteuid() == 0 else []
    process = subprocess.Popen(["smtp-sink", *user, f"127.0.0.1:{port}", "100"])
    time.sleep(0.3)
    with _ended(process):
        yield Server(port, process.pid)


@contextmanager
def discard_sink(delay_ms: float = 0) -> Iterator[CountingSink]:
    """Run the sink of `benchmarks.discard`; every reply comes so much later."""
    command = [sys.executable, "-m", "benchmarks.discard", str(delay_ms)]
    pipe = subprocess.PIPE
    with (
        subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, bufsize=1) as process,
        _ended(process),
    ):
        asks, says = process.stdin, process.stdout
        assert asks is not None
        assert says is not None

        def ask(question: str) -> str:
            asks.write(f"{question}\n")
            return "" if question == "forget" else says.readline()

        yield CountingSink(int(says.readline()), process.pid, ask)


@contextmanager
def _ended(process: subprocess.Popen[str] | subprocess.Popen[bytes]) -> Iterator[None]:
    try:
        yield
    finally:
        process.terminate()
        process.wait()
