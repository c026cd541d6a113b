"""How fast a large dump is ingested, and that memory stays flat.

    python -m benchmarks.ingest [--entries 50000]

Ingests a made-up dump of that size and one of a tenth, each in a process of its own, without
topics and with a cheap search for 100 words in every abstract, into SQLite in a temporary folder.
The figures hold for the machine that they were taken on; compare the lines with each other.
"""

import argparse
import json
import random
import resource
import subprocess
import sys
import time
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from digest.ground.database.engine import Database
from digest.ground.database.schema import upgrade
from digest.papers.ingest import ingest

REPOSITORY = Path(__file__).parents[1]
DAY = date(2026, 11, 19)
STARTS = ("ba", "de", "ki", "lo", "mu", "na", "pe", "ri", "so", "tu")
ENDS = ("kt", "lan", "mer", "nof", "pol", "que", "rsa", "sti", "tem", "vex")
WORDS = [start + end for start in STARTS for end in ENDS]


def write_dump(path: Path, entries: int) -> None:
    """Write a text page with titles of 9 and abstracts of about 290 words (1,500 characters)."""
    chance = random.Random(7)
    with path.open("w", encoding="utf-8") as file:
        file.write("new\n\nSubscribe\n\nNov 19")
        for number in range(entries):
            title = " ".join(chance.choices(WORDS, k=9))
            sentences = (" ".join(chance.choices(WORDS, k=15)) for _ in range(19))
            file.write(f"\n\n{title} {number}\n\n{'. '.join(sentences)}.")


def classify_not(_title: str, _abstract: str) -> dict[str, float]:
    """Find no topics."""
    return {}


def classify_cheaply(_title: str, abstract: str) -> dict[str, float]:
    """Find two topics by looking for a hundred words."""
    words = set(abstract.split())
    return dict.fromkeys([word for word in WORDS if word in words][:2], 0.5)


def measure(entries: int, *, topics: bool) -> dict[str, float]:
    """Ingest one dump in this process; seconds (wall, CPU), bytes of the file, MB of memory."""
    with TemporaryDirectory() as folder:
        dump = Path(folder, "dump.txt")
        write_dump(dump, entries)
        database = Database(f"sqlite:///{folder}/digest.db")
        upgrade(database, REPOSITORY / "migrations")
        before = _peak_mb()
        start, start_cpu = time.perf_counter(), time.process_time()
        report = ingest(
            database,
            [dump],
            now=datetime(2026, 11, 19, 12, tzinfo=UTC),
            given=DAY,
            classify=classify_cheaply if topics else classify_not,
        )
        seconds, cpu = time.perf_counter() - start, time.process_time() - start_cpu
        database.close()
        assert report.tally.new == entries, report
        size = dump.stat().st_size
    return {"seconds": seconds, "cpu": cpu, "size": size, "before": before, "peak": _peak_mb()}


def main() -> None:
    """Measure each case in a fresh process, so that none inherits the memory of another."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--entries", type=int, default=50_000)
    parser.add_argument("--one", choices=["with", "without"], help="measure one case in here")
    arguments = parser.parse_args()
    if arguments.one:
        print(json.dumps(measure(arguments.entries, topics=arguments.one == "with")))
        return
    print("| entries | MB | topics | seconds | CPU s | entries/s | peak RSS MB | of it before |")
    print("|---|---|---|---|---|---|---|---|")
    for topics in ("without", "with"):
        for entries in (arguments.entries // 10, arguments.entries):
            found = _in_a_process(entries, topics)
            print(
                f"| {entries:,} | {found['size'] / 1e6:.0f} | {topics} | {found['seconds']:.2f} "
                f"| {found['cpu']:.2f} | {entries / found['seconds']:,.0f} | {found['peak']:.0f} "
                f"| {found['before']:.0f} |"
            )


def _in_a_process(entries: int, topics: str) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.ingest", "--entries", str(entries)]
    done = subprocess.run(
        [*command, "--one", topics], check=True, capture_output=True, text=True, cwd=REPOSITORY
    )
    measured: dict[str, float] = json.loads(done.stdout)
    return measured


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
