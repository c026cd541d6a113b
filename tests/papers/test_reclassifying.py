from sqlalchemy import select

from digest.ground.database.tables.paper_details import PaperTopicRow
from digest.papers import reclassifying
from tests.factories import DAY
from tests.rows import store_dump


def classify(title, _abstract):
    return {"speech": 0.5} if title == "Beta" else {}


def test_every_paper_gets_the_topics_of_today(database):
    with database.write() as session:
        topics = {"Alpha": {"code": 1.0}, "Beta": {"code": 0.5}}
        ids = store_dump(session, DAY, ["Alpha", "Beta", "Gamma"], topics=topics)
    assert reclassifying.is_stale(database, ["speech", "coding"])
    told = []
    count = reclassifying.refresh(database, classify, lambda *done: told.append(done))
    assert (count, told) == (3, [(3, 3)])
    assert not reclassifying.is_stale(database, ["speech", "coding"])
    with database.read() as session:
        (row,) = session.scalars(select(PaperTopicRow))
        assert (row.paper_id, row.topic, row.confidence) == (ids[1], "speech", 0.5)


def test_an_empty_database_has_nothing_to_classify(database):
    assert not reclassifying.is_stale(database, [])
    assert reclassifying.refresh(database, classify, lambda *_: None) == 0
