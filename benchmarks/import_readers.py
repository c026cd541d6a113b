"""How long an import of readers takes, and that its memory is flat, beside bare inserts.

    python -m benchmarks.import_readers [--readers 20000 200000] [--rounds 1]

`digest subscribers import` of a CSV file into an empty SQLite and an empty PostgreSQL, each commit
on disk. Everybody wants one to six topics and an hour in one of three time zones; every third has
typed a phrase, every fiftieth line is no address. The bare way reads the same file with `csv`,
checks nothing, and inserts the same columns, 4,000 rows a transaction: `executemany` on SQLite,
COPY on PostgreSQL. The figures hold for the machine that they were taken on; compare the lines.
"""

import argparse
import csv
import json
import random
import secrets
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import text

from benchmarks.measure import Process, cpu_of_tree, run
from digest.ground.database.engine import Database
from tests.e2e.databases import new_sqlite, own_postgres

KEY = "a key for the benchmark only"
TOPICS = ("agents", "alignment", "coding", "compression", "evaluation", "long-context", "speech")
ZONES = ("Europe/Berlin", "America/New_York", "UTC")
COLUMNS = (
    *("address", "domain", "name", "state", "topics", "interests", "muted", "max_papers"),
    *("schedule_id", "summaries", "layout", "language", "created_at", "confirmed_at", "nonce"),
)
BATCH = 4000
BARE = "--bare"


def write_readers(path: Path, readers: int) -> None:
    """Write the file; of every fifty lines one is bad."""
    chance = random.Random(7)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("email", "name", "topics", "interests", "timezone", "hour"))
        for number in range(readers):
            if not number % 50:
                writer.writerow((f"nobody {number}", "", "", "", "", ""))
            domain = chance.choice(("gmail.com", "example.org", f"uni-{number % 3000}.edu"))
            topics = ";".join(chance.sample(TOPICS, chance.randint(1, 6)))
            phrase = f"word{chance.randrange(5000)} models" if not number % 3 else ""
            when = (chance.choice(ZONES), chance.randrange(24))
            address = f"reader{chance.randrange(10**9)}.{number}@{domain}"
            writer.writerow((address, f"Reader {number}", topics, phrase, *when))


def bare_rows(path: Path, *, is_sqlite: bool) -> Iterator[tuple[Any, ...]]:
    """Yield what the columns take, unchecked."""
    moment = "2026-11-19 08:00:00.000000"
    with path.open(encoding="utf-8", newline="") as file:
        for email, name, topics, phrase, _, _ in islice(csv.reader(file), 1, None):
            if "@" not in email:
                continue
            wishes = json.dumps(dict.fromkeys(topics.split(";"), 1.0))
            typed = json.dumps([phrase] if phrase else [])
            domain, nonce = email.rpartition("@")[2], secrets.token_bytes(16)
            octets = nonce if is_sqlite else f"\\x{nonce.hex()}"
            own = (email, domain, name, "active", wishes, typed, "[]", 10)
            yield (*own, 1, 3, "standard", "en", moment, moment, octets)


def insert_bare(url: str, path: Path) -> None:
    """Insert the readers of the file in this process, by the driver alone."""
    database = Database(url)
    names, places = ", ".join(COLUMNS), ", ".join("?" * len(COLUMNS))
    rows = bare_rows(path, is_sqlite=database.is_sqlite)
    while some := list(islice(rows, BATCH)):
        with database.write() as session:
            connection = session.connection()
            driver: Any = connection.connection.driver_connection
            if database.is_sqlite:
                driver.executemany(f"INSERT INTO subscribers ({names}) VALUES ({places})", some)  # noqa: S608
                continue
            with driver.cursor().copy(f"COPY subscribers ({names}) FROM STDIN") as copy:
                for row in some:
                    copy.write_row(row)
    database.close()


@contextmanager
def new_database(kind: str) -> Iterator[tuple[str, Callable[[], float]]]:
    """Yield the address of a database with the one schedule, and what CPU its server has used."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if kind == "SQLite":
            yield _with_schedule(new_sqlite(folder)), lambda: 0.0
            return
        with own_postgres(folder / "data") as (url, _):
            pid = int((folder / "data" / "postmaster.pid").read_text().split()[0])
            yield _with_schedule(url), lambda: cpu_of_tree(pid)


def _with_schedule(url: str) -> str:
    database = Database(url)
    with database.write() as session:
        columns = "(cadence, weekday, hour, timezone) VALUES ('daily', 0, 7, 'UTC')"
        session.execute(text(f"INSERT INTO delivery_schedules {columns}"))
    database.close()
    return url


def _measure(kind: str, path: Path, *, bare: bool) -> tuple[Process, float]:
    """Return how an import into a new database went, and the CPU seconds of its server."""
    ours = ("-m", "digest", "subscribers", "import", str(path), "--confirmed", "--consent", "said")
    with new_database(kind) as (url, server_cpu):
        command = ("-m", "benchmarks.import_readers", BARE, url, str(path)) if bare else ours
        environment = {"DIGEST_DATABASE_URL": url, "DIGEST_SECRET_KEY": KEY}
        before = server_cpu()
        # Bad lines make the command end with 1, which is no failure here.
        shell = f'"$@" 2>/dev/null; [ $? -le {0 if bare else 1} ]'
        done = run("sh", "-c", shell, "sh", sys.executable, *command, environment=environment)
        return done, server_cpu() - before


def main() -> None:
    """Measure each size on each database, ours and bare in turn; print medians."""
    if sys.argv[1:2] == [BARE]:
        insert_bare(sys.argv[2], Path(sys.argv[3]))
        return
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--readers", type=int, nargs="+", default=[20_000, 200_000])
    parser.add_argument("--databases", nargs="+", default=["SQLite", "PostgreSQL"])
    parser.add_argument("--rounds", type=int, default=1)
    options = parser.parse_args()
    print(f"{'':34} {'seconds':>8} {'rows/s':>8} {'CPU s':>7} {'server':>7} {'peak MB':>8}")
    for readers in options.readers:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "readers.csv"
            write_readers(path, readers)
            for kind in options.databases:
                taken: dict[bool, list[tuple[float, ...]]] = {False: [], True: []}
                for _ in range(options.rounds):
                    for bare, rounds in taken.items():
                        done, server = _measure(kind, path, bare=bare)
                        rounds.append((done.seconds, done.cpu, server, done.peak_mb))
                for bare, rounds in taken.items():
                    seconds, cpu, server, peak = map(statistics.median, zip(*rounds, strict=True))
                    name = f"{readers:,} into {kind}, {'bare' if bare else 'digest import'}"
                    print(
                        f"{name:34} {seconds:8.1f} {readers / seconds:8,.0f} {cpu:7.1f} "
                        f"{server:7.1f} {peak:8.0f}",
                        flush=True,
                    )


if __name__ == "__main__":
    main()
