"""Editions: who is a candidate, and what stays as it was once an edition is open."""

from datetime import date, timedelta

from digest.editions.store import dump_lists, editions, offered
from digest.editions.store.dump_lists import Seen
from digest.ground.database.tables.papers import DumpStatus
from digest.papers.store import papers
from tests.factories import DAY, NOON
from tests.rows import store_dump, store_edition

BEFORE, AFTER = DAY - timedelta(days=1), DAY + timedelta(days=1)


def test_the_newest_dump_is_the_newest_that_was_loaded(database):
    with database.write() as session:
        assert dump_lists.newest_dump_date(session) is None
        store_dump(session, BEFORE, ["Alpha"])
        store_dump(session, DAY, ["Beta"])
        store_dump(session, AFTER, ["Gamma"], status=DumpStatus.REFUSED)
        store_dump(session, None, [], status=DumpStatus.REFUSED)
        assert dump_lists.newest_dump_date(session) == DAY


def test_a_paper_of_the_window_comes_with_all_it_was_ever_seen_in_up_to_the_day(database):
    old = DAY - timedelta(days=30)
    with database.write() as session:
        alpha, beta = store_dump(session, old, ["Alpha", "Beta"], votes=5)
        store_dump(session, DAY - timedelta(days=6), ["Gamma", "Alpha"])
        store_dump(session, AFTER, ["Alpha", "Delta"])
        store_dump(session, DAY, ["Epsilon"], status=DumpStatus.REFUSED)
        found = dump_lists.appearances(session, DAY, 7)
        gamma = next(id_ for id_ in found if id_ != alpha)
        assert sorted(found[alpha], key=lambda seen: seen.date) == [
            Seen(alpha, old, 1, 5),
            Seen(alpha, DAY - timedelta(days=6), 2, None, size=2),
        ]
        assert found[gamma] == [Seen(gamma, DAY - timedelta(days=6), 1, None, size=2)]
        assert beta not in found
        assert dump_lists.appearances(session, DAY, 6) == {}
        assert set(dump_lists.appearances(session, DAY, 31)) == {alpha, beta, gamma}


def test_papers_come_with_their_newest_abstract_and_their_topics_best_first(database):
    topics = {"Alpha": {"coding": 0.3, "speech": 0.9, "audio": 0.3}}
    with database.write() as session:
        (alpha,) = store_dump(session, BEFORE, ["Alpha"], topics=topics, abstract="Old words.")
        store_dump(session, DAY, ["Alpha"], abstract="New words.")
        paper, revision = papers.load_papers(session, [alpha])[alpha]
        assert (paper.title, paper.abstract) == ("Alpha", "New words.")
        assert list(paper.topics.items()) == [("speech", 0.9), ("audio", 0.3), ("coding", 0.3)]
        assert revision == 2
        assert papers.load_identities(session, [alpha]) == {alpha: "Alpha"}


def test_more_papers_than_one_question_may_name(database):
    titles = [f"Paper {number}" for number in range(1100)]
    with database.write() as session:
        ids = store_dump(session, DAY, titles)
        assert sorted(papers.load_papers(session, ids)) == ids
        assert sorted(papers.load_identities(session, ids).values()) == sorted(titles)
        edition_id = store_edition(session, ids)
        assert offered.ids_with_any(session, ids) == [edition_id]
        assert offered.ids_with_any(session, []) == []


def test_an_edition_stays_as_it_was_opened(database):
    topics = {"Alpha": {"speech": 0.9, "audio": 0.123456789}}
    with database.write() as session:
        ids = store_dump(session, DAY, ["Alpha", "Beta"], topics=topics, abstract="As opened.")
        candidates = [papers.load_papers(session, ids)[id_][0] for id_ in ids]
        edition_id = store_edition(session, ids)
    with database.write() as session:
        store_dump(session, AFTER, ["Beta", "Alpha"], abstract="Changed.")
    with database.read() as session:
        found = editions.get(session, DAY)
        assert found is not None
        assert (found.id, found.opened_at) == (edition_id, NOON)
        assert (found.edition.date, found.edition.sends_at) == (DAY, NOON)
        assert found.edition.domain == "example.org"
        assert [one.paper for one in found.edition.candidates] == candidates
        assert [one.trend.score for one in found.edition.candidates] == [1 / 2, 1 / 3]
        assert list(found.edition.candidates[0].paper.topics) == ["speech", "audio"]
        assert editions.get(session, AFTER) is None


def test_sharing_finds_the_editions_that_hold_one_of_the_papers(database):
    with database.write() as session:
        alpha, beta, gamma = store_dump(session, DAY, ["Alpha", "Beta", "Gamma"])
        assert editions.newest(session) is None
        first = store_edition(session, [alpha], BEFORE)
        second = store_edition(session, [alpha, beta], DAY)
        third = store_edition(session, [gamma], AFTER)
        assert offered.ids_with_any(session, [alpha]) == [first, second]
        assert offered.ids_with_any(session, [gamma, beta]) == [second, third]
        assert editions.newest(session).date == AFTER
        assert isinstance(editions.newest(session).date, date)
