"""Mails wait in the outbox, and leave it once: whatever the relay does, whoever else drains it."""

import threading
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy

import pytest
from sqlalchemy import select

from digest.app import build_app
from digest.delivery.retries import Wanted
from digest.delivery.rules.outcome import Outcome
from digest.devtools.sink.misbehaviour import Misbehaviour
from digest.devtools.sink.rules import parse_rule
from digest.errors import UnreachableError
from digest.ground.database.tables.askings import AskingRow
from digest.ground.database.tables.outbox import OutboxRow
from digest.model import DeliveryState, MailKind
from digest.outbox.cleanup import KEPT_FOR, forget_settled
from digest.outbox.retries import retry
from digest.outbox.store import mails
from digest.subscribers import subscriptions, suppression, unsubscribe, update_preferences
from digest.subscribers.rules.preferences import parse_preferences
from tests.factories import DAY

SENT, DEFERRED, UNCERTAIN = DeliveryState.SENT, DeliveryState.DEFERRED, DeliveryState.UNCERTAIN
SKIPPED, FAILED = DeliveryState.SKIPPED, DeliveryState.FAILED


def misbehave(sink, *rules: str) -> None:
    sink.misbehaviour = Misbehaviour([parse_rule(rule) for rule in rules])


def opened(sink, place: int = -1):
    return message_from_bytes(sink.messages[place].data, policy=policy.default)


def test_what_was_asked_for_is_mailed_once_and_nothing_of_it_stays(app, ask, sink, lines):
    ask("ann", "ben")
    assert sink.messages == []
    assert app.outbox.drain() == {SENT: 2}
    assert app.outbox.drain() == {}
    assert [each.recipients[0] for each in sink.messages] == ["ann@example.org", "ben@example.org"]
    assert [(line.kind, line.state, line.attempts) for line in lines()] == [
        (MailKind.CONFIRM, SENT, 1)
    ] * 2
    with app.database.read() as session:
        assert [row.detail for row in session.scalars(select(OutboxRow))] == [{}, {}]
        assert session.scalars(select(AskingRow)).all() == []
    assert list(app.outbox.journals.iterdir()) == []


def test_while_the_relay_is_down_everything_waits_and_counts_no_attempt(
    app, ask, sink, lines, clock
):
    ask("ann")
    sink.stop()
    with pytest.raises(UnreachableError):
        app.outbox.drain()
    clock.now += timedelta(days=2)
    with pytest.raises(UnreachableError):
        app.outbox.drain()
    assert [(line.state, line.attempts) for line in lines()] == [(DeliveryState.QUEUED, 0)]
    sink.start()
    assert app.outbox.drain() == {SENT: 1}
    assert opened(sink)["Date"].datetime == clock.now.replace(microsecond=0)


def test_a_confirmation_whose_link_has_expired_is_not_sent(app, ask, sink, lines, clock):
    ask("ann")
    misbehave(sink, "at rcpt: 451 4.3.2 later")
    app.outbox.drain()
    clock.now += timedelta(hours=72, seconds=1)
    misbehave(sink)
    assert app.outbox.drain() == {SKIPPED: 1}
    assert lines()[0].reply == "its link has expired"
    assert sink.messages == []


def test_a_deferred_mail_is_tried_again_with_the_same_bytes(app, ask, sink, lines, clock):
    misbehave(sink, "first 1 at stored: drop")
    ask("ann")
    assert app.outbox.drain() == {UNCERTAIN: 1}
    assert app.outbox.drain() == {}
    clock.now += timedelta(minutes=6)
    assert app.outbox.drain() == {SENT: 1}
    first, second = sink.messages
    assert first.data == second.data
    assert lines()[0].uncertain_attempts == 1


def test_what_may_have_arrived_is_repeated_once_and_no_more(app, ask, sink, lines, clock):
    misbehave(sink, "at stored: drop")
    ask("ann")
    for _ in range(5):
        app.outbox.drain()
        clock.now += timedelta(hours=5)
    assert len(sink.messages) == 2
    assert [(line.state, line.attempts, line.not_before) for line in lines()] == [
        (UNCERTAIN, 2, None)
    ]


def test_a_refused_address_fails_and_costs_the_others_nothing(app, ask, sink, lines):
    misbehave(sink, "ben@example.org at rcpt: 550 5.1.1 no such user")
    ask("ann", "ben", "cyd")
    assert app.outbox.drain() == {SENT: 2, FAILED: 1}
    assert lines()[1].reply == "550 5.1.1 no such user"


def test_mails_are_composed_for_the_reader_as_they_are_then(
    app, ask, sink, lines, subscribe, clock
):
    subscribe("ann", "ben", "cyd")
    ask("dan")
    app.opt_in.admit()
    wanted = parse_preferences({"topics": "vision"}, app.files.vocabulary)
    for name in ("ann", "ben", "cyd"):
        reader = subscriptions.find(app.database, f"{name}@example.org")
        update_preferences.save(app.database, reader.id, wanted, clock.now, tell=True)
    update_preferences.erase(
        app.database, subscriptions.find(app.database, "ann@example.org").id, clock.now
    )
    suppression.suppress(app.database, "ben@example.org", "a complaint", clock.now)
    suppression.suppress(app.database, "dan@example.org", "a complaint", clock.now)
    unsubscribe.unsubscribe(
        app.database, subscriptions.find(app.database, "cyd@example.org").id, clock.now
    )
    assert app.outbox.drain() == {SKIPPED: 4, SENT: 2}  # of them, the last one to ann
    assert [line.reply for line in lines()][:4] == [
        "the address is suppressed",
        "the subscriber was erased",
        "the address is suppressed",
        "the subscriber is unsubscribed",
    ]
    assert "unsubscribed" in opened(sink)["Subject"]


def test_two_that_drain_at_once_send_every_mail_once(app, ask, sink):
    ask(*(f"reader{number}" for number in range(50)))
    other = build_app(app.settings, clock=app.clock, files=app.files)
    app.opt_in.admit()
    threads = [threading.Thread(target=each.outbox.drain) for each in (app, other)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    other.close()
    recipients = [message.recipients[0] for message in sink.messages]
    assert len(recipients) == len(set(recipients)) == 50


def test_what_a_killed_worker_had_begun_is_settled_by_its_journal(app, ask, sink, lines, clock):
    from digest.delivery.store.journal import Journal
    from digest.model import Reply
    from digest.outbox.outbox import LEASE

    ask("ann", "ben", "cyd")
    app.opt_in.admit()
    journal = Journal(app.outbox.journals, "a" * 32)
    with app.database.write() as session:
        leased = mails.lease(
            session, "a" * 32, worker="w", now=clock.now, until=clock.now + LEASE, most=9
        )
    journal.head(0, 0)
    journal.begin(leased[0].id, b"")
    journal.answer(leased[0].id, Reply(250, "2.0.0 taken"))
    journal.begin(leased[1].id, b"")
    assert app.outbox.drain() == {}  # its worker lives
    assert {line.state for line in lines()} == {DeliveryState.SENDING}
    journal.close()  # as a kill does
    assert app.outbox.drain() == {SENT: 3, UNCERTAIN: 1}
    assert [each.recipients[0] for each in sink.messages] == ["ben@example.org", "cyd@example.org"]
    assert [line.uncertain_attempts for line in lines()] == [0, 1, 0]
    assert list(app.outbox.journals.iterdir()) == []


def test_mails_of_a_lost_machine_are_uncertain_once_its_lease_has_run_out(
    app, ask, sink, lines, clock
):
    ask("ann")
    app.opt_in.admit()
    with app.database.write() as session:  # on PostgreSQL leases run by the server's clock
        past = clock.now - timedelta(minutes=1)
        mails.lease(session, "b" * 32, worker="w", now=clock.now, until=past, most=9)
    clock.now += timedelta(minutes=1)
    assert app.outbox.drain() == {UNCERTAIN: 1, SENT: 1}
    assert len(sink.messages) == 1
    assert lines()[0].uncertain_attempts == 1


def test_of_alerts_about_one_thing_only_the_newest_waits(app, alert, sink, lines, clock):
    for number in range(3):
        alert("relay", summary=f"It is so, for the time {number}.")
        alert("disk")
        clock.now += timedelta(days=1)
    assert app.outbox.drain() == {SENT: 2}
    assert sum(line.state is SKIPPED for line in lines()) == 4
    texts = [opened(sink, place).get_body(("plain",)).get_content() for place in (0, 1)]
    assert "for the time 2" in texts[0]
    assert {each.recipients[0] for each in sink.messages} == {"ops@example.org"}


def test_a_throttled_domain_defers_its_mails_and_no_other(app, ask, sink, lines):
    limited = build_app(
        replace(app.settings, **{"domain_limits": "example.org=1/m"}),
        clock=app.clock,
        files=app.files,
        database=app.database,
    )
    ask("ann", "ben")
    assert limited.outbox.drain() == {SENT: 1, DEFERRED: 1}
    assert "held back" in lines()[1].reply
    assert lines()[1].attempts == 0


def test_settled_mails_are_forgotten_after_a_month_and_those_that_wait_are_not(
    app, ask, sink, lines, clock
):
    misbehave(sink, "ben@example.org at rcpt: 451 4.2.1 later")
    ask("ann", "ben")
    app.outbox.drain()
    clock.now += KEPT_FOR
    assert forget_settled(app.database, clock.now) == 0
    clock.now += timedelta(seconds=1)
    assert forget_settled(app.database, clock.now) == 1
    assert [line.address for line in lines()] == ["ben@example.org"]


def test_what_failed_is_queued_again_by_hand(app, ask, sink, lines):
    sink.replies = {"ann@example.org": "550 5.7.1 not now", "ben@example.org": "550 5.1.1 nobody"}
    ask("ann", "ben")
    app.outbox.drain()
    sink.replies = {}
    wanted = Wanted(reply="5.7.*")
    assert retry(app.database, Wanted(on=DAY)) == 0
    assert retry(app.database, wanted, dry_run=True) == 1
    assert app.outbox.drain() == {}
    assert retry(app.database, wanted) == 1
    assert app.outbox.drain() == {SENT: 1}
    assert [message.recipients for message in sink.messages] == [("ann@example.org",)]
    assert retry(app.database, Wanted(address="nobody@example.org")) == 0


def test_an_erased_reader_leaves_nothing_in_the_outbox(app, ask, sink, lines, clock):
    sink.replies = {"ann@example.org": "550 5.1.1 <ann@example.org> is unknown"}
    ask("ann")
    app.outbox.drain()
    reader = subscriptions.find(app.database, "ann@example.org").id
    update_preferences.erase(app.database, reader, clock.now)
    assert [(line.address, line.reply) for line in lines()] == [("", "")]


def test_who_has_lost_their_lease_settles_nothing(app, ask, lines, clock):
    ask("ann")
    app.opt_in.admit()
    past = clock.now - timedelta(minutes=1)
    with app.database.write() as session:
        held = mails.lease(session, "c" * 32, worker="w", now=clock.now, until=past, most=9)
    clock.now += timedelta(minutes=1)
    app.outbox.drain()
    before = lines()
    failed = [mails.Settled(mail, Outcome(FAILED, "too late")) for mail in held]
    with app.database.write() as session:
        assert not mails.settle(session, "c" * 32, failed, now=clock.now)
    assert lines() == before
