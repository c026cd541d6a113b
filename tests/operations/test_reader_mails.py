"""Deliveries of editions and single mails in one list, by day."""

from datetime import timedelta

from digest.model import DeliveryState
from digest.operations import reader_mails, reader_record
from digest.subscribers import subscriptions
from digest.subscribers.opt_in import Asking
from digest.workers import local
from tests.factories import DAY


def listed(app, **chosen):
    every = dict.fromkeys(("kind", "on", "state", "address", "reply", "search"))
    return list(reader_mails.mails(app.database, **{**every, **chosen}))


def test_the_newest_day_comes_first_and_each_kind_alone(app, subscribe, sink, clock):
    subscribe("ann")
    app.opt_in.ask(Asking("before@example.org", (), "192.0.2.1"))
    local.send(app, DAY)
    clock.now += timedelta(days=1)
    app.opt_in.ask(Asking("ann@example.org", (), "192.0.2.1"))
    sink.replies = {"bad@example.org": "550 5.1.1 no such user"}
    app.opt_in.ask(Asking("bad@example.org", (), "192.0.2.1"))
    app.outbox.drain()
    everything = listed(app)
    assert [(line["kind"], line["email"].partition("@")[0]) for line in everything][:2] == [
        ("confirm", "bad"),
        ("already", "ann"),
    ]
    assert {line["kind"] for line in everything[2:]} == {"digest", "confirm"}
    assert [line["email"] for line in listed(app, kind="already")] == ["ann@example.org"]
    assert [line["edition"] for line in listed(app, kind="digest")] == [DAY.isoformat()]
    assert listed(app, on=DAY) == listed(app, kind="digest")
    assert listed(app, on=DAY, kind="confirm") == []
    for chosen in ({"state": DeliveryState.FAILED}, {"reply": "5.1.*"}, {"search": "BAD@"}):
        assert [line["email"] for line in listed(app, **chosen)] == ["bad@example.org"]
    of_ann = listed(app, address="Ann@example.org")
    assert [line["kind"] for line in of_ann] == ["already", "digest"]
    assert all(line["state"] == "sent" and not line["uncertain"] for line in of_ann)
    reader = subscriptions.find(app.database, "ann@example.org").id
    exported = reader_record.export(app.database, reader)
    assert [line["kind"] for line in exported["single_mails"]] == ["already"]
    shown = reader_record.about(app.database, "ann@example.org", clock.now, deliveries=5)
    assert shown["single_mails"] == exported["single_mails"]
