"""A dry run says what a send would do: the same bytes, the same counts, no change."""

import pytest

from digest.app import build_app
from digest.delivery import planning
from digest.delivery.composing import Choice
from digest.delivery.store.due_deliveries import DueDelivery
from digest.errors import NotFoundError
from digest.ground.database.tables.whole import Base
from digest.model import DeliveryState, Preferences, SubscriberState
from digest.subscribers.store import erasure, subscribers
from digest.workers import local
from tests.factories import DAY, NOON


def rehearse(app, **options):
    shown = []
    report = app.delivery.rehearse(
        DAY, show=lambda choice, message: shown.append((choice, message)), **options
    )
    return report, [message for _, message in shown if message is not None]


def rows(app):
    with app.database.read() as session:
        tables = Base.metadata.sorted_tables
        return {table.name: session.execute(table.select()).all() for table in tables}


def test_it_shows_what_the_send_then_does(app, sink, subscribe):
    subscribe("ann", "bob")
    before = rows(app)
    report, messages = rehearse(app)
    assert rows(app) == before
    assert sink.connections == 0
    assert report.states == {DeliveryState.QUEUED: 2}
    assert report.planned == 2
    assert report.dry_run
    local.send(app, DAY)
    assert [message.data for message in sink.messages] == [message.body for message in messages]


def test_it_is_the_same_once_the_edition_is_open_and_planned(app, subscribe):
    subscribe("ann", "bob")
    _, before = rehearse(app)
    planning.plan(app.database, app.editions.open(DAY))
    report, after = rehearse(app)
    assert after == before
    assert report.states == {DeliveryState.QUEUED: 2}
    assert report.balanced


def test_after_the_send_nothing_is_left_to_show(app, subscribe):
    subscribe("ann")
    local.send(app, DAY)
    report, messages = rehearse(app)
    assert not messages
    assert report.states == {DeliveryState.SENT: 1}
    assert report.note == "everybody has had this edition"


def test_who_left_or_was_erased_since_the_planning_is_counted_as_skipped(app, sink, subscribe):
    subscribe("ann", "bob", "cy")
    planning.plan(app.database, app.editions.open(DAY))
    with app.database.write() as session:
        ann = subscribers.get(session, "ann@example.org")
        bob = subscribers.get(session, "bob@example.org")
        subscribers.set_state(session, ann.id, SubscriberState.UNSUBSCRIBED)
        erasure.erase(session, bob.id, NOON)
    report, messages = rehearse(app)
    assert [message.recipient for message in messages] == ["cy@example.org"]
    assert report.states == {DeliveryState.SKIPPED: 2, DeliveryState.QUEUED: 1}
    sent = local.send(app, DAY)
    assert sent.states == {DeliveryState.SKIPPED: 2, DeliveryState.SENT: 1}


def test_one_reader_alone_can_be_shown(app, subscribe):
    subscribe("ann", "bob")
    _, messages = rehearse(app, to="bob@example.org")
    assert [message.recipient for message in messages] == ["bob@example.org"]


def test_who_cannot_be_composed_for_is_counted_as_failed(app, subscribe):
    subscribe("ann")
    with app.database.write() as session:
        broken = ("bob@example.org", "Bob\r\nBcc: all@example.org", Preferences())
        subscribers.add_all(session, [broken], state=SubscriberState.ACTIVE, now=app.clock())
    report, _ = rehearse(app)
    assert report.states == {DeliveryState.QUEUED: 1, DeliveryState.FAILED: 1}
    assert report.troubled


def test_a_database_opened_for_it_refuses_every_change(app):
    closed = build_app(app.settings, clock=app.clock, read_only=True)
    with pytest.raises(PermissionError), closed.database.write():
        pass
    closed.database.close()


def test_a_preview_is_the_mail_that_is_sent(app, sink, subscribe):
    subscribe("ann")
    before = app.delivery.preview("Ann@Example.org", DAY)
    local.send(app, DAY)
    after = app.delivery.preview("ann@example.org", DAY)
    assert before == after
    assert after.message.body == sink.messages[0].data
    assert after.subject in str(sink.messages[0].email["Subject"])
    assert "<html" in after.html
    assert "Unsubscribe" in after.text


def test_an_explanation_after_the_send_is_of_what_was_mailed(app, subscribe):
    subscribe("ann")
    _, foreseen = app.explaining.explain("ann@example.org", DAY)
    local.send(app, DAY)
    _, explained = app.explaining.explain("ann@example.org", DAY)
    picked = [one.candidate.paper.id for one in explained if one.picked]
    assert picked == [one.candidate.paper.id for one in foreseen if one.picked]
    assert len(picked) == 10
    whys = [
        app.composing.reason_text(one.picked, one.candidate.trend)
        for one in explained
        if one.picked
    ]
    assert {why.rpartition(" · ")[2] for why in whys} <= {
        "newly listed",
        *(f"#{place} of 30" for place in range(1, 11)),
    }


def test_there_is_no_preview_of_a_mail_that_would_not_be_sent(app, subscribe):
    subscribe("ann", muted="study")
    with pytest.raises(NotFoundError, match="nothing new for this reader"):
        app.delivery.preview("ann@example.org", DAY)


def test_strangers_have_neither_preview_nor_explanation(app):
    for look in (app.delivery.preview, app.explaining.explain):
        with pytest.raises(NotFoundError, match="No subscriber has this address"):
            look("nobody@example.org", DAY)


def test_a_choice_without_a_reader_has_no_message(app):
    gone = DueDelivery(1, DeliveryState.QUEUED, 0, None, None, NOON, "the subscriber was erased")
    with pytest.raises(ValueError, match="without a reader"):
        app.composing.composer(app.editions.foresee(DAY)).message(Choice(gone))
