"""Recent papers are classified anew in pieces, which can be interrupted; both databases."""

from datetime import timedelta

import pytest
from sqlalchemy import event, select

from digest.catalogues import renewing, saving
from digest.catalogues.saving import Author
from digest.catalogues.store import recent_papers, versions
from digest.ground.database.tables.paper_details import PaperTopicRow
from tests.factories import DAY, NOON
from tests.rows import store_dump
from tests.topics.test_catalogue_file import SMALL

SINCE = renewing.first_day(DAY)
TEXT = SMALL.decode().replace("honey", "wax")
ANN = Author("ann", "a reason")


def topics(database):
    with database.read() as session:
        return {row.paper_id: row.topic for row in session.scalars(select(PaperTopicRow))}


def by(word):
    return lambda *_: {word: 0.5}


@pytest.fixture
def stocked(database):
    """A database with 450 recent papers, and two older ones."""
    with database.write() as session:
        old = {"Old 1": {"former": 1.0}, "Old 2": {"former": 1.0}}
        store_dump(session, SINCE - timedelta(days=1), list(old), topics=old)
        store_dump(session, DAY, [f"Paper {number}" for number in range(450)])
    return database


def renew(database, number, classify, now=NOON, **given):
    return renewing.renew(database, number, classify, since=SINCE, now=lambda: now, **given)


def save(database, text=TEXT, now=NOON):
    return saving.save(database, text, ANN, file=SMALL, now=now)


def test_nothing_is_due_before_the_first_version(stocked):
    assert renew(stocked, 0, by("bees")) == 0
    assert renewing.find_progress(stocked, SINCE) is None


def test_recent_papers_are_classified_and_older_ones_stay(stocked):
    save(stocked)
    told = []
    assert renew(stocked, 1, by("bees"), progress=lambda *done: told.append(done)) == 450
    assert told == [(200, 450), (400, 450), (450, 450)]
    found = topics(stocked)
    assert sorted(set(found.values())) == ["bees", "former"]
    assert list(found.values()).count("former") == 2
    done = renewing.find_progress(stocked, SINCE)
    assert (done.version, done.done, done.of, done.finished_at) == (1, 450, 450, NOON)
    assert renew(stocked, 1, by("maths")) == 0  # it is done


def test_what_was_interrupted_goes_on(stocked):
    save(stocked)
    stops = iter([False, True])
    assert renew(stocked, 1, by("bees"), stop=lambda: next(stops)) == 200
    progress = renewing.find_progress(stocked, SINCE)
    assert (progress.done, progress.finished_at) == (200, None)
    assert renew(stocked, 1, by("maths")) == 250
    assert sorted(topics(stocked).values()).count("bees") == 200


def test_another_version_that_comes_meanwhile_ends_it(stocked):
    save(stocked)

    def overtaken(*_):
        save(stocked, TEXT.replace("wax", "comb"))
        return {"bees": 0.5}

    once = iter([overtaken])
    count = renew(
        stocked,
        1,
        by("bees"),
        progress=lambda *_: next(once, lambda: None)(),
    )
    assert count == 200
    assert renew(stocked, 2, by("maths")) == 450
    assert set(topics(stocked).values()) == {"maths", "former"}


def test_they_are_looked_at_once_more_some_minutes_later(stocked):
    save(stocked)
    renew(stocked, 1, by("bees"))
    late = NOON + renewing.SECOND_LOOK
    assert renew(stocked, 1, by("maths"), now=late - timedelta(seconds=1)) == 0
    stops = iter([False, True])
    assert renew(stocked, 1, by("maths"), now=late, stop=lambda: next(stops)) == 200
    assert renew(stocked, 1, by("maths"), now=late) == 250
    assert renew(stocked, 1, by("bees"), now=late + timedelta(days=1)) == 0


def test_papers_without_a_topic_are_counted_and_listed(stocked):
    with stocked.write() as session:
        ids = store_dump(session, DAY, ["A", "B"], topics={"A": {"bees": 0.7}})
    with stocked.read() as session:
        assert recent_papers.count(session, SINCE) == 452
        assert recent_papers.count_by_topic(session, SINCE) == {"bees": 1}
        assert recent_papers.count_topicless(session, SINCE) == 451
        assert recent_papers.topicless(session, SINCE, limit=2, offset=0) == [ids[1], ids[1] - 2]
        assert versions.in_force(session) == 0


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize("what", ["count", "by topic", "without", "listed", "ids", "newest"])
def test_only_appearances_in_recent_dumps_are_read(stocked, what):
    """The page of topics asks for these; there may be years of appearances.

    On SQLite: a plan of PostgreSQL for so few rows says nothing.
    """
    asked = []

    def note(_connection, _cursor, statement, values, *_):
        if statement.startswith("SELECT"):
            asked.append((statement, values))

    event.listen(stocked.engine, "before_cursor_execute", note)
    with stocked.read() as session:
        {
            "count": lambda: recent_papers.count(session, SINCE, up_to=100),
            "by topic": lambda: recent_papers.count_by_topic(session, SINCE),
            "without": lambda: recent_papers.count_topicless(session, SINCE),
            "listed": lambda: recent_papers.topicless(session, SINCE, limit=25, offset=25),
            "ids": lambda: recent_papers.ids(session, SINCE, after=10, limit=25),
            "newest": lambda: recent_papers.newest_ids(session, SINCE, limit=25),
        }[what]()
        ((statement, values),) = asked
        rows = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
        plan = [row[3] for row in rows]
    for table in ("appearances", "paper_topics", "dumps"):
        steps = [step for step in plan if f" {table} " in step]
        assert all(step.startswith("SEARCH") for step in steps), plan
    assert any("appearances" in step for step in plan)
