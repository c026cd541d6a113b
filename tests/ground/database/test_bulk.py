"""Rows that are inserted by the thousand are stored as single ones are."""

from contextlib import closing

import pytest
from sqlalchemy import func, insert, select, text
from sqlalchemy.exc import IntegrityError

from digest.errors import UnreachableError
from digest.ground.database.bulk import insert_missing, insert_rows, room_for_many
from digest.ground.database.engine import Database
from digest.ground.database.tables.readers import (
    DeliveryScheduleRow,
    EventKind,
    EventRow,
    SubscriberRow,
)
from digest.model import Cadence, InLab, Origin, SubscriberState
from tests.factories import NOON

EVENT = ("subscriber_id", "kind", "at", "detail")
DETAIL = {"said": 'on "päper"\\, \t twice\n', "none": None, "list": [1, 2.5]}
QUERIES = {
    "subscribers": "SELECT * FROM subscribers ORDER BY id",
    "events": "SELECT * FROM events ORDER BY id",
}
READER = ("address", "nonce", "name", "state", "topics", "interests", "schedule_id", "lab")
READER += ("created_at", "confirmed_at", "origin")


@pytest.fixture
def schedule(database):
    with database.write() as session:
        row = DeliveryScheduleRow(cadence=Cadence.DAILY, weekday=0, hour=7, timezone="UTC")
        session.add(row)
        session.flush()
        return row.id


def reader(number, schedule, **other):
    wishes = ({"speech": 2.0}, [f"phrase \\{number}", "ü\tx"])
    said = (f"r{number}@example.org", bytes([0, 10, 92, number]), f"Zoë\\N \t{number}")
    values = (*said, SubscriberState.ACTIVE, *wishes, schedule, InLab.YES, NOON, None)
    return dict(zip(READER, (*values, Origin.IMPORT), strict=True)) | other


def stored(session, table):
    return [tuple(row) for row in session.execute(text(QUERIES[table]))]


def test_a_row_is_stored_as_a_single_one_is(database, schedule):
    rows = [reader(number, schedule) for number in range(3)]
    with database.write() as session:
        session.execute(insert(SubscriberRow), rows)
        wanted = stored(session, "subscribers")
        session.rollback()
    with database.write() as session:
        values = [(*row.values(), "example.org", 10, []) for row in rows]
        columns = (*READER, "domain", "max_papers", "muted")
        more = [(*each, "standard") for each in values]
        insert_missing(session, SubscriberRow, (*columns, "layout"), more, "address")
        assert [row[1:] for row in stored(session, "subscribers")] == [row[1:] for row in wanted]


def test_who_is_there_is_left_and_the_others_are_told_with_their_ids(database, schedule):
    def values(*numbers, **other):
        return [(*reader(one, schedule, **other).values(), [], 10) for one in numbers]

    columns = (*READER, "muted", "max_papers")
    with database.write() as session:
        assert insert_missing(session, SubscriberRow, columns, [], "address") == {}
        first = insert_missing(session, SubscriberRow, columns, values(1, 2), "address")
        assert list(first) == ["r1@example.org", "r2@example.org"]
        again = values(3, 1, 4, name="Other")
        second = insert_missing(session, SubscriberRow, columns, again, "address")
        assert list(second) == ["r3@example.org", "r4@example.org"]
        query = select(SubscriberRow.address, SubscriberRow.id)
        assert {row[0]: row[1] for row in session.execute(query)} == first | second
        names = select(SubscriberRow.name).order_by(SubscriberRow.id)
        assert [name[:5] for name in session.scalars(names)] == [
            "Zoë\\N",
            "Zoë\\N",
            "Other",
            "Other",
        ]


def test_events_are_stored_as_single_ones_are(database):
    with database.write() as session:
        session.add(EventRow(subscriber_id=7, kind=EventKind.CONFIRMED, at=NOON, detail=DETAIL))
        session.flush()
        insert_rows(session, EventRow, EVENT, [])
        insert_rows(session, EventRow, EVENT, [(7, EventKind.CONFIRMED, NOON, DETAIL)] * 2)
        single, *others = [row[1:] for row in stored(session, "events")]
        assert others == [single, single]


def test_a_row_that_is_there_already_spoils_the_transaction(database):
    columns = ("id", *EVENT)
    row = (5, 7, EventKind.CONFIRMED, NOON, DETAIL)
    with database.write() as session:
        insert_rows(session, EventRow, columns, [row])
    with pytest.raises(IntegrityError), database.write() as session:
        insert_rows(session, EventRow, columns, [(6, *row[1:]), row])
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(EventRow)) == 1


def test_the_room_for_many_rows_is_given_back_before_the_commit(database, schedule):
    def room(session):
        if not database.is_sqlite:
            return 0
        return session.connection().exec_driver_sql("PRAGMA cache_size").scalar_one()

    with database.write() as session:
        before = room(session)
        with room_for_many(session):
            assert room(session) == (-4096 if database.is_sqlite else 0)
            values = [(*reader(one, schedule).values(), [], 10) for one in range(200)]
            insert_missing(
                session, SubscriberRow, (*READER, "muted", "max_papers"), values, "address"
            )
        assert room(session) == before
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(SubscriberRow)) == 200
        assert room(session) == before


def test_a_connection_that_is_lost_is_told_as_elsewhere(postgres_url):
    def insert_on_a_lost_one(database, other):
        with database.write() as session:
            ours = session.scalar(text("SELECT pg_backend_pid()"))
            with other.write() as killing:
                killing.execute(select(func.pg_terminate_backend(ours)))
            insert_rows(session, EventRow, EVENT, [(7, EventKind.CONFIRMED, NOON, DETAIL)] * 10_000)

    with closing(Database(postgres_url)) as database, closing(Database(postgres_url)) as other:
        with pytest.raises(UnreachableError, match="was lost"):
            insert_on_a_lost_one(database, other)
        with database.read() as session:
            assert stored(session, "events") == []
