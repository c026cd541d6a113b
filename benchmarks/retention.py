"""How large the database grows in a year of daily mail, and what thinning takes.

    python -m benchmarks.retention [--readers 20000] [--days 365] [--keep 30]

The picks are those that 2,000 made-up readers get of an edition of 100 papers, ten each; every day
has papers of its own. Rows are written as a send leaves them, then sealed and thinned by the real
code, day by day. Sizes grow with the readers: 200,000 need ten times the space of 20,000.
"""

import argparse
import random
import secrets
import sqlite3
import tempfile
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from pathlib import Path
from time import process_time

from sqlalchemy import insert

from benchmarks.service import DAY, Service
from digest.delivery import thinning
from digest.delivery.store import reasons
from digest.ground.database.engine import Database
from digest.ground.database.tables.delivery import BatchRow, BatchState, DeliveryRow, EditionRow
from digest.model import DeliveryState, Pick
from digest.seals import sealing

_MODELS = 2000
_PICKS = 10
_BATCH = 500
_MEGABYTE = 1_000_000


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--readers", type=int, default=20_000)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--keep", type=int, default=30, help="days whose details are kept")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        service = Service(Path(folder), _MODELS)
        picks, ids = _picks(service)
        year = _Year(service.app.database, options.readers, picks, ids)
        empty = _size(service.app.database)
        for day in range(options.days):
            year.send(DAY + timedelta(days=day + 1))
            if day + 1 == options.keep:
                _print(
                    "details of", options.keep, options.readers, _size(service.app.database) - empty
                )
            year.let_go(options.keep)
        used = _size(service.app.database) - empty
        _print("a year of", options.days, options.readers, used)
        print(f"  for 200,000 readers: {used * 200_000 / options.readers / 1e9:.2f} GB")
        for what, seconds in (("sealing", year.sealing), ("thinning", year.thinning)):
            each = seconds / options.readers / options.days * 1e6
            print(f"  {what}: {each:.1f} us of CPU a delivery")


def _print(what: str, days: int, readers: int, octets: int) -> None:
    each = octets / days / readers
    size = f"{octets / _MEGABYTE:,.0f} MB, {each:.0f} octets each"
    print(f"{what} {days} days, {readers:,} readers: {size}")


class _Year:
    """Sends day after day. sealing, thinning: seconds of CPU so far."""

    def __init__(
        self,
        database: Database,
        readers: int,
        picks: list[tuple[Pick, ...]],
        ids: dict[object, int],
    ) -> None:
        self._database, self._readers = database, readers
        self._picks, self._ids = picks, ids
        self._now = datetime(2026, 11, 19, 7, tzinfo=UTC)
        self._paper = 0
        self.sealing = self.thinning = 0.0

    def send(self, day: date) -> None:
        """Leave an edition as a send does, and seal it."""
        self._now = datetime(day.year, day.month, day.day, 7, tzinfo=UTC)
        self._paper += 100
        packed = [
            reasons.pack([Pick(self._paper + one.paper_id, one.reason) for one in some], self._ids)  # type: ignore[arg-type]
            for some in self._picks
        ]
        with self._database.write() as session:
            edition = EditionRow(
                date=day, opened_at=self._now, sends_at=self._now, domain="papers.example.org"
            )
            session.add(edition)
            session.flush()
            rows = self._rows(edition.id, day, packed)
            while some := list(islice(rows, _BATCH)):
                session.execute(insert(DeliveryRow), some)
            session.execute(insert(BatchRow), list(self._batches(edition.id)))
        begun = process_time()
        sealing.seal_settled(self._database, lambda _: {}, lambda: self._now, seconds=1e9)
        self.sealing += process_time() - begun

    def let_go(self, days: int) -> None:
        """Thin what is older than so many days."""
        begun = process_time()
        thinning.thin(self._database, days, lambda: self._now, seconds=1e9)
        self.thinning += process_time() - begun

    def _rows(self, edition_id: int, day: date, packed: list[bytes]) -> Iterator[dict[str, object]]:
        for key in range(1, self._readers + 1):
            yield {
                "edition_id": edition_id,
                "subscriber_id": key,
                "batch": 1 + (key - 1) // _BATCH,
                "day": day,
                "state": DeliveryState.SENT,
                "attempts": 1,
                "uncertain_attempts": 0,
                "settled_at": self._now,
                "reply": f"250 2.0.0 Ok: queued as {secrets.token_hex(5)}",
                "picks": packed[key % _MODELS],
                "mail_hash": secrets.token_bytes(16),
            }

    def _batches(self, edition_id: int) -> Iterator[dict[str, object]]:
        for number in range(1, (self._readers - 1) // _BATCH + 2):
            yield {
                "edition_id": edition_id,
                "number": number,
                "first_subscriber_id": (number - 1) * _BATCH + 1,
                "last_subscriber_id": min(number * _BATCH, self._readers),
                "state": BatchState.DONE,
                "dated_at": self._now,
            }


def _picks(service: Service) -> tuple[list[tuple[Pick, ...]], dict[object, int]]:
    """Return what each reader gets, ten at most, and the ids of all reasons."""
    edition = service.app.editions.open(DAY)
    choices = service.app.composing.composer(edition).choose(service.dues(_MODELS), {})
    places = {each.paper.id: place for place, each in enumerate(edition.edition.candidates)}
    picks = [
        tuple(Pick(places[one.paper_id], one.reason) for one in choice.picks[:_PICKS])
        for choice in choices
    ]
    random.Random(7).shuffle(picks)
    found = sorted({one.reason for some in picks for one in some})
    return picks, {reason: number for number, reason in enumerate(found, start=1)}


def _size(database: Database) -> int:
    """Return the octets of the file, once everything is in it; free pages are used again."""
    with sqlite3.connect(str(database.file)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    return int(pages * size)


if __name__ == "__main__":
    main()
