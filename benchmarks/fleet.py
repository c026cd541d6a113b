"""What many machines cost: jobs when an edition is planned, segments while it is sent.

    python -m benchmarks.fleet [--readers 100000] [--rounds 5] [--database URL]

Planning is done in transactions that are rolled back: rows a second with jobs, and without, as the
time of the jobs is taken apart. Then batches are "sent" by a relay that answers at once, with a
journal alone and with the keeper that renews the lease and copies the journal: what a message costs
in time and in processor time of this process. --database: an empty PostgreSQL; left out, one of its
own.
"""

import argparse
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

from sqlalchemy import text

from benchmarks.plan import NIGHT, fill, open_edition
from digest.delivery.lease_keeper import LeaseKeeper
from digest.delivery.leasing import LeasedBatch
from digest.delivery.store import batches, jobs, planning
from digest.delivery.store.batches import Batch
from digest.delivery.store.journal import Journal
from digest.ground import shipped
from digest.ground.database import schema
from digest.ground.database.engine import Database
from digest.model import Reply
from tests.e2e.databases import own_postgres

LENGTH = timedelta(seconds=120)
PICKS = bytes(15 * 8)
MAIL_HASH = bytes(16)
ANSWER = Reply(250, "2.0.0 Ok: queued as 4bXyZ12345", ".")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--readers", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--database", default="")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, _address(arguments.database, folder) as url:
        database = Database(url)
        schema.upgrade(database, shipped.migrations_dir())
        fill(database, arguments.readers, schedules=400)
        open_edition(database, NIGHT.date())
        print(f"planning {arguments.readers:,} readers, of that the jobs")
        measure_planning(database, arguments.readers, arguments.rounds)
        with database.write() as session:
            planning.plan(session, 1)
        print("a message, the journal alone and with the keeper")
        measure_keeping(database, Path(folder), arguments.rounds)
        database.close()


@contextmanager
def _address(given: str, folder: str) -> Iterator[str]:
    if given:
        yield given
        return
    with own_postgres(Path(folder) / "postgres") as (url, _):
        yield url


def measure_planning(database: Database, readers: int, rounds: int) -> None:
    """Plan all readers, insert the jobs once more alone, and take it all back."""
    seconds, of_jobs = [], []
    for _ in range(rounds):
        with database.write() as session:
            started = perf_counter()
            planned = planning.plan(session, 1)
            seconds.append(perf_counter() - started)
            assert planned == readers
            session.execute(text("DELETE FROM procrastinate_jobs"))
            started = perf_counter()
            jobs.defer_new(session, 1, after=0)
            of_jobs.append(perf_counter() - started)
            count = session.scalar(text("SELECT count(*) FROM procrastinate_jobs"))
            assert count == -(-readers // planning.BATCH_SIZE)
            session.rollback()
    whole, ours = median(seconds), median(of_jobs)
    print(f"  {readers / whole:10,.0f} rows/s with jobs")
    print(f"  {readers / (whole - ours):10,.0f} rows/s without")
    print(f"  {ours * 1000:10.1f} ms for {count} jobs, {ours / whole:.1%} of it")


def measure_keeping(database: Database, folder: Path, rounds: int) -> None:
    """Send batches to nobody, in turn with and without the keeper."""
    alone, kept = [], []
    for number in range(1, rounds + 1):
        batch = _lease(database, number)
        keys = list(range(batch.first_subscriber_id, batch.last_subscriber_id + 1))
        journal = Journal(folder, f"{number:032}")
        alone.append(_cost(partial(_send, journal, keys), len(keys)))
        journal.remove()
        journal = Journal(folder, batch.lease)
        kept.append(_cost(partial(_keep, database, batch, journal, keys), len(keys)))
        journal.remove()
    for name, figures in (("journal", alone), ("keeper", kept)):
        wall, cpu = (median(column) * 1e6 for column in zip(*figures, strict=True))
        print(f"  {name:8} {wall:6.1f} us, {cpu:6.1f} us of this process's processor")


def _lease(database: Database, number: int) -> Batch:
    with database.write() as session:
        batch = batches.lease(
            session, 1, lease=f"{number:x}".zfill(32), worker="", now=NIGHT, length=LENGTH
        )
    assert batch is not None
    return batch


def _keep(database: Database, batch: Batch, journal: Journal, keys: list[int]) -> None:
    with LeaseKeeper(database, LeasedBatch(batch, journal), LENGTH) as lease:
        lease.expect(keys)
        assert _send(lease, filter(lease.reaches, keys)) == len(keys)


def _send(notes: Journal | LeaseKeeper, keys: Iterable[int]) -> int:
    count = 0
    for key in keys:
        notes.begin(key, PICKS, MAIL_HASH)
        notes.answer(key, ANSWER)
        count += 1
    return count


def _cost(work: Callable[[], object], messages: int) -> tuple[float, float]:
    """Return seconds and processor seconds a message."""
    began, cpu = perf_counter(), process_time()
    work()
    return (perf_counter() - began) / messages, (process_time() - cpu) / messages


if __name__ == "__main__":
    main()
