"""Planning: all readers of many schedules that are due at once, and a look with nothing to do.

    python -m benchmarks.plan [--readers 20000] [--schedules 400] [--database URL]

The database is filled, an edition is opened, and every schedule is due: `plan_due` is timed.
Then each reader is served, a day passes, and all are due again beside yesterday's ledger. At last a
look at the rota when nobody is due. --database: an empty one (PostgreSQL) instead of a SQLite file
of its own; it is filled and left as it is.
"""

import argparse
import tempfile
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from time import perf_counter

from sqlalchemy import insert, update

from digest.delivery.planning import plan_due
from digest.editions.rules.freshness import Freshness
from digest.ground import shipped
from digest.ground.database import schema
from digest.ground.database.engine import Database
from digest.ground.database.tables.delivery import EditionRow
from digest.ground.database.tables.readers import DeliveryScheduleRow, SubscriberRow
from digest.model import Cadence, SubscriberState

DAY = date(2026, 11, 18)  # a Wednesday
FRESH = Freshness(timedelta(hours=48), "UTC")
NIGHT = datetime(2026, 11, 18, 23, 30, tzinfo=UTC)  # every zone below has had its hour
ZONES = ("UTC", "Etc/UTC", "Africa/Abidjan", "Africa/Accra", "Atlantic/Reykjavik")
_CHUNK = 50_000


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--readers", type=int, default=20_000)
    parser.add_argument("--schedules", type=int, default=400)
    parser.add_argument("--database", default="")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = arguments.database or f"sqlite:///{Path(folder) / 'plan.db'}"
        database = Database(url)
        schema.upgrade(database, shipped.migrations_dir())
        seconds = timed(lambda: fill(database, arguments.readers, arguments.schedules))
        kind = "SQLite" if database.is_sqlite else "PostgreSQL"
        print(f"{kind}: {arguments.readers:,} readers, {arguments.schedules} schedules")
        print(f"  filling the database   {seconds:8.2f} s")
        for number in range(2):
            now = NIGHT + number * timedelta(days=1)
            open_edition(database, now.date())
            started = perf_counter()
            report = plan_due(database, FRESH, now=now)
            seconds = perf_counter() - started
            assert report.planned >= arguments.readers * 0.9, report
            print(f"  day {number + 1}: {report.planned:9,} planned {seconds:8.2f} s")
            make_daily(database)
        looks = timed(lambda: [plan_due(database, FRESH, now=now) for _ in range(20)]) / 20
        print(f"  a look at the rota     {looks * 1000:8.2f} ms")
        database.close()


def timed(work: Callable[[], object]) -> float:
    """Return how many seconds it takes."""
    started = perf_counter()
    work()
    return perf_counter() - started


def fill(database: Database, readers: int, schedules: int) -> None:
    """Store schedules, and readers of wishes as long as usual spread over them."""
    rows = []
    for number in range(schedules):
        weekly = number % 5 == 4
        rows.append(
            {
                "id": number + 1,
                "cadence": Cadence.WEEKLY if weekly else Cadence.DAILY,
                "weekday": number // 120,
                "hour": number % 24,
                "timezone": ZONES[number // 24 % len(ZONES)],
            }
        )
    topics = {"compression": 1.0, "speech": 2.0, "agents": 1.0, "coding": 1.0, "retrieval": 0.5}
    with database.write() as session:
        session.execute(insert(DeliveryScheduleRow), rows)
        for first in range(0, readers, _CHUNK):
            session.execute(
                insert(SubscriberRow),
                [
                    {
                        "address": f"reader{number}@example.org",
                        "name": "",
                        "state": SubscriberState.ACTIVE,
                        "topics": topics,
                        "interests": ["long context", "speculative decoding"],
                        "muted": [],
                        "schedule_id": number % schedules + 1,
                        "created_at": NIGHT,
                    }
                    for number in range(first, min(first + _CHUNK, readers))
                ],
            )


def open_edition(database: Database, day: date) -> None:
    """Open an edition; who is planned does not depend on its papers."""
    with database.write() as session:
        row = EditionRow(date=day, opened_at=NIGHT, sends_at=NIGHT, domain="example.org")
        session.add(row)


def make_daily(database: Database) -> None:
    """Make weekly readers daily ones, so that all are due on the second day too."""
    with database.write() as session:
        change = update(DeliveryScheduleRow).where(DeliveryScheduleRow.cadence == Cadence.WEEKLY)
        session.execute(change.values(cadence=Cadence.WEEKDAYS, next_due_at=None))


if __name__ == "__main__":
    main()
