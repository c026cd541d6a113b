"""Mails of a lab: the rehearsal, the send and the verification agree; others stay as they were."""

import json
from datetime import timedelta

from digest.app import build_app
from digest.ground.database.tables.delivery import DeliveryRow
from digest.lab import opening
from digest.model import InLab
from digest.operations import reader_record
from digest.subscribers import subscriptions, update_preferences
from digest.workers import local
from tests.delivery.forecast.test_dry_run import rehearse
from tests.factories import DAY
from tests.lab.conftest import WISHES


def bodies(messages):
    return {message.recipient: message.body for message in messages}


def test_who_did_not_agree_gets_the_same_bytes_with_and_without_a_lab(app, subscribe):
    subscribe("ann", "bob")
    subscribe("cy", lab="yes", **WISHES)
    _, before = rehearse(app)
    opening.open_lab(app.database, "spring", "match", "trend", now=app.clock())
    _, after = rehearse(app)
    was, now = bodies(before), bodies(after)
    assert [was[name] == now[name] for name in sorted(was)] == [True, True, False]


def test_what_is_rehearsed_is_sent_and_comes_out_again(app, lab, sink, subscribe):
    subscribe("ann", "bob", "cy", lab="yes", **WISHES)
    subscribe("dora", **WISHES)
    _, before = rehearse(app)
    again = build_app(app.settings, clock=app.clock, files=app.files)
    assert bodies(rehearse(again)[1]) == bodies(before)
    again.database.close()
    local.send(app, DAY)
    assert {one.recipients[0]: one.data for one in sink.messages} == bodies(before)
    found = app.seals.verify(DAY, mails=True)
    assert (found.problems, found.mails) == ([], 4)


def test_closing_the_lab_does_not_change_an_edition_that_is_open(app, lab, subscribe):
    subscribe("ann", lab="yes", **WISHES)
    app.editions.open(DAY)
    _, before = rehearse(app)
    opening.close_lab(app.database, now=app.clock() + timedelta(seconds=1))
    assert rehearse(app)[1] == before


def test_the_mail_does_not_say_the_team_and_the_operator_is_told(app, lab, subscribe):
    subscribe("ann", lab="yes", **WISHES)
    _, foreseen = app.explaining.explain("ann@example.org", DAY)
    local.send(app, DAY)
    _, found = app.explaining.explain("ann@example.org", DAY)
    assert [one.team for one in found] == [one.team for one in foreseen]
    assert {one.team.value for one in found if one.team} == {"a", "b"}
    assert all(one.picked for one in found if one.team)
    mail = app.delivery.preview("ann@example.org", DAY)
    assert "lab" not in mail.text.lower().split()


def test_a_reader_can_take_along_which_ranking_picked_a_paper(app, lab, subscribe, id_of):
    subscribe("ann", lab="yes", **WISHES)
    subscribe("bob")
    local.send(app, DAY)
    record = reader_record.export(app.database, id_of("ann"))
    (mail,) = json.loads(json.dumps(record))["mails"]
    assert set(mail["lab"].values()) == {"a", "b"}
    assert set(mail["lab"]) <= set(mail["papers"])
    assert "lab" not in reader_record.export(app.database, id_of("bob"))["mails"][0]


def test_nothing_is_left_of_an_erased_reader(app, lab, subscribe, id_of):
    subscribe("ann", lab="yes", **WISHES)
    local.send(app, DAY)
    number = id_of("ann")
    update_preferences.erase(app.database, number, app.clock())
    with app.database.read() as session:
        assert session.query(DeliveryRow.picks).filter_by(subscriber_id=number).scalar() is None


def test_by_itself_nobody_takes_part(app, subscribe):
    subscribe("ann")
    assert subscriptions.find(app.database, "ann@example.org").preferences.lab is InLab.NO
