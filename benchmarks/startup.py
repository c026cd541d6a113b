"""What commands cost before they do anything: CPU and peak memory, with and without what is kept.

    python -m benchmarks.startup [--papers 100 700] [--rounds 5]

A database with one reader; medians. "nothing kept" is the first process of an edition, "kept" every
later one. Beside them, in the same rounds, an interpreter that only imports two of the libraries,
and one that imports all that a send needs.
"""

import argparse
import shutil
import statistics
import sys
import tempfile
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from benchmarks import service
from benchmarks.measure import Process, discard_sink, run
from benchmarks.service import DAY, Service
from digest.ground.kept_files import folder_beside

BARE = "import sqlalchemy, jinja2"
NEEDED = "import sqlalchemy.orm, numpy, typer, aiosmtplib, babel.dates"
READER = "r0@example.org"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--papers", type=int, nargs="+", default=[100, 700])
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    with discard_sink() as sink:
        for papers in options.papers:
            service.PAPERS = papers
            with tempfile.TemporaryDirectory() as folder:
                _measure(Service(Path(folder), readers=1), sink.port, papers, options.rounds)


def _measure(one: Service, port: int, papers: int, rounds: int) -> None:
    day = ("--date", DAY.isoformat())
    kept = folder_beside(one.folder / "journals")
    environment = one.environment(port)

    def command(*words: str, anew: bool) -> Process:
        if anew:
            shutil.rmtree(kept, ignore_errors=True)
        one.forget()
        return run(sys.executable, "-m", "digest", *words, environment=environment)

    ways: dict[str, Callable[[], Process]] = {
        BARE: lambda: run(sys.executable, "-c", BARE),
        NEEDED: lambda: run(sys.executable, "-c", NEEDED),
    }
    commands = {
        "send": ("send", *day),
        "send --dry-run": ("send", "--dry-run", *day),
        "explain": ("explain", READER, *day),
    }
    for name, words in commands.items():
        ways[f"{name}, nothing kept"] = partial(command, *words, anew=True)
        ways[f"{name}, kept"] = partial(command, *words, anew=False)
    found = _medians(ways, rounds)
    bare = found[BARE][0]
    print(f"{papers} papers, {rounds} rounds{'':22} {'s CPU':>6} {'of bare':>8} {'peak MB':>8}")
    for name, (cpu, peak) in found.items():
        print(f"{name[:46]:46} {cpu:6.2f} {cpu / bare:8.1f} {peak:8.0f}", flush=True)


def _medians(
    ways: Mapping[str, Callable[[], Process]], rounds: int
) -> dict[str, tuple[float, float]]:
    taken: dict[str, list[Process]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            taken[name].append(way())
    return {
        name: (
            statistics.median(one.cpu for one in done),
            statistics.median(one.peak_mb for one in done),
        )
        for name, done in taken.items()
    }


if __name__ == "__main__":
    main()
