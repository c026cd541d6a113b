"""Lists and counts for operators."""

from datetime import timedelta

from digest.ground.database.tables.papers import DumpStatus
from digest.model import Byline, SubscriberState
from digest.papers.store import bylines, listings
from tests.factories import DAY, make_preferences
from tests.rows import store_dump, store_subscribers

TOPICS = {"Alpha": {"speech": 0.9, "coding": 0.2}, "Beta 100%": {"coding": 0.5}}


def titles(session, topic=None, search=None, limit=10):
    topics = [topic] if topic else []
    found = listings.list_papers(session, topics=topics, search=search, limit=limit)
    return [paper["title"] for paper in found]


def store(session):
    store_dump(session, DAY - timedelta(days=1), ["Gamma", "Alpha"], topics=TOPICS)
    store_dump(session, DAY, ["Beta 100%", "Alpha"], topics=TOPICS, abstract="New.")


def test_papers_come_by_newest_dump_then_rank(database):
    with database.write() as session:
        store(session)
        assert titles(session) == ["Beta 100%", "Alpha", "Gamma"]
        assert titles(session, limit=2) == ["Beta 100%", "Alpha"]
        assert listings.count_papers(session) == 3


def test_papers_can_be_chosen_by_topic_and_title(database):
    with database.write() as session:
        store(session)
        assert titles(session, topic="coding") == ["Beta 100%", "Alpha"]
        assert titles(session, topic="speech") == ["Alpha"]
        assert titles(session, search="ALP") == ["Alpha"]
        assert titles(session, search="0%") == ["Beta 100%"]
        assert titles(session, search="%") == ["Beta 100%"]
        assert titles(session, search="_") == []
        assert titles(session, topic="coding", search="gamma") == []


def test_papers_are_found_by_their_authors_whatever_the_case_of_their_letters(database):
    with database.write() as session:
        gamma, _ = store_dump(session, DAY, ["Gamma", "Alpha"])
        byline = Byline(("Béla Łódź", "Ada Ode"), ("University of Alpha",))
        bylines.keep_fullest(session, {gamma: byline})
        for words in ("łódź", "BÉLA", "ada ode", "a od", "gam"):
            assert titles(session, search=words) == ["Gamma"], words
        assert titles(session, search="zu Ada") == []  # two names are no phrase
        assert titles(session, search="alpha") == ["Alpha"]  # where they work is not searched
        listed = listings.list_page(session, words=["łódź", "gamma"], limit=5, offset=0)
        assert [paper.authors for paper, _ in listed] == [byline.authors]
        assert listings.list_page(session, words=["łódź", "alpha"], limit=5, offset=0) == []


def test_a_paper_is_listed_with_what_is_known_of_it(database):
    with database.write() as session:
        store(session)
        found = listings.list_papers(session, search="alpha", limit=10)
        assert found == [
            {
                "id": found[0]["id"],
                "title": "Alpha",
                "authors": [],
                "topics": ["speech", "coding"],
                "newest": DAY.isoformat(),
                "dumps": 2,
                "best_rank": 2,
                "code_urls": [],
                "project_urls": [],
                "abstract": "New.",
            }
        ]


def test_topics_are_counted_by_papers_and_by_active_readers(database):
    with database.write() as session:
        store(session)
        wishes = make_preferences({"speech": 2, "coding": 1})
        store_subscribers(session, 2, preferences=wishes)
        store_subscribers(session, 1, preferences=make_preferences({"coding": 1}), first=10)
        store_subscribers(session, 1, preferences=wishes, state=SubscriberState.PAUSED, first=20)
        assert listings.count_papers_by_topic(session) == {"speech": 1, "coding": 2}
        assert listings.count_readers_by_topic(session) == {"speech": 2, "coding": 3}


def test_dumps_are_counted_by_status(database):
    with database.write() as session:
        assert listings.count_dumps(session) == {}
        assert listings.count_papers(session) == 0
        store(session)
        store_dump(session, None, [], status=DumpStatus.REFUSED)
        assert listings.count_dumps(session) == {"loaded": 2, "refused": 1}
