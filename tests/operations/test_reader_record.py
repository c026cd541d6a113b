"""All that is known of a reader, and the lists that are searched, on both databases."""

import pytest

from digest.errors import NotFoundError
from digest.operations import listings, reader_record
from digest.runs import runs
from digest.subscribers import subscriptions, suppression, votes
from digest.subscribers.rules.reader_filter import ReaderFilter, search_for
from digest.subscribers.store import suppressions
from digest.workers import local
from tests.factories import DAY, NOON

ANN = "ann@example.org"


def test_the_record_has_everything(app, sink, subscribe):
    subscribe("ann", "bob")
    ann = subscriptions.find(app.database, ANN)
    votes.vote(app.database, ann.id, 1, 1, now=NOON)
    local.send(app, DAY)
    found = reader_record.about(app.database, "ANN@example.org", NOON, deliveries=5)
    assert (found["state"], found["state_since"]) == ("active", NOON.isoformat())
    assert found["next_due_at"] == "2026-11-20T07:00:00+00:00"
    assert [delivery["state"] for delivery in found["deliveries"]] == ["sent"]
    assert len(found["deliveries"][0]["papers"]) == 10
    assert [vote["value"] for vote in found["votes"]] == [1]
    suppression.suppress(app.database, ANN, "a complaint", NOON)
    found = reader_record.about(app.database, ANN, NOON, deliveries=0)
    assert found["suppressed"] == {
        "since": NOON.isoformat(),
        "reason": "a complaint",
        "source": "operator",
    }
    assert [event["kind"] for event in found["events"]] == ["suppressed"]
    with pytest.raises(NotFoundError, match="No subscriber"):
        reader_record.about(app.database, "cy@example.org", NOON, deliveries=0)


def test_a_suppression_is_made_once_and_lifted_once(app):
    with app.database.write() as session:
        assert suppressions.add(session, ANN, "first", now=NOON)
        assert not suppressions.add(session, ANN, "second", now=NOON)
        assert suppressions.get(session, ANN) == ("first", NOON, "operator", None)
        assert suppressions.remove(session, ANN)
        assert not suppressions.remove(session, ANN)
        assert suppressions.get(session, ANN) is None


def test_lists_are_searched(app, sink, subscribe):
    subscribe("ann", "a_b", "axb")
    local.send(app, DAY)
    found = subscriptions.iter_all(app.database, ReaderFilter(search=search_for("A_B@")))
    assert [one.address for one in found] == ["a_b@example.org"]
    every = {"on": None, "state": None, "address": None}
    lines = listings.deliveries(app.database, **every, search="a_b")
    assert [line["email"] for line in lines] == ["a_b@example.org"]
    kinds = [run["kind"] for run in runs.newest(app.database, 5, troubled=False, search="SEN")]
    assert kinds == ["send"]
    assert runs.newest(app.database, 5, troubled=True) == []
