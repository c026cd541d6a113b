"""What stands in the database and cannot be read costs the one reader whose row it is."""

import io
import logging
from datetime import UTC, datetime

import pytest
from sqlalchemy import text, update

from digest.delivery.store import reasons
from digest.errors import InputError
from digest.ground.database.tables.delivery import DeliveryRow
from digest.ground.database.tables.readers import DeliveryScheduleRow, SubscriberRow
from digest.model import DeliveryState
from digest.operations import listings
from digest.scheduler import tasks
from digest.subscribers import subscriptions, update_preferences
from digest.subscribers.files.exporting import export_csv, export_everything
from digest.workers import local
from tests.factories import DAY, NOON

BAD, ALL = 2, 3  # the reader whose row is spoilt, and how many there are


@pytest.fixture
def spoil(app, subscribe):
    """Put a value where our own code would never put it."""
    subscribe("ann")
    subscribe("bad", hour="6", cadence="weekly", weekday="thursday")
    subscribe("cat")

    def put(column: str, value: object) -> None:
        with app.database.write() as session:
            if column in DeliveryScheduleRow.__table__.columns:
                bad = "id = (SELECT schedule_id FROM subscribers WHERE id = 2)"
                change = text(f"UPDATE delivery_schedules SET {column} = :value WHERE {bad}")  # noqa: S608
                session.execute(change, {"value": value})
            elif isinstance(value, str) and column not in ("topics", "interests", "muted"):
                change = text(f"UPDATE subscribers SET {column} = :value WHERE id = 2")  # noqa: S608
                session.execute(change, {"value": value})
            else:
                row = update(SubscriberRow).where(SubscriberRow.id == BAD)
                session.execute(row.values({column: value}))

    return put


@pytest.mark.parametrize("zone", ["US/Nowhere", "../etc", "Europe", "", "localtime", "posixrules"])
def test_a_reader_in_a_zone_that_nobody_knows_gets_mail_by_the_service_s_clock(
    app, sink, spoil, zone
):
    spoil("timezone", zone)
    app.editions.open(DAY)
    assert tasks.plan(app)["planned"] == ALL
    assert local.send(app, DAY).states == {DeliveryState.SENT: ALL}
    (alert,) = (each for each in app.operations.alerts() if each.name == "zones")
    assert f"{zone!r} (1)" in alert.text
    assert "by the clock of UTC (DIGEST_TIMEZONE)" in alert.text


def test_a_pause_of_a_reader_in_such_a_zone_ends_and_holds_up_nobody_s(app, spoil):
    spoil("timezone", "US/Nowhere")
    for reader in (BAD, BAD + 1):
        update_preferences.pause(app.database, reader, "2026-11-20", NOON)
    assert update_preferences.resume_rested(app.database, NOON.replace(day=21)) == 2


@pytest.mark.parametrize(
    ("column", "value"), [("hour", 24), ("hour", -1), ("weekday", 9), ("cadence", "monthly")]
)
def test_an_odd_schedule_is_that_of_new_readers(app, sink, spoil, column, value):
    spoil(column, value)
    app.editions.open(DAY)
    assert tasks.plan(app)["planned"] == ALL
    assert local.send(app, DAY).states == {DeliveryState.SENT: ALL}


ODD = [
    ("topics", None),
    ("topics", []),
    ("topics", {"speech": "x"}),
    ("topics", {"speech": 0}),
    ("topics", {"speech": 1e308}),
    ("interests", None),
    ("interests", [1]),
    ("interests", "speech"),
    ("muted", {"a": 1}),
    ("max_papers", 0),
    ("max_papers", 1_000_000_000),
    ("layout", "fancy"),
    ("empty_day", "dance"),
]


@pytest.mark.parametrize(("column", "value"), ODD)
def test_preferences_that_cannot_be_read_cost_one_mail_and_the_ledger_says_why(
    app, sink, spoil, column, value
):
    spoil(column, value)
    rehearsed = app.delivery.rehearse(DAY, show=lambda _choice, _message: None)
    assert rehearsed.states == {DeliveryState.FAILED: 1, DeliveryState.QUEUED: ALL - 1}
    report = local.send(app, DAY)
    assert report.states == {DeliveryState.SENT: ALL - 1, DeliveryState.FAILED: 1}
    assert report.troubled
    with app.database.read() as session:
        assert f"the stored {column} cannot be read" in session.get(DeliveryRow, (1, BAD)).reply


@pytest.mark.parametrize(("column", "value"), [*ODD, ("state", "odd")])
def test_lists_of_subscribers_show_the_others_and_name_the_row(app, spoil, caplog, column, value):
    spoil(column, value)
    with caplog.at_level(logging.WARNING):
        listed = list(subscriptions.iter_all(app.database))
    assert [each.id for each in listed] == [1, BAD, BAD + 1]
    assert f"Subscriber {BAD}: " in caplog.text
    assert export_csv(app.database, io.StringIO()) == ALL - (column == "state")
    assert app.operations.status()["subscribers"]["active"] == ALL - (column == "state")


def test_picks_that_cannot_be_read_cost_one_mail(app, sink, spoil):
    app.editions.open(DAY)
    tasks.plan(app)
    unknown = reasons.pack([(1, "why")], {"why": 4_000_000})
    for picks in (b"odd", unknown):
        with app.database.write() as session:
            row = update(DeliveryRow).where(DeliveryRow.subscriber_id == BAD)
            session.execute(row.values(picks=picks, state=DeliveryState.QUEUED))
            session.execute(text("UPDATE batches SET state = 'open', not_before = NULL"))
        states = local.send(app, DAY).states
        assert states == {DeliveryState.SENT: ALL - 1, DeliveryState.FAILED: 1}


def test_a_state_that_is_no_word_counts_as_failed_and_holds_up_nobody(app, sink, spoil):
    app.editions.open(DAY)
    tasks.plan(app)
    with app.database.write() as session:
        session.execute(text("UPDATE deliveries SET state = 'odd' WHERE subscriber_id = 2"))
    report = local.send(app, DAY)
    assert report.states == {DeliveryState.SENT: ALL - 1, DeliveryState.FAILED: 1}
    assert report.balanced
    lines = listings.deliveries(app.database, on=None, state=None, address=None)
    assert [one["state"] for one in lines] == ["sent", "failed", "sent"]
    assert app.operations.status()["deliveries"] == {"sent": ALL - 1, "failed": 1}
    assert app.delivery.preview("bad@example.org", DAY).subject


def test_a_reason_of_a_kind_that_nobody_knows_costs_its_mails(app, sink, spoil):
    app.editions.open(DAY)
    tasks.plan(app)
    with app.database.write() as session:
        session.execute(text("INSERT INTO reasons (id, kind, subject) VALUES (7, 'odd', '')"))
        row = update(DeliveryRow).where(DeliveryRow.subscriber_id == BAD)
        session.execute(row.values(picks=reasons.pack([(999_999, "why")], {"why": 7})))
    states = local.send(app, DAY).states
    assert states == {DeliveryState.SENT: ALL - 1, DeliveryState.FAILED: 1}
    lines = list(listings.deliveries(app.database, on=None, state=None, address=None))
    assert lines[1]["papers"] == ["#999999"]
    with pytest.raises(InputError, match="unknown reason: 7"):
        app.explaining.explain("bad@example.org", DAY)


@pytest.mark.parametrize(
    "moment", [datetime(9999, 12, 31, tzinfo=UTC), datetime(1, 1, 2, tzinfo=UTC)]
)
def test_a_schedule_that_is_never_due_again_is_looked_at_anew(app, spoil, caplog, moment):
    app.editions.open(DAY)
    with app.database.write() as session:
        session.execute(update(DeliveryScheduleRow).values(next_due_at=moment))
    assert tasks.plan(app)["planned"] == ALL
    assert "looked at anew" in caplog.text


@pytest.mark.parametrize("app", ["sqlite"], indirect=True)  # PostgreSQL takes no such value
@pytest.mark.parametrize("stored", ["{", "[" * 50_000, "[1]"])
def test_topics_that_are_no_json_hold_up_nobody(app, sink, subscribe, stored):
    subscribe("ann", "bad", "cat")
    with app.database.write() as session:
        change = text("UPDATE subscribers SET topics = :stored WHERE id = 2")
        session.execute(change, {"stored": stored})
    assert local.send(app, DAY).states == {DeliveryState.SENT: ALL - 1, DeliveryState.FAILED: 1}
    followed = listings.topics(app.database, app.files.catalogue)
    assert {one["slug"]: one["readers"] for one in followed}["speech"] == ALL - 1
    assert export_csv(app.database, io.StringIO()) == ALL


@pytest.mark.parametrize(
    ("column", "value"), [("address", "x" * 400 + "@example.org"), ("muted", '["\\ud800"]')]
)
@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
def test_a_reader_who_fits_no_file_is_named_and_the_others_are_in_it(
    app, subscribe, caplog, column, value
):
    subscribe("ann", "bad", "cat")
    with app.database.write() as session:
        change = text(f"UPDATE subscribers SET {column} = :value WHERE id = 2")  # noqa: S608
        session.execute(change, {"value": value})
    assert export_everything(app.database, io.StringIO(), NOON).subscribers == ALL - 1
    assert "Subscriber 2 is not in the file" in caplog.text
