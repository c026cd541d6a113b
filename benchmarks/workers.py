"""PostgreSQL: one, two and four workers, and what the ledger alone takes.

    python -m benchmarks.workers [--readers 20000] [--rounds 1]

`digest send` into the cheap sink, which counts: everybody gets exactly one mail. "server" is the
CPU of PostgreSQL. The ledger alone: one process leases the same batches and settles them as sent,
with no mail in between. At last what PostgreSQL writes for a message, planned and sent: its log
(WAL), its row with the indexes, and how many transactions a batch takes.
"""

import argparse
import secrets
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.measure import Measured, Server, beside, cpu_seconds, discard_sink, in_turn
from benchmarks.service import DAY, Service
from digest.delivery import planning
from digest.delivery.leasing import LEASE
from digest.delivery.rules.outcome import Outcome
from digest.delivery.settling import settlement
from digest.delivery.store import batches
from digest.delivery.store.planning import BATCH_SIZE
from digest.ground.database.engine import Database
from digest.model import DeliveryState
from tests.e2e.databases import own_postgres

_PICKS = bytes(15 * 8)
_STATISTICS_SECONDS = 1.5  # until the counts of a process that has ended are among the statistics


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--readers", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="pg-") as name, discard_sink() as sink:
        folder = Path(name)
        with own_postgres(folder / "data") as (url, _):
            service = Service(folder, options.readers, database_url=url)
            server = Server(0, int((folder / "data/postmaster.pid").read_text().split()[0]))

            def send(workers: int) -> Measured:
                sink.forget()
                done = beside(
                    server, options.readers, lambda: service.send(sink.port, workers=workers)
                )
                assert sink.taken() == (options.readers, options.readers)  # exactly one mail each
                return done

            found = in_turn(
                options.rounds,
                {
                    "1 worker": lambda: send(1),
                    "2 workers": lambda: send(2),
                    "4 workers": lambda: send(4),
                    "the ledger alone": lambda: beside(
                        server, options.readers, lambda: _ledger(service)
                    ),
                },
            )
            written = _written(service, lambda: send(1))
            service.app.database.close()
    print(written)
    one, ledger = found["1 worker"], found["the ledger alone"]
    print(f"  the ledger is {100 * ledger.cpu_ms / one.cpu_ms:.0f} % of a message's CPU, ", end="")
    both = (ledger.cpu_ms + ledger.other_ms) / (one.cpu_ms + one.other_ms)
    print(f"and {100 * both:.0f} % with PostgreSQL's own on both sides")


def _written(service: Service, send: Callable[[], Measured]) -> str:
    """Send once more, and say what PostgreSQL wrote meanwhile for each message and batch."""
    log = "SELECT pg_current_wal_lsn() - '0/0'::pg_lsn"
    transactions = "SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()"
    service.forget()
    with service.app.database.write() as session:
        session.connection().exec_driver_sql("TRUNCATE deliveries")
    before = _ask(service, log), _ask(service, transactions)
    send()
    time.sleep(_STATISTICS_SECONDS)
    octets, count = _ask(service, log) - before[0], _ask(service, transactions) - before[1]
    space = _ask(service, "SELECT pg_total_relation_size('deliveries')")
    batches_sent = -(-service.readers // BATCH_SIZE)
    wal, row, each = octets / service.readers, space / service.readers, count / batches_sent
    return (
        f"  a message: {wal:.0f} octets of WAL, {row:.0f} of its row; a batch: {each:.0f} commits"
    )


def _ask(service: Service, query: str) -> int:
    with service.app.database.read() as session:
        return int(session.connection().exec_driver_sql(query).scalar_one())


def _ledger(service: Service) -> Measured:
    """Lease every batch and settle all of it as sent; the rate is that of rows."""
    service.forget()
    app = service.app
    edition = app.editions.open(DAY)
    planning.plan(app.database, edition)
    cpu, started, rows = cpu_seconds(), time.perf_counter(), 0
    while count := _one_batch(app.database, edition.id, service):
        rows += count
    seconds, cpu = time.perf_counter() - started, cpu_seconds() - cpu
    assert rows == service.readers
    return Measured(rows / seconds, cpu / rows * 1000)


def _one_batch(database: Database, edition_id: int, service: Service) -> int:
    now = service.app.clock()
    with database.write() as session:
        lease = secrets.token_hex(16)
        batch = batches.lease(
            session, edition_id, lease=lease, worker="benchmark", now=now, length=LEASE
        )
    if batch is None:
        return 0
    sent = Outcome(DeliveryState.SENT, "250 2.0.0 Ok")
    readers = range(batch.first_subscriber_id, batch.last_subscriber_id + 1)
    done = [settlement(reader, sent, _PICKS) for reader in readers]
    with database.write() as session:
        assert batches.settle(session, batch, done, now=now)
    return len(done)


if __name__ == "__main__":
    main()
