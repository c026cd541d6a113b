"""Which events are told, and in which bytes."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.ground.database.tables.readers import EventKind
from digest.webhooks.rules.news import News, Recorded, Told, body, of_reader
from tests.factories import NOON

LEFT = Recorded("unsubscribed", {"from": "active"})


@pytest.mark.parametrize(
    ("kind", "detail", "news", "how"),
    [
        ("confirmed", {"asked": 3}, News.READER_SUBSCRIBED, "confirmed"),
        ("unsubscribed", {"from": "paused"}, News.READER_LEFT, "unsubscribed"),
        ("suppressed", {"from": "active", "reason": "by hand"}, News.READER_LEFT, "suppressed"),
        ("suppressed", {"from": "active", "kind": "hard"}, News.READER_BOUNCED, "hard"),
        ("suppressed", {"from": "active", "kind": "complaint"}, News.READER_BOUNCED, "complaint"),
    ],
)
def test_what_is_told_of_a_reader(kind, detail, news, how):
    assert of_reader(5, Recorded(kind, detail)) == Told(news, {"reader": 5, "how": how})


def test_taking_leaving_back_is_subscribing_and_taking_a_change_back_is_not():
    undone = Recorded("undone", {"event": 1})
    found = of_reader(5, undone, LEFT)
    assert found == Told(News.READER_SUBSCRIBED, {"reader": 5, "how": "taken back"})
    assert of_reader(5, undone, Recorded("changed", {})) is None
    assert of_reader(5, undone, Recorded("unsubscribed", {"from": "pending"})) is None


@pytest.mark.parametrize("state", ["pending", "unsubscribed", "suppressed"])
def test_who_was_not_subscribed_does_not_leave(state):
    for kind in ("unsubscribed", "suppressed"):
        assert of_reader(5, Recorded(kind, {"from": state, "kind": "hard"})) is None


@pytest.mark.parametrize("kind", EventKind)
def test_nothing_of_the_detail_is_told_but_the_kind_of_a_bounce(kind):
    detail = {"ip": "203.0.113.9", "address": "ann@example.org", "event": 1, "kind": "soft"}
    found = of_reader(5, Recorded(kind, detail), LEFT)
    assert found is None or found.data.keys() <= {"reader", "how"}
    assert "ann" not in str(found)
    assert "203" not in str(found)


@given(st.text(), st.text())
def test_the_payload_is_json_of_the_three_parts_and_the_address_only_if_given(how, address):
    told = Told(News.READER_LEFT, {"reader": 5, "how": how})
    found = json.loads(body(told, NOON, address))
    data = {"reader": 5, "how": how} | ({"address": address} if address else {})
    assert found == {"type": "reader.left", "timestamp": found["timestamp"], "data": data}
    assert found["timestamp"].endswith("Z")
    assert body(told, NOON, address) == body(told, NOON, address)
