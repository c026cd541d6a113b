"""All that is known of a subscriber, for people and for programs."""

from digest.devtools.sink.misbehaviour import Misbehaviour
from digest.devtools.sink.rules import parse_rule

ANN = "ann@example.org"


def test_everything_known_is_shown(loaded, sink):
    sink.misbehaviour = Misbehaviour([parse_rule("ann@*: 452 4.2.2 mailbox full")])
    loaded("subscribers", "set", ANN, "--hour", "9", "--no-mail")
    loaded("votes", "add", ANN, "study 7 ", "--less")
    loaded("send", code=1)
    (found,) = loaded("subscribers", "show", ANN, "--json", "--now", "2030-01-01T00:00")
    assert found["state"] == "active"
    assert found["state_since"] == found["confirmed_at"] == found["created_at"]
    assert found["next_due_at"] == "2030-01-01T09:00:00+00:00"
    assert found["consent"]["by"] == "the command line"
    assert [vote["value"] for vote in found["votes"]] == [-1]
    (delivery,) = found["deliveries"]
    assert (delivery["state"], delivery["attempts"]) == ("deferred", 1)
    assert "mailbox full" in delivery["reply"]
    assert len(delivery["papers"]) == 10
    assert [event["kind"] for event in found["events"]] == ["confirmed", "changed"]
    assert found["events"][1]["after"]["schedule"]["hour"] == 9

    shown = loaded("subscribers", "show", ANN)
    for part in (
        *("active since", "speech: 2", "next mail due", "by: the command line"),
        *("less", "study 7", "deferred", "mailbox full", "schedule: "),
    ):
        assert part in shown, part


def test_the_deliveries_that_are_shown_are_the_newest(loaded):
    loaded("send")
    assert loaded("subscribers", "show", ANN, "--limit", "0", "--json")[0]["deliveries"] == []
    shown = loaded("subscribers", "show", "bob@example.org")
    assert "No votes." in shown
    assert "250 2.0.0" in shown
