from datetime import UTC, date, datetime

from digest.ground.database.tables.papers import DumpStatus
from digest.papers.store import dumps

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
DAY = date(2026, 11, 17)


def test_a_content_that_never_came_is_not_found(database):
    with database.read() as session:
        assert dumps.find(session, "a" * 64) is None


def test_a_loaded_dump_is_found_by_its_content(database):
    with database.write() as session:
        dumps.lock(session)
        dump_id = dumps.save_loaded(session, "a" * 64, name="one.txt", day=DAY, now=NOW)
        dumps.count_entries(session, dump_id, 7)
    with database.read() as session:
        found = dumps.find(session, "a" * 64)
    assert found == dumps.StoredDump(dump_id, "one.txt", DumpStatus.LOADED, "", DAY, 7, NOW)


def test_a_refused_dump_gets_a_second_chance(database):
    with database.write() as session:
        dumps.save_refused(session, "a" * 64, name="one.txt", reason="empty", now=NOW)
    with database.write() as session:
        refused = dumps.find(session, "a" * 64)
        dump_id = dumps.save_loaded(session, "a" * 64, name="two.txt", day=DAY, now=NOW)
    with database.read() as session:
        loaded = dumps.find(session, "a" * 64)
    assert (refused.status, refused.reason, refused.date) == (DumpStatus.REFUSED, "empty", None)
    assert refused.id == dump_id
    assert (loaded.status, loaded.reason, loaded.name) == (DumpStatus.LOADED, "", "two.txt")


def test_a_loaded_dump_cannot_be_refused_afterwards(database):
    with database.write() as session:
        dumps.save_loaded(session, "a" * 64, name="one.txt", day=DAY, now=NOW)
        dumps.save_refused(session, "a" * 64, name="two.txt", reason="late", now=NOW)
        assert dumps.find(session, "a" * 64).status is DumpStatus.LOADED
