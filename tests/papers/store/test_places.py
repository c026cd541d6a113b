from datetime import timedelta

from sqlalchemy import update

from digest.ground.database.tables.paper_details import AppearanceRow
from digest.ground.database.tables.papers import DumpRow, DumpStatus
from digest.model import Place
from digest.papers.store import places
from tests.factories import DAY
from tests.rows import store_dump


def test_the_places_of_a_paper_come_newest_first(database):
    before = DAY - timedelta(days=1)
    with database.write() as session:
        alpha, beta = store_dump(session, before, ["Alpha", "Beta"], votes=3)
        store_dump(session, DAY, ["Beta", "Alpha"])
        store_dump(session, DAY, ["Alpha"], status=DumpStatus.REFUSED)
        assert places.newest(session, alpha, limit=9) == [
            Place(DAY, "", 2, 2),
            Place(before, "", 1, 2, votes=3),
        ]
        assert places.newest(session, alpha, limit=1) == [Place(DAY, "", 2, 2)]
        assert places.newest(session, alpha + beta, limit=9) == []


def test_a_list_without_order_gives_no_rank_and_a_source_its_name(database):
    with database.write() as session:
        (alpha,) = store_dump(session, DAY, ["Alpha"])
        session.execute(update(DumpRow).values(unranked=True, source="feed"))
        session.execute(update(AppearanceRow).values(stars=12))
        assert places.newest(session, alpha, limit=9) == [Place(DAY, "feed", 0, 1, stars=12)]


def test_a_rank_behind_refused_entries_is_not_beyond_the_list(database):
    with database.write() as session:
        (alpha,) = store_dump(session, DAY, ["Alpha"])
        session.execute(update(AppearanceRow).values(rank=7))
        assert places.newest(session, alpha, limit=9) == [Place(DAY, "", 7, 7)]
