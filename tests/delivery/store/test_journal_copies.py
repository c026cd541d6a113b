"""What another machine knows of a lost one's batch."""

from digest.delivery.store import journal_copies
from digest.delivery.store.journal import Journal
from digest.model import Lost, Reply

LEASE = "a" * 32


def test_the_portions_say_together_what_the_journal_says(database, tmp_path):
    journal = Journal(tmp_path, LEASE)
    portions = [
        (0, []),
        (5, [journal.begin(1, b"picks"), journal.begin(2, b""), journal.answer(1, Lost("gone"))]),
        (9, [journal.answer(2, Reply(250, "2.0.0 Ok"))]),
    ]
    with database.write() as session:
        for part, (high_water_mark, lines) in enumerate(portions):
            journal_copies.add(session, LEASE, part, high_water_mark, lines)
        journal_copies.add(session, "b" * 32, 7, 77, [])
    with database.read() as session:
        copy = journal_copies.read(session, LEASE)
    journal.close()
    answers = {1: Lost("gone"), 2: Reply(250, "2.0.0 Ok")}
    assert copy == journal_copies.Copy(9, {1: b"picks", 2: b""}, {1: b"", 2: b""}, answers)


def test_of_a_lease_without_a_portion_nothing_is_known(database):
    with database.write() as session:
        journal_copies.add(session, LEASE, 0, 0)
        journal_copies.delete_copy(session, LEASE)
    with database.read() as session:
        assert journal_copies.read(session, LEASE) is None
