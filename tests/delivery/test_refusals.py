"""What the relay refuses for good ends a reader's mail, whoever settles the batch."""

from sqlalchemy import select

from digest.app import build_app
from digest.delivery import planning, recovery, stops
from digest.delivery.leasing import LEASE
from digest.delivery.store import batches, journal
from digest.devtools.sink.misbehaviour import Misbehaviour
from digest.devtools.sink.rules import parse_rule
from digest.ground.database.tables.feedback import FeedbackRow
from digest.model import FeedbackKind, Reply, SubscriberState
from digest.settings import load_settings
from digest.subscribers import subscriptions, suppression
from digest.subscribers.opt_in import Asking
from digest.subscribers.store import suppressions
from digest.workers import local
from tests.factories import DAY, NOON

UNKNOWN = "550 5.1.1 <gone@example.org>: User unknown"


def refuse(sink, *rules):
    sink.misbehaviour = Misbehaviour([parse_rule(rule) for rule in rules])


def state(app, name):
    return subscriptions.find(app.database, f"{name}@example.org").state


def feedback(app):
    with app.database.read() as session:
        return session.scalars(select(FeedbackRow).order_by(FeedbackRow.subscriber_id)).all()


def test_an_unknown_user_is_suppressed_in_the_transaction_that_settles(app, sink, subscribe):
    subscribe("ann", "gone", "full", "spam")
    refuse(sink, f"gone@*: {UNKNOWN}", "full@*: 552 5.2.2 full", "spam@* at dot: 554 5.7.1 spam")
    local.send(app, DAY)
    assert state(app, "gone") is SubscriberState.SUPPRESSED
    for name in ("ann", "full", "spam"):
        assert state(app, name) is SubscriberState.ACTIVE
    kinds = [(row.kind, row.source, row.edition, row.trusted, row.status) for row in feedback(app)]
    assert kinds == [
        (FeedbackKind.HARD, "rcpt", DAY, True, "5.1.1"),
        (FeedbackKind.SOFT, "rcpt", DAY, True, "5.2.2"),
        (FeedbackKind.BLOCKED, "rcpt", DAY, True, "5.7.1"),
    ]
    with app.database.read() as session:
        why = suppressions.get(session, "gone@example.org")
    assert why == ("a hard bounce: 550 5.1.1", NOON, "rcpt", "hard")


def test_the_refusal_of_our_sender_is_about_nobody(app, sink, subscribe):
    subscribe("ann")
    refuse(sink, "at mail: 550 5.1.1 User unknown")
    report = local.send(app, DAY)
    assert [state.value for state in report.states] == ["deferred"]
    assert feedback(app) == []
    assert state(app, "ann") is SubscriberState.ACTIVE


def test_what_is_put_off_is_no_bounce_yet(app, sink, subscribe):
    subscribe("ann")
    refuse(sink, "ann@*: 450 4.2.0 greylisted")
    local.send(app, DAY)
    assert feedback(app) == []


def test_an_answer_in_a_dead_workers_journal_counts_and_only_once(app, subscribe):
    subscribe("gone", "ann")
    edition = app.editions.open(DAY)
    planning.plan(app.database, edition)
    gone = subscriptions.find(app.database, "gone@example.org").id
    lease = "0123456789abcdef0123456789abcdef"
    with app.database.write() as session:
        batch = batches.lease(session, edition.id, lease=lease, worker="w", now=NOON, length=LEASE)
    book = journal.Journal(app.journals, lease)
    book.head(edition.id, batch.number)
    book.begin(gone, b"")
    book.answer(gone, Reply(550, UNKNOWN.removeprefix("550 "), "RCPT"))
    book.close()
    recovery.recover(app.database, app.journals, now=NOON, uncertain="resend")
    assert state(app, "gone") is SubscriberState.SUPPRESSED
    assert state(app, "ann") is SubscriberState.ACTIVE
    assert [row.kind for row in feedback(app)] == [FeedbackKind.HARD]


def test_a_few_bounces_are_no_news(app, sink, subscribe):
    subscribe(*(f"r{n:03}" for n in range(800)), *(f"gone{number:03}" for number in range(30)))
    refuse(sink, f"gone0*: {UNKNOWN}")
    report = local.send(app, DAY)
    counts = {state.value: count for state, count in report.states.items()}
    assert counts == {"failed": 30, "sent": 800}  # 3.6 percent
    assert report.stop is None


def test_too_many_bounces_pause_an_edition_before_its_next_batch(app, sink, subscribe):
    subscribe(*(f"gone{number:03}" for number in range(60)), *(f"r{n:03}" for n in range(800)))
    refuse(sink, f"gone0*: {UNKNOWN}")
    given = vars(app.settings) | {"guard_last": 0, "canary_percent": 0}
    app = build_app(load_settings(**given), clock=app.clock, database=app.database)
    report = local.send(app, DAY)
    counts = {state.value: count for state, count in report.states.items()}
    assert counts == {"failed": 60, "sent": 440, "queued": 360}
    assert (
        report.stop.reason == "of 500 mails, 60 bounced for good, and 0 were blocked because of us"
    )
    stops.resume(app.database, DAY, app.clock)
    report = local.send(app, DAY)
    assert {state.value: n for state, n in report.states.items()} == {"failed": 60, "sent": 800}


def test_a_refused_single_mail_counts_and_one_that_may_be_tried_again_does_not(app, sink):
    refuse(sink, "gone@*: 550 5.1.1 User unknown", "busy@*: 450 4.2.0 later")
    for name in ("gone", "busy"):
        assert app.opt_in.ask(Asking(f"{name}@example.org", (), "192.0.2.1"))
    app.outbox.drain()
    with app.database.read() as session:
        assert suppressions.get(session, "gone@example.org").source == "rcpt"
        assert suppressions.get(session, "busy@example.org") is None
    assert state(app, "gone") is SubscriberState.PENDING  # and so forgotten after a week
    assert suppression.is_suppressed(app.database, "gone@example.org")


def test_a_relay_that_refuses_everybody_suppresses_nobody(app, sink, subscribe):
    readers = [f"r{number:03}" for number in range(60)]
    subscribe(*readers)
    refuse(sink, f"*: {UNKNOWN}")
    report = local.send(app, DAY)
    assert report.stop is not None
    assert {state.value: n for state, n in report.states.items()} == {"queued": 60}
    assert {state(app, name) for name in readers} == {SubscriberState.ACTIVE}
    assert feedback(app) == []
    with app.database.read() as session:
        assert suppressions.counts(session) == {}
    stops.resume(app.database, DAY, app.clock)
    refuse(sink)
    report = local.send(app, DAY)
    assert {state.value: n for state, n in report.states.items()} == {"sent": 60}
    assert report.stop is None


def test_an_outage_that_lasts_pauses_again_and_who_is_really_gone_is_suppressed_then(
    app, sink, subscribe
):
    subscribe("gone", *(f"r{number:03}" for number in range(59)))
    for _ in range(2):
        refuse(sink, f"*: {UNKNOWN}")
        assert local.send(app, DAY).stop is not None
        assert state(app, "gone") is SubscriberState.ACTIVE
        stops.resume(app.database, DAY, app.clock)
    refuse(sink, f"gone@*: {UNKNOWN}")
    report = local.send(app, DAY)
    assert {state.value: n for state, n in report.states.items()} == {"failed": 1, "sent": 59}
    assert state(app, "gone") is SubscriberState.SUPPRESSED
    assert state(app, "r000") is SubscriberState.ACTIVE


def test_an_outage_in_an_edition_too_small_for_a_canary_suppresses_nobody(app, sink, subscribe):
    readers = [f"r{number:03}" for number in range(12)]
    subscribe(*readers)
    refuse(sink, f"*: {UNKNOWN}")
    assert local.send(app, DAY).stop is not None
    assert {state(app, name) for name in readers} == {SubscriberState.ACTIVE}


def test_an_outage_behind_the_canary_is_taken_back_by_the_guard(app, sink, subscribe):
    subscribe(*(f"a{number:03}" for number in range(420)), *(f"z{n:03}" for n in range(120)))
    refuse(sink, f"z*: {UNKNOWN}")
    given = vars(app.settings) | {"guard_last": 100}
    app = build_app(load_settings(**given), clock=app.clock, database=app.database)
    assert local.send(app, DAY).stop is not None
    with app.database.read() as session:
        assert suppressions.counts(session) == {}
    stops.resume(app.database, DAY, app.clock)
    refuse(sink)
    report = local.send(app, DAY)
    assert {state.value: n for state, n in report.states.items()} == {"sent": 540}


def test_what_others_suppressed_stays_when_an_outage_is_taken_back(app, sink, subscribe):
    subscribe(*(f"r{number:03}" for number in range(60)))
    suppression.suppress(app.database, "r000@example.org", "asked for it", NOON)
    refuse(sink, f"*: {UNKNOWN}")
    assert local.send(app, DAY).stop is not None
    assert state(app, "r000") is SubscriberState.SUPPRESSED
