"""Suppressed means never mailed, whatever the state of the subscriber says."""

import pytest

from digest.delivery import planning
from digest.model import DeliveryState, Preferences
from digest.operations import listings
from digest.outbox.store import figures
from digest.subscribers import subscriptions, suppression, unsubscribe, update_preferences
from digest.subscribers.store import suppressions
from digest.workers import local
from tests.factories import DAY, NOON

BOB = "bob@example.org"


@pytest.fixture
def barred(app, subscribe):
    """Bob is active, and his address is suppressed: by another program, or another machine."""
    subscribe("ann", "bob")
    with app.database.write() as session:
        assert suppressions.add(session, BOB, "a complaint", now=NOON)
    return subscriptions.find(app.database, BOB)


def test_an_active_subscriber_with_a_suppressed_address_is_skipped(app, sink, barred):
    report = local.send(app, DAY)
    assert {state.value: count for state, count in report.states.items()} == {
        "sent": 1,
        "skipped": 1,
    }
    assert [message.recipients for message in sink.messages] == [("ann@example.org",)]
    (line,) = listings.deliveries(app.database, on=DAY, state=DeliveryState.SKIPPED, address=BOB)
    assert line["reply"] == "the address is suppressed"


def test_a_rehearsal_says_the_same(app, sink, barred):
    shown = {}
    report = app.delivery.rehearse(
        DAY, show=lambda choice, message: shown.update({choice.due.subscriber_id: message})
    )
    assert {state.value: count for state, count in report.states.items()} == {
        "queued": 1,
        "skipped": 1,
    }
    assert shown[barred.id] is None


def test_who_is_suppressed_while_his_mail_is_queued_gets_none(app, sink, subscribe):
    subscribe("ann", "bob")
    planning.plan(app.database, app.editions.open(DAY), now=NOON)
    suppression.suppress(app.database, "Bob@Example.org", "he called", NOON)
    local.send(app, DAY)
    assert [message.recipients for message in sink.messages] == [("ann@example.org",)]
    (line,) = listings.deliveries(app.database, on=DAY, state=None, address=BOB)
    assert (line["state"], line["reply"]) == ("skipped", "the subscriber is suppressed")


def test_no_other_mail_goes_to_him_either(app, barred):
    assert update_preferences.save(app.database, barred.id, Preferences(), NOON, tell=True)
    step = unsubscribe.unsubscribe(app.database, barred.id, NOON)
    assert (step.changed, step.told) == (True, False)
    with app.database.read() as session:
        assert list(figures.entries(session)) == []


def test_the_mail_of_a_subscription_that_ended_is_told_to_others(app, subscribe):
    subscribe("ann")
    ann = subscriptions.find(app.database, "ann@example.org")
    first, again = (unsubscribe.unsubscribe(app.database, ann.id, NOON) for _ in range(2))
    assert (first.told, again.told) == (True, False)
