"""Settings, doctor, runs, alerts and webhooks in the console."""

import json
import re
import time
from dataclasses import fields, replace

import pytest

from digest.accounts import audit
from digest.app import build_app
from digest.delivery import stops
from digest.model import Role
from digest.operations.alert_mailer import AlertMailer
from digest.operations.rules.alerts import Alert
from digest.runs import runs
from digest.runs.store import runs as store
from digest.subscribers import unsubscribe
from digest.web.console.operations import doctor
from tests.e2e.machines import wait_until
from tests.factories import DAY
from tests.sources.http.servers import WebServer, answer, in_turn
from tests.webhooks.test_telling import id_of

OWN = ("/settings", "/doctor", "/webhooks")


@pytest.fixture
def app(app, clock, files):
    """The same service, whose webhooks may lead to this machine."""
    settings = replace(app.settings, **{"webhooks_allow_private": True})
    made = build_app(settings, clock=clock, files=files)
    yield made
    made.close()


@pytest.fixture
def receiver():
    with WebServer() as server:
        server.pages["/in"] = answer(b"thanks")
        yield server


@pytest.mark.parametrize("path", OWN)
def test_they_are_for_owners(signed_in, path):
    signed_in(Role.EDITOR).see(path, expect=403)
    assert "<h1>" in signed_in(Role.OWNER).see(path)


@pytest.mark.parametrize("path", ["/runs", "/alerts"])
def test_these_are_for_everybody(signed_in, path):
    assert "<h1>" in signed_in(Role.VIEWER).see(path)
    assert path in signed_in(Role.VIEWER).see("/more")


def test_settings_show_value_origin_and_meaning_and_no_secret(app, signed_in):
    page = signed_in().see("/settings")
    assert "DIGEST_WEBHOOKS_ALLOW_PRIVATE" in page
    assert "Set to true to let webhooks" in page
    assert "(hidden)" in page
    assert "a key for the tests only" not in page
    assert page.count("<dt>") == len(fields(app.settings))
    found = signed_in().see("/settings?q=smtp_t")
    assert "DIGEST_SMTP_TIMEOUT_SECONDS" in found
    assert found.count("<dt>") == 1
    changed = signed_in().see("/settings?changed=true")
    assert "DIGEST_WEBHOOKS_ALLOW_PRIVATE" in changed
    assert "DIGEST_SMTP_TIMEOUT_SECONDS" not in changed


def test_a_setting_that_was_changed_since_is_named(signed_in, monkeypatch):
    monkeypatch.setenv("DIGEST_SEND_HOUR", "3")
    page = signed_in().see("/settings?q=send_hour")
    assert "Another value stands there by now" in page
    assert "<code>7</code>" in page


def test_runs_are_listed_by_page_and_each_has_its_report(app, signed_in, clock):
    for number in range(120):
        run = store.Run(f"run{number}", "send", clock(), clock(), "", {"number": number})
        runs.record(app.database, run)
    hand = signed_in(Role.VIEWER)
    first = hand.see("/runs")
    assert "run119" in first
    assert "run69" not in first
    seen, page = [], first
    while True:
        seen += re.findall(r'/runs/(run\d+)"', page)
        older = re.search(r'/admin(/runs\?below=\d+)"', page)
        if older is None:
            break
        page = hand.see(older[1])
    assert seen == [f"run{number}" for number in reversed(range(120))]
    assert "&#34;number&#34;: 7" in hand.see("/runs/run7")
    hand.see("/runs/unknown", expect=404)


def test_runs_with_trouble_can_be_told_apart_and_viewers_see_no_address(app, signed_in, clock):
    told = "550 no mailbox ann@example.org"
    bad = store.Run("bad1", "send", clock(), clock(), told, {"reply": told})
    runs.record(app.database, store.Run("good1", "send", clock(), clock(), "", {}))
    runs.record(app.database, bad)
    page = signed_in(Role.VIEWER).see("/runs?troubled=true")
    assert "bad1" in page
    assert "good1" not in page
    assert "ann@example.org" not in signed_in(Role.VIEWER).see("/runs/bad1")
    assert signed_in(Role.EDITOR).see("/runs/bad1").count("ann@example.org") == 2


def test_alerts_say_when_they_were_told_and_which_are_over(app, signed_in, clock):
    from zoneinfo import ZoneInfo

    mailer = AlertMailer(app.database, "op@example.org", ZoneInfo("UTC"), clock)
    mailer.queue([Alert("one", "Something is wrong", "", ""), Alert("two", "Else is", "", "")])
    mailer.queue([Alert("two", "Else is", "", "")])
    page = signed_in(Role.VIEWER).see("/alerts")
    lasting, over = page.split("<h2>Over</h2>")
    assert "Else is" in lasting
    assert "Something is wrong" in over
    assert "DIGEST_OPERATOR is not set" in page


def test_the_doctor_looks_beside_the_page_and_what_it_found_is_kept(app, signed_in):
    hand = signed_in()
    assert "It has not looked yet." in hand.see("/doctor")
    hand.send_form("/doctor")
    until = time.monotonic() + 60
    while "Findings" not in (page := hand.see("/doctor")):
        assert time.monotonic() < until
        time.sleep(0.2)
    assert "catalogue" in page
    assert "doctor" in hand.see("/runs")
    assert audit.entries(app.database)[0].action == "doctor.look"


def test_while_the_doctor_looks_no_other_begins(app):
    with doctor._looking:
        doctor.examine(app)
    with app.database.read() as session:
        assert store.list_newest(session, 1, kind=doctor.KIND) == []


def made(hand, receiver, **fields):
    """Add a webhook by the form; return its number and its secret."""
    hand.see("/webhooks")
    form = {"url": receiver.url("/in"), "news": ["reader.left", "edition.paused"], **fields}
    page = hand.send_form("/webhooks", expect=200, **form).text
    secret = re.search(r"whsec_[\w+/=]+", page)
    number = re.search(r"/webhooks/(\d+)/test", page)
    assert secret
    assert number
    return number[1], secret[0]


def test_a_webhook_is_added_tried_disabled_and_removed(app, signed_in, receiver):
    hand = signed_in()
    number, secret = made(hand, receiver)
    assert secret not in hand.see(f"/webhooks/{number}")
    assert receiver.url("/in") in hand.see("/webhooks")
    sent = hand.send_form(f"/webhooks/{number}/test")
    assert sent.headers["location"].endswith("done=arrived")
    page = hand.see(f"/webhooks/{number}?done=arrived")
    assert "The test message arrived." in page
    assert "webhook.test" in page
    assert "thanks" in page
    hand.send_form(f"/webhooks/{number}/disable")
    assert "disabled" in hand.see("/webhooks")
    hand.send_form(f"/webhooks/{number}/enable")
    assert app.webhooks.get(int(number)).webhook.disabled_at is None
    hand.send_form(f"/webhooks/{number}/remove")
    hand.see(f"/webhooks/{number}", expect=404)
    entries = audit.entries(app.database)
    assert [one.action for one in entries] == [
        "webhook.remove",
        "webhook.enable",
        "webhook.disable",
        "webhook.test",
        "webhook.add",
    ]
    assert secret not in json.dumps([one.asked for one in entries])
    assert "/in" not in json.dumps([one.asked for one in entries])  # a path may be a key


def test_what_failed_is_shown_and_sent_again(app, signed_in, receiver, subscribe):
    hand = signed_in()
    receiver.pages["/in"] = in_turn(answer(b"<b>gone</b>", status=410), answer(b"ok"))
    number, _ = made(hand, receiver)
    subscribe("ann")
    unsubscribe.unsubscribe(app.database, id_of(app, "ann"), app.clock(), tell=False)
    app.webhook_delivery.drain()  # or the thread of the pages has taken it
    wait_until(lambda: "it answered 410" in hand.see(f"/webhooks/{number}"), seconds=20)
    assert "&lt;b&gt;gone" in hand.see(f"/webhooks/{number}")
    hand.send_form(f"/webhooks/{number}/enable")
    hand.send_form(f"/webhooks/{number}/resend", message=receiver.asked[0].headers["webhook-id"])
    app.webhook_delivery.drain()
    wait_until(lambda: "within" in hand.see(f"/webhooks/{number}"), seconds=20)
    assert app.webhooks.get(int(number)).failed == 0


def test_a_mistake_is_shown_and_nothing_is_added(app, signed_in):
    hand = signed_in()
    hand.see("/webhooks")
    page = hand.send_form("/webhooks", expect=422, url="ftp://example.org", news="reader.left").text
    assert "is not a plain http or https address" in page
    assert 'value="ftp://example.org"' in page
    hand.send_form("/webhooks", expect=422, url="https://example.org/")
    hand.send_form("/webhooks", expect=422, url="https://example.org/", news="reader.sold")
    assert app.webhooks.list_all() == []


def test_attempts_are_listed_by_page(app, signed_in, receiver):
    hand = signed_in()
    number, _ = made(hand, receiver)
    for _ in range(60):
        app.webhook_delivery.test(int(number))
    first = hand.see(f"/webhooks/{number}")
    older = re.search(rf'/admin(/webhooks/{number}\?before=\d+)"', first)
    assert older
    rest = hand.see(older[1])
    ids = re.findall(r"msg_\w+", first + rest)
    assert len(ids) == len(set(ids)) == 60


def test_a_form_of_another_session_changes_nothing(app, signed_in, receiver):
    hand = signed_in()
    number, _ = made(hand, receiver)
    for path in ("test", "disable", "enable", "resend", "remove"):
        answer_ = hand.post(f"/admin/webhooks/{number}/{path}", data={"csrf": "0" * 64})
        assert answer_.status_code == 403
    assert signed_in(Role.EDITOR).post(f"/admin/webhooks/{number}/remove").status_code in (403, 415)
    assert app.webhooks.get(int(number))


def test_what_happens_on_a_page_is_told_within_seconds(app, receiver, signed_in):
    """The thread beside the pages is woken by the request that lets it happen."""
    app.editions.open(DAY)
    made(signed_in(), receiver)
    stops.pause(app.database, DAY, "a typo", app.clock)
    until = time.monotonic() + 10
    while not receiver.asked:
        assert time.monotonic() < until
        time.sleep(0.05)
    assert json.loads(receiver.asked[0].body)["type"] == "edition.paused"
