"""Lists of readers: what a filter means, page by page, by indexes where there are any."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event, insert, text

from digest.ground.database.tables.readers import EventKind, EventRow
from digest.model import (
    Cadence,
    DeliverySchedule,
    DeliveryState,
    Layout,
    Origin,
    Preferences,
    SubscriberState,
)
from digest.subscribers.rules.reader_filter import EVERYBODY, ReaderFilter, of_address, search_for
from digest.subscribers.store import reader_lists, subscribers
from tests.factories import NOON

WEEKLY = DeliverySchedule(Cadence.WEEKLY, 7, "Europe/Berlin")
# address, name, state, origin, preferences, days after NOON
READERS = (
    ("ann@uni-a.example", "Ann Lee", "active", "form", Preferences({"speech": 1.0}), 0),
    ("bo@uni-b.example", "Bo", "active", "api", Preferences(language="de"), 1),
    ("annika@mail.example", "ÄNNE", "paused", "import", Preferences(layout=Layout.TEXT), 2),
    ("cy@uni-a.example", "", "suppressed", "import", Preferences(schedule=WEEKLY), 3),
    ("dan_x@mail.example", "Dan 100%", "unsubscribed", "command", Preferences({"coding": 1.0}), 4),
)


@pytest.fixture
def filled(database):
    """The readers above; the last one left two days ago."""
    with database.write() as session:
        for address, name, state, origin, wishes, days in READERS:
            subscribers.add_all(
                session,
                [(address, name, wishes)],
                state=SubscriberState(state),
                now=NOON + timedelta(days=days),
                origin=Origin(origin),
            )
        rows = {"kind": EventKind.UNSUBSCRIBED, "at": NOON + timedelta(days=30), "detail": {}}
        session.execute(insert(EventRow), [{"subscriber_id": 5, **rows}])
    return database


def found(database, **wanted) -> list[int]:
    with database.read() as session:
        ids = [one.id for one in reader_lists.iter_all(session, ReaderFilter(**wanted))]
        page = reader_lists.page(session, ReaderFilter(**wanted), after=None, limit=10)
        assert [one.id for one in page.readers] == ids
        assert page.next is None
        assert reader_lists.count(session, ReaderFilter(**wanted)) == (
            reader_lists.ReaderCount(len(ids), True)
        )
    return ids


def day(number: int) -> datetime:
    return NOON + timedelta(days=number)


@pytest.mark.parametrize(
    ("wanted", "ids"),
    [
        ({}, [1, 2, 3, 4, 5]),
        ({"state": SubscriberState.ACTIVE}, [1, 2]),
        ({"topic": "speech"}, [1]),
        ({"language": "de"}, [2]),
        ({"layout": Layout.TEXT}, [3]),
        ({"cadence": Cadence.WEEKLY}, [4]),
        ({"cadence": Cadence.DAILY, "timezone": "Europe/Berlin"}, []),
        ({"origin": Origin.IMPORT}, [3, 4]),
        ({"joined_from": day(1), "joined_to": day(3)}, [2, 3]),
        ({"left_from": day(29), "left_to": day(31)}, [5]),
        ({"left_to": day(29)}, []),
        ({"search": search_for("#4")}, [4]),
        ({"search": search_for("@uni-")}, [1, 2, 4]),
        ({"search": search_for("@uni-"), "state": SubscriberState.SUPPRESSED}, [4]),
        ({"search": search_for("ann@")}, [1]),
        ({"search": search_for("ann@uni-b")}, []),
        ({"search": search_for("ann")}, [1, 3]),
        ({"search": search_for("LEE")}, [1]),
        ({"search": search_for("änne")}, [3]),
        ({"search": search_for("dan_")}, [5]),
        ({"search": search_for("100%")}, [5]),
        ({"search": search_for("bo_")}, []),
        ({"search": of_address("cy@UNI-a.example")}, [4]),
        ({"mail": DeliveryState.FAILED}, []),
    ],
)
def test_a_filter_means_who_has_all_of_it(filled, wanted, ids):
    assert found(filled, **wanted) == ids


@pytest.mark.parametrize("newest_first", [False, True])
@pytest.mark.parametrize(
    "wanted", [EVERYBODY, ReaderFilter(language="en"), ReaderFilter(search=search_for("@uni-"))]
)
def test_pages_join_without_a_gap_and_without_anybody_twice(filled, wanted, newest_first):
    with filled.read() as session:
        whole = [one.id for one in reader_lists.iter_all(session, wanted)]
        pages, after = [], None
        while True:
            page = reader_lists.page(
                session, wanted, after=after, limit=1, newest_first=newest_first
            )
            pages += [one.id for one in page.readers]
            if (after := page.next) is None:
                break
    assert pages == (whole[::-1] if newest_first else whole)


def test_a_page_looks_at_so_many_and_says_where_to_go_on(filled):
    with filled.write() as session:
        far = {"many": reader_lists.LOOKED_AT}
        session.execute(text("UPDATE subscribers SET id = id + :many WHERE id > 3"), far)
    wanted = ReaderFilter(language="de")
    with filled.read() as session:
        first = reader_lists.page(session, wanted, after=None, limit=5, newest_first=True)
        assert (first.readers, first.passed) == ([], reader_lists.LOOKED_AT)
        second = reader_lists.page(session, wanted, after=first.next, limit=5, newest_first=True)
        assert [one.id for one in second.readers] == [2]
        assert second.next is None
        assert reader_lists.count(session, wanted) == reader_lists.ReaderCount(0, False)


QUICK = {
    "all": EVERYBODY,
    "a state": ReaderFilter(state=SubscriberState.ACTIVE),
    "a number": ReaderFilter(search=search_for("5")),
    "a domain": ReaderFilter(search=search_for("@uni-")),
    "a domain and a state": ReaderFilter(
        search=search_for("@uni-"), state=SubscriberState.SUPPRESSED
    ),
    "the beginning of an address": ReaderFilter(search=search_for("ann@")),
    "an address": ReaderFilter(search=of_address("ann@uni-a.example")),
}


@pytest.mark.parametrize("wanted", QUICK.values(), ids=QUICK)
def test_an_index_leads_to_whom_is_meant(filled, wanted):
    """No plan goes through all readers; PostgreSQL is told that these few are many."""
    with filled.read() as session:
        if not filled.is_sqlite:
            session.execute(text("SET LOCAL enable_seqscan = off"))
        for statement, values in _statements(session, wanted):
            explain = "EXPLAIN QUERY PLAN" if filled.is_sqlite else "EXPLAIN"
            rows = session.connection().exec_driver_sql(f"{explain} {statement}", values)
            plan = "\n".join(str(row) for row in rows)
            assert not re.search(r"SCAN subscribers(?! USING (COVERING )?INDEX)|Seq Scan", plan), (
                plan
            )


def _statements(session, wanted):
    """Return what a page and a count send to the database, but for the first look at the ids."""
    sent = []

    def note(_connection, _cursor, statement, values, *_):
        sent.append((statement, values))

    engine = session.get_bind()
    event.listen(engine, "before_cursor_execute", note)
    reader_lists.page(session, wanted, after=100, limit=2, newest_first=True)
    reader_lists.count(session, wanted)
    event.remove(engine, "before_cursor_execute", note)
    return [one for one in sent if "max(" not in one[0]]


def test_rows_come_as_they_are_stored(filled):
    with filled.read() as session:
        rows = list(reader_lists.iter_rows(session, EVERYBODY, limit=2))
    assert [(row.id, row.address, row[3]) for row in rows] == [
        (1, "ann@uni-a.example", "active"),
        (2, "bo@uni-b.example", "active"),
    ]
    assert rows[1].created_at == NOON.astimezone(UTC) + timedelta(days=1)
