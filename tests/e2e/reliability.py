"""The table of docs/why/reliability.md: every fault brought about, and what it cost.

    python -m tests.e2e.reliability [--kills 200] [--write]

Prints the table; --write puts it into the page. With 200 kills it takes some six minutes.
"""

import argparse
import random
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from tests.e2e.databases import new_sqlite, own_postgres
from tests.e2e.faults import FAULTS, Fault, Verdict, endure, kills
from tests.e2e.service import running_service
from tests.e2e.single_mails import endure_kills
from tests.pgbouncer import pooled

PAGE = Path(__file__).parent.parent.parent / "docs" / "why" / "reliability.md"
START, END = "<!-- table: python -m tests.e2e.reliability --write -->", "<!-- end of table -->"
KILLS_A_ROUND = 12
SERVE_KILLS = 60
HEAD = (
    "| what happens | readers | lost | second copies | at most | marked | seconds to be done |",
    "|---|---|---|---|---|---|---|",
)


def main() -> None:
    """Bring about every fault; exit 1 when a promise was broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    lines, kept = list(HEAD), True
    for what, found in _all(-(-arguments.kills // KILLS_A_ROUND)):
        lines.append(_line(what, found))
        print(lines[-1], "" if found.faultless else "  <- BROKEN", flush=True)
        kept = kept and found.faultless
    if arguments.write:
        page = PAGE.read_text(encoding="utf-8")
        before, _, rest = page.partition(START)
        after = rest.partition(END)[2]
        table = "\n".join(lines)
        PAGE.write_text(f"{before}{START}\n{table}\n{END}{after}", encoding="utf-8")
    sys.exit(0 if kept else 1)


def _all(rounds: int) -> Iterator[tuple[str, Verdict]]:
    """Yield what was done and what came of it; the rounds of kills added up."""
    fault = Fault("kill", "", 4200, kills(KILLS_A_ROUND))
    found = [_in_a_folder_of_its_own(fault, seed) for seed in range(rounds)]
    points = sum(one.most_repeated for one in found) // 4
    yield f"SIGKILL of the only process at {points} seeded points", _sum(found)
    yield (
        f"SIGKILL of `digest serve` {SERVE_KILLS} times while people sign up",
        _sum([_serve_killed(seed) for seed in range(SERVE_KILLS // KILLS_A_ROUND)]),
    )
    for fault in FAULTS:
        yield fault.what, _in_a_folder_of_its_own(fault, seed=7)


def suffer(fault: Fault, folder: Path, seed: int, compiled: Path | None = None) -> Verdict:
    """Bring one fault about on a database of its own; compiled: as in `Service`."""
    rng = random.Random(seed)
    if fault.database == "sqlite":
        with running_service(folder, new_sqlite(folder), compiled=compiled) as service:
            return endure(fault, service, rng)
    with own_postgres(folder / "postgres") as (direct, restart), ExitStack() as stack:
        url = direct
        if fault.database == "pgbouncer":
            url = stack.enter_context(pooled(direct, folder))
        service = stack.enter_context(running_service(folder, url, restart, compiled))
        return endure(fault, service, rng)


def _serve_killed(seed: int) -> Verdict:
    with (
        tempfile.TemporaryDirectory() as folder,
        running_service(Path(folder), new_sqlite(Path(folder))) as service,
    ):
        return endure_kills(service, random.Random(seed), KILLS_A_ROUND)


def _in_a_folder_of_its_own(fault: Fault, seed: int) -> Verdict:
    with tempfile.TemporaryDirectory() as folder:
        return suffer(fault, Path(folder), seed)


def _sum(found: list[Verdict]) -> Verdict:
    return Verdict(
        readers=sum(one.readers for one in found),
        lost=sum(one.lost for one in found),
        repeated=sum(one.repeated for one in found),
        most_repeated=sum(one.most_repeated for one in found),
        unmarked=sum(one.unmarked for one in found),
        differing=sum(one.differing for one in found),
        balanced=all(one.balanced for one in found),
        seconds=max(one.seconds for one in found),
    )


def _line(what: str, found: Verdict) -> str:
    marked = "all" if found.repeated and not found.unmarked else "-" if not found.repeated else "no"
    numbers = (found.readers, found.lost, found.repeated, found.most_repeated)
    cells = (what, *(f"{number:,}" for number in numbers), marked, f"{found.seconds:.1f}")
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
