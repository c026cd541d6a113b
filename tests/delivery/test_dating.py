"""The Date of a digest: when it was due, or begun; the same in dry run, send, retry and preview."""

from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.utils import parsedate_to_datetime

import pytest

from digest.delivery import planning, stops
from digest.delivery.rules.dating import QUARTER
from digest.devtools.sink.misbehaviour import Misbehaviour
from digest.devtools.sink.rules import parse_rule
from digest.ground.database.tables.delivery import BatchRow, DeliveryRow
from digest.model import DeliveryState
from digest.scheduler.tasks import plan
from digest.workers import local
from tests.factories import DAY

HOUR = timedelta(hours=1)
SEVEN = datetime(2026, 11, 19, 7, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _day(app, clock):
    """The morning of the edition: the readers' mail was due at seven, UTC."""
    clock.now = SEVEN + timedelta(seconds=20)


def dates(sink):
    return {
        message.recipients[0].partition("@")[0]: parsedate_to_datetime(
            message_from_bytes(message.data, policy=policy.default)["Date"]
        )
        for message in sink.messages
    }


def rehearsed(app):
    shown = {}
    app.delivery.rehearse(
        DAY,
        show=lambda _, message: message and shown.update({message.recipient: message.body}),
    )
    return shown


def bodies(sink):
    return {message.recipients[0]: message.data for message in sink.messages}


def test_mail_that_the_scheduler_sends_on_time_says_when_it_was_due(app, sink, clock, subscribe):
    subscribe("ann", timezone="UTC", hour="7")
    subscribe("kathmandu", timezone="Asia/Kathmandu", hour="12")
    clock.now = datetime(2026, 11, 19, 6, 15, 20, tzinfo=UTC)
    assert plan(app)["planned"] == 1
    local.dispatch(app, stop=lambda: False)
    clock.now = SEVEN + timedelta(seconds=20)
    shown = rehearsed(app)
    assert plan(app)["planned"] == 1
    local.dispatch(app, stop=lambda: False)
    assert dates(sink) == {"ann": SEVEN, "kathmandu": SEVEN - 3 * QUARTER}
    assert shown == {"ann@example.org": bodies(sink)["ann@example.org"]}


def test_a_long_send_keeps_the_date_for_half_an_hour(app, sink, clock, subscribe):
    subscribe("ann")
    planning.plan(app.database, app.editions.open(DAY), now=clock.now)
    clock.now += 29 * timedelta(minutes=1)
    shown = rehearsed(app)
    local.send(app, DAY)
    assert dates(sink) == {"ann": SEVEN}
    assert bodies(sink) == shown


@pytest.mark.parametrize("planned", [True, False])
def test_a_send_that_starts_late_says_when_it_started(app, sink, clock, subscribe, planned):
    subscribe("ann")
    if planned:
        planning.plan(app.database, app.editions.open(DAY), now=clock.now)
    clock.now = datetime(2026, 11, 19, 13, 20, tzinfo=UTC)
    shown = rehearsed(app)
    clock.now += timedelta(minutes=5)
    local.send(app, DAY)
    assert dates(sink) == {"ann": datetime(2026, 11, 19, 13, 15, tzinfo=UTC)}
    assert bodies(sink) == shown


def test_mail_that_is_sent_before_its_hour_is_not_from_the_future(app, sink, clock, subscribe):
    subscribe("ann")
    clock.now = SEVEN - 3 * HOUR
    local.send(app, DAY)
    assert dates(sink) == {"ann": SEVEN - 3 * HOUR}


def test_a_retry_hours_later_is_the_same_mail_and_the_others_get_a_date_of_their_own(
    app, sink, clock, subscribe
):
    subscribe("ann", "full", "cy")
    edition = app.editions.open(DAY)
    planning.plan(app.database, edition, now=clock.now)
    shown = rehearsed(app)
    sink.replies = {"full@example.org": "452 mailbox full"}
    local.send(app, DAY, to="full@example.org")
    clock.now += 6 * HOUR
    before = rehearsed(app)
    assert before["full@example.org"] == shown["full@example.org"]
    assert before["ann@example.org"] != shown["ann@example.org"]
    previews = {
        name: app.delivery.preview(name, DAY).message.body
        for name in ("ann@example.org", "full@example.org")
    }
    sink.replies = {}
    local.send(app, DAY)
    assert dates(sink) == {"full": SEVEN, "ann": SEVEN + 6 * HOUR, "cy": SEVEN + 6 * HOUR}
    assert bodies(sink) == before
    assert previews.items() <= before.items()
    clock.now += 24 * HOUR
    for address, body in bodies(sink).items():
        assert app.delivery.preview(address, DAY).message.body == body


def test_each_attempt_of_one_mail_has_one_date_however_often_its_batch_is_taken(
    app, sink, clock, subscribe
):
    subscribe("ann", "full", "cy")
    planning.plan(app.database, app.editions.open(DAY), now=clock.now)
    sink.replies = {f"{name}@example.org": "452 full" for name in ("ann", "full")}
    local.send(app, DAY, to="ann@example.org")
    clock.now += 2 * HOUR
    local.send(app, DAY, to="full@example.org")
    clock.now += 2 * HOUR
    sink.replies = {}
    local.send(app, DAY)
    assert dates(sink) == {"ann": SEVEN, "full": SEVEN + 2 * HOUR, "cy": SEVEN + 4 * HOUR}


def test_a_paused_edition_that_goes_on_hours_later_is_not_dated_back(app, sink, clock, subscribe):
    subscribe("ann", "bob")
    planning.plan(app.database, app.editions.open(DAY), now=clock.now)
    local.send(app, DAY, to="ann@example.org")
    stops.pause(app.database, DAY, "wait", app.clock)
    clock.now += 5 * HOUR
    stops.resume(app.database, DAY, app.clock)
    local.send(app, DAY)
    assert dates(sink) == {"ann": SEVEN, "bob": SEVEN + 5 * HOUR}


def test_what_a_broken_connection_left_uncertain_is_repeated_with_its_date(
    app, sink, clock, subscribe
):
    subscribe("ann")
    sink.misbehaviour = Misbehaviour([parse_rule("at dot: drop")])
    assert local.send(app, DAY).states == {DeliveryState.UNCERTAIN: 1}
    sink.misbehaviour = Misbehaviour([])
    before = [message.data for message in sink.messages]
    clock.now += 6 * HOUR
    report = local.send(app, DAY)
    assert report.states == {DeliveryState.SENT: 1}
    assert dates(sink) == {"ann": SEVEN}
    assert {message.data for message in sink.messages} == {*before, sink.messages[-1].data}


def test_what_was_planned_before_dates_were_kept_gets_one_when_it_begins(
    app, sink, clock, subscribe
):
    subscribe("ann")
    planning.plan(app.database, app.editions.open(DAY))
    with app.database.read() as session:
        assert session.query(BatchRow.dated_at).all() == [(None,)]
        assert session.query(DeliveryRow.dated_at).all() == [(None,)]
    local.send(app, DAY)
    assert dates(sink) == {"ann": SEVEN}
    with app.database.read() as session:
        assert session.query(BatchRow.dated_at).all() == [(SEVEN,)]
