from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from digest.ground.database.tables.paper_details import PaperTopicRow
from digest.ground.database.tables.papers import PaperRow
from digest.model import References, Revision
from digest.papers.store import appearances, dumps, papers

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
LINKS = References(("https://github.com/example-lab/x",), ("https://x.example.org",))


@pytest.fixture
def session(database):
    with database.write() as session:
        yield session


def add_dump(session, name: str, day: date) -> int:
    return dumps.save_loaded(session, name * 64, name=name, day=day, now=NOW)


def add_papers(session, *identities: str) -> list[int]:
    new = [papers.NewPaper(identity, identity.upper(), LINKS) for identity in identities]
    ids = papers.add(session, new)
    return [ids[identity] for identity in identities]


def test_papers_are_found_by_their_identity(session):
    one, two = add_papers(session, "one", "two")
    assert papers.find(session, ["two", "one", "three"]) == {"one": one, "two": two}
    assert one < two
    assert papers.add(session, []) == {}


def test_references_are_replaced(session):
    one, two = add_papers(session, "one", "two")
    papers.set_references(session, {two: References()})
    rows = session.scalars(select(PaperRow).order_by(PaperRow.id)).all()
    assert [row.code_urls for row in rows] == [list(LINKS.code_urls), []]
    assert [row.project_urls for row in rows] == [list(LINKS.project_urls), []]
    assert rows[0].id == one


def test_topics_are_replaced_for_the_papers_named_only(session):
    one, two = add_papers(session, "one", "two")
    papers.set_topics(session, {one: {"coding": 0.5, "data": 0.25}, two: {"coding": 1.0}})
    papers.set_topics(session, {one: {"vision": 0.75}})
    rows = session.execute(
        select(PaperTopicRow.paper_id, PaperTopicRow.topic, PaperTopicRow.confidence)
    )
    assert set(map(tuple, rows)) == {(one, "vision", 0.75), (two, "coding", 1.0)}
    papers.set_topics(session, {})
    papers.set_topics(session, {one: {}, two: {}})
    assert not session.scalars(select(PaperTopicRow)).all()


def test_revisions_come_by_the_dates_of_their_dumps(session):
    (one,) = add_papers(session, "one")
    late = add_dump(session, "a", date(2026, 5, 1))
    early = add_dump(session, "b", date(2026, 3, 1))
    papers.add_revisions(session, late, {one: "new"})
    papers.add_revisions(session, early, {one: "old"})
    assert papers.revisions(session, [one]) == {
        one: [Revision(date(2026, 3, 1), "old"), Revision(date(2026, 5, 1), "new")]
    }


def test_the_newest_revision_is_that_of_the_newest_dump(session):
    one, two = add_papers(session, "one", "two")
    late = add_dump(session, "a", date(2026, 5, 1))
    early = add_dump(session, "b", date(2026, 3, 1))
    papers.add_revisions(session, late, {one: "new", two: "only"})
    papers.add_revisions(session, early, {one: "old"})
    newest = papers.newest_revisions()
    rows = session.execute(select(newest.c.paper_id, newest.c.abstract))
    assert set(map(tuple, rows)) == {(one, "new"), (two, "only")}


def test_of_two_dumps_of_one_day_the_later_one_has_the_newest_revision(session):
    (one,) = add_papers(session, "one")
    for name in "ab":
        papers.add_revisions(session, add_dump(session, name, date(2026, 5, 1)), {one: name})
    newest = papers.newest_revisions()
    assert session.scalars(select(newest.c.abstract)).all() == ["b"]


def test_appearances_belong_to_one_dump(session):
    one, two = add_papers(session, "one", "two")
    first = add_dump(session, "a", date(2026, 5, 1))
    second = add_dump(session, "b", date(2026, 5, 1))
    appearances.add_appearances(session, first, {one: 2})
    appearances.add_appearances(session, second, {two: 1, one: 2})
    assert appearances.listed_in(session, first, [one, two]) == {one}
    assert appearances.listed_in(session, second, [one]) == {one}
