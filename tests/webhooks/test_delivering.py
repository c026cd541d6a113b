"""What happens is told, at least once, under one id, whoever is killed meanwhile."""

import base64
import hashlib
import hmac
import json
import os
import signal
import sys
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete, func, select, update

from digest.errors import NotFoundError, SettingsError
from digest.ground.database.engine import Database
from digest.ground.database.tables.webhooks import WebhookAttemptRow, WebhookMessageRow
from digest.operations.metrics import registry
from digest.subscribers import suppression, unsubscribe
from digest.webhooks.delivering import LEASE
from digest.webhooks.rules.news import MEANINGS, News
from digest.webhooks.rules.retrying import FAILURES_IN_A_ROW, GIVEN_UP_AFTER, WAITS
from digest.webhooks.webhooks import MOST, tidy
from tests.processes import Process
from tests.races import together
from tests.sources.http.servers import answer, in_turn, redirect
from tests.webhooks.test_telling import id_of


@pytest.fixture
def leave(app, subscribe):
    """Let somebody subscribe by import, and leave: one message."""

    def end(*names):
        subscribe(*names)
        for name in names:
            unsubscribe.unsubscribe(app.database, id_of(app, name), app.clock(), tell=False)

    return end


def ids(receiver):
    return [one.headers["webhook-id"] for one in receiver.asked]


def test_a_message_is_signed_so_that_its_receiver_can_verify_it(
    hook, delivery, leave, receiver, clock
):
    _, secret = hook
    leave("ann")
    clock.now += timedelta(hours=1)
    assert delivery.drain() == 1
    assert delivery.drain() == 0
    (asked,) = receiver.asked
    sent = asked.headers
    assert sent["webhook-timestamp"] == str(int(clock.now.timestamp()))  # of the attempt
    signed = f"{sent['webhook-id']}.{sent['webhook-timestamp']}.".encode() + asked.body
    key = base64.b64decode(secret.removeprefix("whsec_"))
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert sent["webhook-signature"] == f"v1,{expected}"
    payload = json.loads(asked.body)
    assert payload["type"] == "reader.left"
    assert payload["timestamp"] == (clock.now - timedelta(hours=1)).isoformat().replace(
        "+00:00", "Z"
    )


def test_it_is_tried_again_by_its_schedule_with_the_same_id_and_bytes(
    number, hooks, delivery, leave, receiver, clock
):
    receiver.pages["/in"] = in_turn(answer(status=500), redirect("/in"), answer(b"ok"))
    leave("ann")
    assert delivery.drain() == 0
    assert delivery.drain() == 0
    assert len(receiver.asked) == 1
    clock.now += WAITS[0]
    assert delivery.drain() == 0
    clock.now += WAITS[1] - timedelta(seconds=1)
    assert delivery.drain() == 0
    assert len(receiver.asked) == 2
    clock.now += timedelta(seconds=1)
    assert delivery.drain() == 1
    assert len(set(ids(receiver))) == 1
    assert len({one.body for one in receiver.asked}) == 1
    assert len({one.headers["webhook-signature"] for one in receiver.asked}) == 3
    found = hooks.attempts(number, limit=10)
    assert [one.status for one in found] == [200, 302, 500]
    assert [one.problem for one in found] == [
        "", "it answered 302: redirects are not followed", "it answered 500",
    ]  # fmt: skip
    assert {(one.state.value, one.attempts) for one in found} == {("delivered", 3)}
    assert hooks.attempts(number, before=found[1].id, limit=10) == found[2:]


def test_who_is_killed_before_it_is_recorded_sends_again_under_the_same_id(
    app, delivery, leave, receiver, number, clock
):
    """The receiver kills the process that sends, once it has the message, and answers nobody."""
    leave("ann")
    program = (
        "import sys; from digest.app import build_app; from digest.settings import load_settings\n"
        "app = build_app(load_settings(database_url=sys.argv[1], webhooks_allow_private=True,"
        " secret_key='a key for the tests only'))\n"
        "app.webhook_delivery.drain()"
    )
    began = threading.Event()

    def kill(_asked, _write):
        assert began.wait(30)
        os.kill(process.pid, signal.SIGKILL)

    receiver.pages["/in"] = kill
    url = app.settings.database_url.get_secret_value()
    with Process([sys.executable, "-c", program, url], text=True) as process:
        began.set()
        assert process.wait(60) == -signal.SIGKILL
    receiver.pages["/in"] = answer(b"ok")
    clock.now = datetime.now(UTC)  # by which the process took its lease
    assert delivery.drain() == 0  # it still stands
    clock.now += LEASE * 2
    wait_for_the_lease_to_end(app)
    assert delivery.drain() == 1
    assert len(receiver.asked) == 2
    assert len(set(ids(receiver))) == 1
    assert len({one.body for one in receiver.asked}) == 1


def wait_for_the_lease_to_end(app):
    """PostgreSQL measures leases by its own clock; put the end of this one into the past."""
    if not app.database.is_sqlite:
        with app.database.write() as session:
            past = func.clock_timestamp() - timedelta(seconds=1)
            session.execute(update(WebhookMessageRow).values(leased_until=past))


def test_whoever_lost_the_lease_logs_the_attempt_and_changes_nothing(
    number, app, delivery, leave, clock
):
    leave("ann")
    target, leased = delivery._lease(number, "the first")
    clock.now += LEASE * 2
    wait_for_the_lease_to_end(app)
    _, again = delivery._lease(number, "the second")
    assert [one.message_id for one in again] == [one.message_id for one in leased]
    delivery._deliver(target, leased[0], "the first", 0)
    with app.database.read() as session:
        row = session.scalars(select(WebhookMessageRow)).one()
        assert (row.state, row.lease, row.attempts) == ("waiting", "the second", 0)
        assert session.scalar(select(func.count()).select_from(WebhookAttemptRow)) == 1


def test_two_workers_send_no_message_twice(number, delivery, leave, receiver):
    leave(*(f"reader{place}" for place in range(30)))
    arrived = together(delivery.drain, delivery.drain, delivery.drain)
    assert sum(arrived) == 30
    assert len(ids(receiver)) == len(set(ids(receiver))) == 30


def test_a_receiver_that_fails_again_and_again_rests_and_holds_up_no_other(
    number, hooks, delivery, leave, receiver, clock
):
    receiver.pages["/other"] = answer(b"ok")
    hooks.add(receiver.url("/other"), MEANINGS, with_addresses=False)
    receiver.pages["/in"] = answer(status=503)
    leave(*(f"reader{place}" for place in range(8)))
    assert delivery.drain() == 8
    assert receiver.paths.count("/in") == FAILURES_IN_A_ROW
    assert delivery.drain() == 0
    assert receiver.paths.count("/in") == FAILURES_IN_A_ROW
    assert hooks.get(number).webhook.failing_since == clock.now
    receiver.pages["/in"] = answer(b"ok")
    clock.now += timedelta(minutes=2)
    assert delivery.drain() == 8
    assert hooks.get(number).webhook.failing_since is None


def test_after_three_days_without_an_answer_it_is_disabled_and_the_operator_is_told(
    number, app, hooks, delivery, leave, receiver, clock
):
    receiver.pages["/in"] = answer(status=500)
    leave("ann")
    for wait in (timedelta(0), *WAITS):
        assert hooks.get(number).webhook.disabled_at is None
        clock.now += wait
        delivery.drain()
    assert len(receiver.asked) == 10
    found = hooks.get(number)
    assert found.webhook.disabled_at == clock.now
    assert (found.waiting, found.failed) == (0, 1)
    (alert,) = [one for one in app.operations.alerts() if one.name == f"webhook {number}"]
    assert "it answered 500" in alert.text
    assert f"digest webhooks enable {number}" in alert.remedy
    leave("ben")  # nothing is written for it meanwhile
    assert hooks.get(number).waiting == 0

    receiver.pages["/in"] = answer(b"back")
    assert hooks.enable(number)
    assert not hooks.enable(number)
    assert hooks.resend(number, None) == 1
    assert delivery.drain() == 1
    assert len(set(ids(receiver))) == 1
    assert not [one for one in app.operations.alerts() if one.name.startswith("webhook")]
    assert clock.now - GIVEN_UP_AFTER < found.webhook.disabled_at


def test_410_disables_at_once_and_what_else_waits_stays(
    number, app, hooks, delivery, leave, receiver
):
    receiver.pages["/in"] = answer(b"never again", status=410)
    leave("ann", "ben")
    assert delivery.drain() == 0
    assert len(receiver.asked) == 1
    found = hooks.get(number)
    assert found.webhook.reason == "the receiver answered 410 Gone"
    assert (found.waiting, found.failed) == (1, 1)
    assert [one for one in app.operations.alerts() if one.name == f"webhook {number}"]


def test_who_is_disabled_by_hand_alarms_nobody_and_what_waits_goes_on_later(
    number, app, hooks, delivery, leave, receiver
):
    leave("ann")
    assert hooks.disable(number)
    assert not hooks.disable(number)
    assert delivery.drain() == 0
    assert not [one for one in app.operations.alerts() if one.name.startswith("webhook")]
    hooks.enable(number)
    assert delivery.drain() == 1


def test_a_test_message_goes_at_once_also_to_a_disabled_webhook_and_only_once(
    number, hooks, delivery, told, receiver, clock
):
    hooks.disable(number)
    assert delivery.test(number).status == 200
    assert told()[0]["type"] == "webhook.test"
    receiver.pages["/in"] = answer(status=500)
    assert delivery.test(number).problem == "it answered 500"
    hooks.enable(number)
    clock.now += timedelta(days=1)
    assert delivery.drain() == 0
    assert hooks.resend(number, None) == 0
    assert [(one.news, one.status) for one in hooks.attempts(number, limit=9)] == [
        (News.TEST, 500),
        (News.TEST, 200),
    ]


def test_a_message_that_arrived_can_be_sent_again_and_an_unknown_one_cannot(
    number, hooks, delivery, leave, receiver
):
    leave("ann")
    delivery.drain()
    (message,) = ids(receiver)
    assert hooks.resend(number, [message]) == 1
    assert delivery.drain() == 1
    assert ids(receiver) == [message, message]
    with pytest.raises(NotFoundError):
        hooks.resend(number, ["msg_unknown"])
    with pytest.raises(NotFoundError):
        hooks.resend(99, None)


def test_a_removed_webhook_leaves_nothing(number, app, hooks, delivery, leave):
    leave("ann")
    delivery.drain()
    leave("ben")
    hooks.remove(number)
    assert delivery.drain() == 0
    with app.database.read() as session:
        for row in (WebhookMessageRow, WebhookAttemptRow):
            assert session.scalar(select(func.count()).select_from(row)) == 0


def test_one_that_is_removed_while_it_is_told_costs_the_others_nothing(
    number, hooks, delivery, leave, receiver
):
    receiver.pages["/other"] = answer(b"ok")
    hooks.add(receiver.url("/other"), MEANINGS, with_addresses=False)
    asked = threading.Event()

    def removed(_asked, write):
        if not asked.is_set():
            asked.set()
            hooks.remove(number)
        answer(b"too late")(_asked, write)

    receiver.pages["/in"] = removed
    leave("ann", "ben")
    assert delivery.drain() == 2


def test_a_secret_whose_key_is_gone_is_named(number, app, hooks, delivery, leave):
    leave("ann")
    other = Database(app.settings.database_url.get_secret_value(), secret_keys=[b"another key"])
    with pytest.raises(SettingsError, match=f"Webhook {number} cannot be told"):
        replace(delivery, database=other).drain()
    both = [b"another key", *app.settings.keys]
    newer = Database(app.settings.database_url.get_secret_value(), secret_keys=both)
    tidy(newer, 30, app.clock())
    assert replace(delivery, database=other).drain() == 1
    for one in (other, newer):
        one.close()


def test_what_was_settled_long_ago_is_deleted_with_its_attempts(
    number, app, hooks, delivery, leave, receiver, clock
):
    leave("ann")
    delivery.drain()
    receiver.pages["/in"] = answer(status=500)
    leave("ben")
    delivery.drain()
    clock.now += timedelta(days=30, seconds=1)
    assert tidy(app.database, 0, clock.now) == 0
    assert tidy(app.database, 31, clock.now) == 0
    assert tidy(app.database, 30, clock.now) == 1
    assert [one.status for one in hooks.attempts(number, limit=9)] == [500]
    assert hooks.get(number).waiting == 1


def test_figures_show_what_waits_and_what_failed(number, app, delivery, leave, receiver):
    receiver.pages["/in"] = in_turn(answer(b"ok"), answer(status=410))
    leave("ann", "ben", "cyd")
    delivery.drain()
    figures = registry(app.database, app.clock)

    def figure(state):
        labels = {"webhook": str(number), "state": state}
        return figures.get_sample_value("digest_webhook_messages", labels)

    assert (figure("waiting"), figure("failed")) == (1, 1)
    assert figures.get_sample_value("digest_webhook_enabled", {"webhook": str(number)}) == 0


def test_there_are_at_most_so_many(hooks, receiver):
    for _ in range(MOST):
        hooks.add(receiver.url("/in"), ["reader.left"], with_addresses=False)
    with pytest.raises(Exception, match="webhooks already"):
        hooks.add(receiver.url("/in"), ["reader.left"], with_addresses=False)


def test_suppressing_by_hand_is_leaving(number, app, delivery, subscribe, told):
    subscribe("ann")
    suppression.suppress(app.database, "ann@example.org", "asked by phone", app.clock())
    delivery.drain()
    assert told()[0]["data"] == {"reader": id_of(app, "ann"), "how": "suppressed"}


def test_a_message_that_is_erased_while_it_is_sent_leaves_no_attempt(
    number, app, hooks, delivery, leave
):
    leave("ann")
    target, leased = delivery._lease(number, "a lease")
    with app.database.write() as session:
        session.execute(delete(WebhookMessageRow))
    delivery._deliver(target, leased[0], "a lease", 0)
    assert hooks.attempts(number, limit=9) == []
