"""Every event is told once, in the transaction in which it happens, and names nobody."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from digest.bounces import recording
from digest.bounces.rules.scoring import DEFAULT_RULES
from digest.delivery import stops
from digest.ground.database.tables.webhooks import WebhookAttemptRow, WebhookMessageRow
from digest.ground.database.tables.whole import Base
from digest.ground.tokens.signed_numbers import TokenPurpose, TokenSigner
from digest.model import Feedback, FeedbackKind
from digest.subscribers import confirming, unsubscribe
from digest.subscribers.confirming import Press
from digest.subscribers.opt_in import Asking
from digest.subscribers.store import erasure, events, subscribers
from digest.subscribers.store.events import EventKind
from digest.webhooks.rules.news import News, Told
from digest.webhooks.rules.retrying import MessageState, Reply, Verdict
from digest.webhooks.store.messages import WaitingMessage, settle
from digest.workers import local
from tests.factories import DAY
from tests.sources.http.servers import answer


def id_of(app, name):
    with app.database.read() as session:
        return subscribers.get(session, f"{name}@example.org").id


def waiting(app):
    with app.database.read() as session:
        return session.scalar(select(func.count()).select_from(WebhookMessageRow))


def bounced(app, name, kind=FeedbackKind.COMPLAINT):
    told = Feedback(
        kind=kind,
        source="arf",
        reference=f"one of {name}",
        trusted=True,
        subscriber_id=id_of(app, name),
        status="",
        words="no more",
    )
    recording.record(app.database, told, DEFAULT_RULES, app.clock())


def test_confirming_leaving_and_coming_back_is_told(number, app, delivery, told):
    assert app.opt_in.ask(Asking("ann@example.org", ("speech",), "203.0.113.9"))
    app.opt_in.admit()
    assert waiting(app) == 0  # who has not confirmed is nobody's business
    reader = id_of(app, "ann")
    confirm(app, reader)
    step = unsubscribe.unsubscribe(app.database, reader, app.clock())
    unsubscribe.undo(app.database, reader, step.undo, app.clock())
    assert delivery.drain() == 3
    assert [(one["type"], one["data"]) for one in told()] == [
        ("reader.subscribed", {"reader": reader, "how": "confirmed"}),
        ("reader.left", {"reader": reader, "how": "unsubscribed"}),
        ("reader.subscribed", {"reader": reader, "how": "taken back"}),
    ]


def confirm(app, reader):
    """Press the link of the confirmation."""
    with app.database.read() as session:
        asked = events.newest(session, reader, EventKind.ASKED)
        nonce = subscribers.by_id(session, reader).nonce
    token = TokenSigner(app.settings.keys).sign(TokenPurpose.CONFIRM, reader, asked.id, nonce)
    press = Press(token, "203.0.113.9")
    signer, vocabulary = app.identity.token_signer, app.topics.in_force.vocabulary
    with app.database.write() as session:
        confirming.confirm_all(session, signer, vocabulary, [press], app.clock())


def test_a_complaint_is_told_as_a_bounce(number, app, subscribe, delivery, told):
    subscribe("ann")
    bounced(app, "ann")
    bounced(app, "ann")
    delivery.drain()
    (one,) = told()
    assert one["type"] == "reader.bounced"
    assert one["data"] == {"reader": id_of(app, "ann"), "how": "complaint"}


def test_what_is_rolled_back_was_never_told(number, app, subscribe):
    subscribe("ann")
    with pytest.raises(RuntimeError):
        leave_in_vain(app, id_of(app, "ann"))
    assert waiting(app) == 0


def leave_in_vain(app, reader):
    """Let a transaction fail after somebody left in it."""
    with app.database.write() as session:
        found = subscribers.by_id(session, reader, lock=True)
        unsubscribe.end(session, found, app.clock(), tell=False)
        raise RuntimeError


def test_without_a_webhook_that_wants_it_nothing_is_written(app, hooks, receiver, subscribe):
    hooks.add(receiver.url("/in"), ["edition.opened"], with_addresses=False)
    subscribe("ann")
    unsubscribe.unsubscribe(app.database, id_of(app, "ann"), app.clock(), tell=False)
    assert waiting(app) == 0


def test_an_edition_is_told_from_opening_to_the_last_mail(
    number, app, subscribe, delivery, told, clock
):
    subscribe("ann", "ben")
    app.editions.open(DAY)
    clock.now += timedelta(minutes=1)
    stops.pause(app.database, DAY, "a typo", app.clock)
    stops.pause(app.database, DAY, "again", app.clock)
    stops.resume(app.database, DAY, app.clock)
    delivery.drain()
    assert [one["type"] for one in told()] == [
        "edition.opened",
        "edition.paused",
        "edition.resumed",
    ]
    opened, paused, _ = (one["data"] for one in told())
    assert opened["edition"] == DAY.isoformat()
    assert opened["papers"] > 0
    assert paused == {"edition": DAY.isoformat(), "reason": "a typo"}
    local.send(app, DAY)
    assert delivery.drain() == 1
    assert delivery.drain() == 0
    sent = told()[-1]
    assert sent["type"] == "edition.sent"
    assert sent["data"]["edition"] == DAY.isoformat()
    assert sent["data"]["deliveries"] == {"sent": 2}
    assert sent["data"]["planned_at"].endswith("Z")


def test_it_is_told_again_once_what_was_planned_later_is_settled(
    number, app, subscribe, delivery, told, clock
):
    subscribe("ann")
    local.send(app, DAY)
    delivery.drain()
    clock.now += timedelta(hours=1)
    subscribe("ben")
    local.send(app, DAY)
    delivery.drain()
    sent = [one["data"]["deliveries"] for one in told() if one["type"] == "edition.sent"]
    assert sent == [{"sent": 1}, {"sent": 2}]


def test_while_mail_of_it_waits_it_is_not_told(number, app, subscribe, sink, delivery, told, clock):
    subscribe("ann", "ben")
    sink.replies = {"ben@example.org": "451 4.3.2 later"}
    local.send(app, DAY)
    delivery.drain()
    assert "edition.sent" not in [one["type"] for one in told()]
    sink.replies = {}
    clock.now += timedelta(hours=1)
    local.send(app, DAY)
    delivery.drain()
    assert [one["type"] for one in told()].count("edition.sent") == 1


def test_a_cancelled_edition_is_told_so_and_not_as_sent(number, app, subscribe, delivery, told):
    subscribe("ann")
    app.editions.open(DAY)
    stops.cancel(app.database, DAY, "wrong papers", app.clock)
    delivery.drain()
    assert [one["type"] for one in told()] == ["edition.opened", "edition.cancelled"]


def test_what_was_sent_before_there_was_a_webhook_is_not_told(
    app, subscribe, hooks, receiver, delivery, told, clock
):
    subscribe("ann")
    local.send(app, DAY)
    clock.now += timedelta(minutes=1)
    hooks.add(receiver.url("/in"), ["edition.sent"], with_addresses=False)
    assert delivery.drain() == 0
    assert told() == []


def test_addresses_are_told_only_to_who_was_made_for_it(app, hooks, receiver, subscribe, delivery):
    receiver.pages["/full"] = answer(b"ok")
    hooks.add(receiver.url("/in"), ["reader.left"], with_addresses=False)
    hooks.add(receiver.url("/full"), ["reader.left"], with_addresses=True)
    subscribe("ann")
    unsubscribe.unsubscribe(app.database, id_of(app, "ann"), app.clock(), tell=False)
    assert delivery.drain() == 2
    bodies = {one.path: json.loads(one.body)["data"] for one in receiver.asked}
    assert "address" not in bodies["/in"]
    assert bodies["/full"]["address"] == "ann@example.org"


def erase(app, reader):
    with app.database.write() as session:
        assert erasure.erase(session, reader, app.clock())


def test_erasing_empties_what_waits_and_what_is_kept_and_tells_the_number(
    app, hooks, receiver, subscribe, delivery, told
):
    made, _ = hooks.add(
        receiver.url("/in"), ["reader.left", "reader.erased", "reader.bounced"], with_addresses=True
    )
    receiver.pages["/in"] = answer(b"we removed ann@example.org from the list")
    subscribe("ann")
    reader = id_of(app, "ann")
    unsubscribe.unsubscribe(app.database, reader, app.clock(), tell=False)
    delivery.drain()
    message = receiver.asked[0].headers["webhook-id"]
    assert hooks.resend(made.id, [message]) == 1
    erase(app, reader)
    delivery.drain()
    assert [one["type"] for one in told()] == ["reader.left", "reader.erased"]
    assert told()[1]["data"] == {"reader": reader}
    assert not holds(app, "ann@example.org")
    assert hooks.resend(made.id, None) == 0


def test_what_arrived_stays_in_the_log_without_its_words(app, hooks, receiver, subscribe, delivery):
    made, _ = hooks.add(receiver.url("/in"), ["reader.left"], with_addresses=True)
    receiver.pages["/in"] = answer(b"we removed ann@example.org from the list")
    subscribe("ann")
    reader = id_of(app, "ann")
    unsubscribe.unsubscribe(app.database, reader, app.clock(), tell=False)
    delivery.drain()
    erase(app, reader)
    (kept,) = hooks.attempts(made.id, limit=9)
    assert (kept.news, kept.status, kept.answer) == ("reader.left", 200, "")
    assert not holds(app, "ann@example.org")


def test_a_failed_attempt_forgets_its_words_with_the_reader(
    app, hooks, receiver, subscribe, delivery
):
    made, _ = hooks.add(receiver.url("/in"), ["reader.left"], with_addresses=True)
    receiver.pages["/in"] = lambda _asked, write: write(b"HTTP/1.1 2x0 ann@example.org\r\n\r\n")
    subscribe("ann")
    reader = id_of(app, "ann")
    unsubscribe.unsubscribe(app.database, reader, app.clock(), tell=False)
    delivery.drain()
    assert not holds(app, "2x0")
    delivery.test(made.id)
    with app.database.write() as session:  # as it was kept once
        session.execute(update(WebhookAttemptRow).values(problem="2x0 of them"))
        session.execute(update(WebhookMessageRow).values(state="failed"))
    erase(app, reader)
    theirs = [one for one in hooks.attempts(made.id, limit=9) if one.news == "reader.left"]
    assert [(one.status, one.problem[:9]) for one in theirs] == [(None, "it failed")]


def test_who_is_erased_while_they_are_told_of_leaves_no_words(
    app, hooks, receiver, subscribe, delivery
):
    made, _ = hooks.add(receiver.url("/in"), ["reader.left"], with_addresses=True)
    subscribe("ann")
    reader = id_of(app, "ann")
    unsubscribe.unsubscribe(app.database, reader, app.clock(), tell=False)
    with app.database.write() as session:  # so that erasing keeps it, as what arrived
        session.execute(update(WebhookMessageRow).values(state="failed"))
    with app.database.read() as session:
        row = session.scalars(select(WebhookMessageRow)).one()
    message = WaitingMessage(row.id, row.message_id, Told(News.READER_LEFT, {}), row.at, "", 0)
    erase(app, reader)
    with app.database.write() as session:
        reply = Reply(None, "2x0 ann@example.org", "ann@example.org")
        verdict = Verdict(MessageState.FAILED)
        settle(session, made.id, message, "", reply, verdict, app.clock())
    assert not holds(app, "2x0")


def test_who_never_confirmed_is_erased_in_silence(number, app):
    assert app.opt_in.ask(Asking("ann@example.org", ("speech",), "203.0.113.9"))
    app.opt_in.admit()
    erase(app, id_of(app, "ann"))
    assert waiting(app) == 0


def holds(app, word):
    """Whether any column of any table has a word in it."""
    with app.database.read() as session:
        return any(
            word in str(tuple(row))
            for table in Base.metadata.sorted_tables
            for row in session.execute(select(table))
        )
