"""Readers are added by the batch, and each is as if added alone; a kill loses nobody."""

import random
import subprocess
import sys
import threading
import time

from sqlalchemy import func, select, text

from digest.ground.database.engine import Database
from digest.ground.database.tables.readers import EventRow, SubscriberRow
from digest.model import Origin, SubscriberState
from digest.subscribers import subscriptions
from digest.subscribers.files.import_order import ImportOrder
from digest.subscribers.files.importing import import_file
from tests.conftest import REPOSITORY
from tests.factories import NOON, make_vocabulary

SAID = {"said": 'in May, "on päper"'}
OWN = ("id", "address", "domain", "nonce")  # what no two readers share
WISHES = {
    "name": ("", "Ann", "Zoë  Müller", "O'Neil \\N"),
    "topics": ("", "speech", "coding:2;speech", "compression:0.5;coding"),
    "interests": ("", "small models", "models \\; more;päper \\\\ x"),
    "muted": ("", "the news"),
    "timezone": ("", "UTC", "Europe/Berlin", "America/New_York"),
    "hour": ("", "0", "7", "23"),
    "cadence": ("", "daily", "weekly", "Weekdays"),
    "weekday": ("", "monday", "sunday"),
    "max_papers": ("", "5", "15"),
    "layout": ("", "compact", "text"),
    "summaries": ("", "0", "5"),
    "empty_day": ("", "note"),
    "lab": ("", "yes"),
}
IMPORT = """
import sys
from pathlib import Path
from digest.ground.database.engine import Database
from digest.subscribers.files.import_order import ImportOrder
from digest.subscribers.files.importing import import_file
from tests.factories import NOON, make_vocabulary

order = ImportOrder(state="active", now=NOON, consent={"said": "on paper"})
import_file(Database(sys.argv[1]), Path(sys.argv[2]), make_vocabulary(), order)
"""


THEIRS = "SELECT * FROM subscribers WHERE domain = :domain ORDER BY id"
EVENTS = (
    "SELECT events.* FROM events JOIN subscribers ON subscribers.id = subscriber_id "
    "WHERE domain = :domain ORDER BY events.id"
)


def rows_of(database, query, domain, *without):
    """Return the rows of a domain's readers, without some of their columns."""
    with database.read() as session:
        found = session.execute(text(query), {"domain": domain}).mappings().all()
    return [{name: one for name, one in row.items() if name not in without} for row in found]


def test_each_reader_of_a_file_is_as_if_they_had_been_added_alone(database, tmp_path):
    chance = random.Random(3)
    people = [{name: chance.choice(texts) for name, texts in WISHES.items()} for _ in range(120)]
    for number, one in enumerate(people):
        subscriptions.add(
            database,
            {"email": f"r{number}@alone.example", **one},
            make_vocabulary(),
            state=SubscriberState.ACTIVE,
            now=NOON,
            origin=Origin.IMPORT,
            consent=SAID,
        )
    lines = ["\t".join(["email", *WISHES])]
    lines += [
        "\t".join([f"R{number}@file.example", *one.values()]) for number, one in enumerate(people)
    ]
    file = tmp_path / "readers.tsv"
    file.write_text("\n".join(lines), encoding="utf-8")
    order = ImportOrder(state=SubscriberState.ACTIVE, now=NOON, consent=SAID)
    report = import_file(database, file, make_vocabulary(), order)
    assert (report.added, report.refused, report.remarks) == (120, 0, [])
    alone, together = (
        rows_of(database, THEIRS, domain, *OWN) for domain in ("alone.example", "file.example")
    )
    assert together == alone
    nonces = {row["nonce"] for row in rows_of(database, THEIRS, "file.example")}
    assert len(nonces) == 120
    alone, together = (
        rows_of(database, EVENTS, domain, "id", "subscriber_id")
        for domain in ("alone.example", "file.example")
    )
    assert together == alone
    assert len(together) == 120


def test_an_import_that_is_killed_is_repeated_and_everybody_is_there_once(database, tmp_path):
    file = tmp_path / "readers.csv"
    addresses = [f"r{number}@example.org" for number in range(12_000)]
    file.write_text("\n".join(["email", *addresses]), encoding="utf-8")
    url = database.url.render_as_string(hide_password=False)
    child = subprocess.Popen([sys.executable, "-c", IMPORT, url, str(file)], cwd=REPOSITORY)
    while child.poll() is None and not _count(database, SubscriberRow):
        time.sleep(0.005)
    child.kill()
    assert child.wait(20) < 0
    there = _count(database, SubscriberRow)
    assert 0 < there < len(addresses)
    assert _count(database, EventRow) == there
    order = ImportOrder(state=SubscriberState.ACTIVE, now=NOON, consent={"said": "on paper"})
    report = import_file(database, file, make_vocabulary(), order)
    assert (report.added, report.known) == (len(addresses) - there, there)
    assert [one.address for one in subscriptions.iter_all(database)] == addresses
    with database.read() as session:
        ids = session.scalars(select(EventRow.subscriber_id)).all()
    assert len(set(ids)) == len(ids) == len(addresses)


def test_two_files_of_the_same_people_in_another_order_are_imported_at_once(database, tmp_path):
    addresses = [f"r{number}@example.org" for number in range(2000)]
    reports = []

    def take(name, some):
        file = tmp_path / name
        file.write_text("\n".join(["email", *some]), encoding="utf-8")
        order = ImportOrder(state=SubscriberState.ACTIVE, now=NOON)
        reports.append(import_file(database, file, make_vocabulary(), order))

    threads = [
        threading.Thread(target=take, args=("one.csv", addresses)),
        threading.Thread(target=take, args=("two.csv", addresses[::-1])),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sum(one.added for one in reports) == sum(one.known for one in reports) == 2000
    assert _count(database, SubscriberRow) == 2000


def _count(database: Database, table: type) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(table))
