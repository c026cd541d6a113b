"""What did not arrive is given up in time, and tried again when somebody asks; both databases."""

from dataclasses import replace
from datetime import timedelta

import pytest

from digest.app import build_app
from digest.delivery import leasing, retries, stops
from digest.delivery.leasing import LEASE
from digest.delivery.retries import Wanted
from digest.delivery.rules.outcome import BACKOFF
from digest.delivery.store import batches
from digest.devtools.sink.misbehaviour import Misbehaviour
from digest.devtools.sink.rules import parse_rule
from digest.errors import InputError
from digest.model import DeliveryState
from digest.operations import listings
from digest.runs import runs
from digest.workers import local
from tests.factories import DAY


def states(report):
    return {state.value: count for state, count in report.states.items()}


def retry(app, *, dry_run=False, **wanted):
    return retries.retry(
        app.database, Wanted(**wanted), app.editions.freshness, app.clock, dry_run=dry_run
    )


@pytest.fixture
def refused(app, sink, subscribe):
    """An edition of which three mails failed, for two reasons."""
    subscribe("ann", "bob", "cy", "dan")
    kept = replace(app.settings, **{"bounces_most": 0})  # three of four are too many
    app = build_app(kept, clock=app.clock, files=app.files, database=app.database)
    sink.replies = {
        "bob@example.org": "550 5.1.1 no such user",
        "cy@example.org": "554 5.7.1 blocked_100%",
        "dan@example.org": "554 5.7.26 not authenticated",
    }
    assert states(local.send(app, DAY)) == {"sent": 1, "failed": 3}
    sink.replies = {}
    return app


def test_what_failed_is_sent_once_the_cause_is_mended(refused, sink):
    assert retry(refused, dry_run=True).queued == {DAY: 3}
    assert retry(refused, reply="5.7.", dry_run=True).queued == {DAY: 2}
    assert retry(refused, reply="BLOCKED_1??%", dry_run=True).queued == {DAY: 1}
    assert retry(refused, reply="5*authenticated", dry_run=True).queued == {DAY: 1}
    assert retry(refused, reply="blockedx100", dry_run=True).queued == {}
    assert runs.newest(refused.database, 1)[0]["kind"] == "send"
    assert retry(refused, reply="5.7.", on=DAY).queued == {DAY: 2}
    assert runs.newest(refused.database, 1)[0]["report"]["queued"] == {DAY.isoformat(): 2}
    assert states(local.send(refused, DAY)) == {"sent": 3, "failed": 1}
    assert len(sink.messages) == 3
    again = listings.deliveries(refused.database, on=DAY, state=DeliveryState.SENT, address=None)
    assert sorted(one["attempts"] for one in again) == [1, 2, 2]
    assert retry(refused, address="bob@EXAMPLE.org").queued == {DAY: 1}
    assert retry(refused).queued == {}


def test_the_list_of_what_failed_can_be_narrowed_by_its_reason(refused):
    found = listings.deliveries(
        refused.database, on=None, state=DeliveryState.FAILED, address=None, reply="5.7.1"
    )
    assert [one["email"] for one in found] == ["cy@example.org"]


def test_what_is_uncertain_is_repeated_only_when_asked_for_by_name(app, sink, subscribe):
    subscribe("ann")
    sink.misbehaviour = Misbehaviour([parse_rule("* first 1 at stored: drop")])
    assert states(local.send(app, DAY)) == {"uncertain": 1}
    assert retry(app).queued == {}
    assert retry(app, state=DeliveryState.UNCERTAIN).queued == {DAY: 1}
    assert states(local.send(app, DAY)) == {"sent": 1}
    one, other = (message.data for message in sink.messages)
    assert one == other
    with pytest.raises(InputError):
        retry(app, state=DeliveryState.SENT)


def test_nothing_of_a_cancelled_edition_is_tried_again(refused):
    stops.cancel(refused.database, DAY, "", refused.clock)
    assert retry(refused).queued == {}


def test_a_worker_that_has_the_batch_leaves_what_was_queued_again(app, refused):
    edition = app.editions.open(DAY)
    retry(app, reply="5.1.1")
    with app.database.write() as session:
        now = app.clock()
        batch = batches.lease(session, edition.id, lease="1", worker="w", now=now, length=LEASE)
    retry(app, reply="5.7.1")
    with app.database.write() as session:
        assert batches.settle(session, batch, [], now=app.clock())
    assert batches_open(app, edition) == 1
    assert states(local.send(app, DAY)) == {"sent": 2, "failed": 1, "skipped": 1}  # no such user


def batches_open(app, edition):
    return leasing.count_waiting(app.database, edition)[0]


def test_what_would_be_tried_after_the_edition_is_stale_is_given_up(app, sink, clock, subscribe):
    subscribe("full", "lost")
    sink.replies = {"full@example.org": "452 mailbox full"}
    sink.misbehaviour = Misbehaviour(
        [parse_rule("lost@* at stored: drop"), parse_rule("full@*: 452 mailbox full")]
    )
    clock.now = app.editions.freshness.ends(DAY) - BACKOFF[0] / 2
    assert states(local.send(app, DAY)) == {"failed": 1, "uncertain": 1}
    lines = list(listings.deliveries(app.database, on=DAY, state=None, address=None))
    assert lines[0]["reply"] == "452 mailbox full (given up: the edition is too old)"
    assert [line["not_before"] for line in lines] == [None, None]
    clock.now += timedelta(days=1)
    assert retry(app).stale == (DAY,)
    assert states(local.send(app, DAY)) == {"deferred": 1, "uncertain": 1}  # sent on purpose
