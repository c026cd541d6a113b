"""Editions that are paused, resumed, cancelled; the canary and the guard; on both databases."""

import threading
from collections import Counter
from dataclasses import replace

import pytest

from digest.app import App, build_app
from digest.delivery import planning, recovery, send_report, stops
from digest.delivery.guard import Guard, Thresholds
from digest.delivery.leasing import LEASE
from digest.delivery.rules.outcome import BACKOFF, KILLED, settle
from digest.delivery.store import batches
from digest.delivery.store import stops as rows
from digest.delivery.store.batches import Settlement
from digest.devtools.sink.misbehaviour import Misbehaviour
from digest.devtools.sink.rules import parse_rule
from digest.errors import BlockedError, ConflictError, NotFoundError
from digest.ground.database.engine import Database
from digest.model import DeliveryState, StopKind
from digest.runs import runs
from digest.settings import load_settings
from digest.workers import local
from tests.factories import DAY
from tests.rows import let_leases_run_out


def got(sink):
    return Counter(message.recipients[0].partition("@")[0] for message in sink.messages)


def states(report):
    return {state.value: count for state, count in report.states.items()}


def standing(app):
    return send_report.make_report(app.database, app.editions.open(DAY))


@pytest.fixture
def another(app):
    """Make an application on the same database, with other settings."""
    made = []

    def make(**settings) -> App:
        given = vars(app.settings) | settings
        made.append(build_app(load_settings(**given), clock=app.clock))
        return made[-1]

    yield make
    for one in made:
        one.database.close()


def test_a_paused_edition_is_not_sent_until_it_goes_on(app, sink, subscribe):
    subscribe("ann", "bob")
    app.editions.open(DAY)
    steered = stops.pause(app.database, DAY, "the links are wrong", app.clock)
    assert steered.changed
    assert steered.stop.kind is StopKind.PAUSED
    with pytest.raises(BlockedError, match="the links are wrong") as caught:
        local.send(app, DAY)
    assert caught.value.hint == f"digest resume --date {DAY}"
    planning.plan(app.database, app.editions.open(DAY))
    assert local.dispatch(app, stop=lambda: False)["paused"] == [DAY.isoformat()]
    assert not sink.messages
    assert stops.resume(app.database, None, app.clock).changed
    assert states(local.send(app, DAY)) == {"sent": 2}


def test_steering_twice_changes_nothing_and_all_is_recorded(app, subscribe):
    subscribe("ann")
    app.editions.open(DAY)
    assert not stops.resume(app.database, DAY, app.clock).changed
    first = stops.pause(app.database, DAY, "one", app.clock)
    again = stops.pause(app.database, DAY, "two", app.clock)
    assert (again.changed, again.stop) == (False, first.stop)
    assert stops.cancel(app.database, DAY, "over", app.clock).changed
    assert not stops.cancel(app.database, DAY, "still over", app.clock).changed
    for wish in (
        lambda: stops.resume(app.database, DAY, app.clock),
        lambda: stops.pause(app.database, DAY, "three", app.clock),
    ):
        with pytest.raises(ConflictError, match="cannot be taken back: over"):
            wish()
    kinds = [run["kind"] for run in runs.newest(app.database, 9)]
    assert kinds == ["pause", "resume", "cancel", "cancel", "pause", "pause", "resume"]
    assert runs.newest(app.database, 9)[3]["report"]["stopped"]["reason"] == "over"


def test_what_is_not_open_cannot_be_steered(app):
    with pytest.raises(NotFoundError):
        stops.pause(app.database, None, "", app.clock)


def test_cancelling_skips_what_waits_with_the_reason(app, sink, clock, subscribe):
    subscribe("ann", "full", "lost")
    sink.replies = {"full@example.org": "452 mailbox full"}
    sink.misbehaviour = Misbehaviour(
        [parse_rule("lost@* at stored: drop"), parse_rule("full@*: 452 mailbox full")]
    )
    assert states(local.send(app, DAY)) == {"sent": 1, "deferred": 1, "uncertain": 1}
    subscribe("dan")
    planning.plan(app.database, app.editions.open(DAY))
    steered = stops.cancel(app.database, DAY, "", app.clock)
    assert steered.states == {
        DeliveryState.SENT: 1,
        DeliveryState.UNCERTAIN: 1,
        DeliveryState.SKIPPED: 2,
    }
    clock.now += 10 * max(BACKOFF)
    assert local.dispatch(app, stop=lambda: False)["editions"] == []
    with pytest.raises(BlockedError, match="cancelled"):
        local.send(app, DAY)
    subscribe("eve")
    assert planning.plan(app.database, app.editions.open(DAY)) == 0
    assert got(sink) == {"ann": 1, "lost": 1}
    assert standing(app).balanced


def test_a_cancelled_edition_is_not_planned_by_the_clock(app, clock, subscribe):
    subscribe("ann")
    app.editions.open(DAY)
    stops.cancel(app.database, DAY, "", app.clock)
    report = planning.plan_due(app.database, app.editions.freshness, now=app.clock())
    assert (report.edition, report.planned) == (None, 0)


def run_watchfully(app, edition, relay):
    """Send, and look before each message whether the edition was stopped."""
    sender = app.delivery.sender(edition, relay)
    replace(sender, stop_look_seconds=0.0).run()


class Interrupted:
    """A relay during whose work something happens, after one message."""

    def __init__(self, happens):
        self._happens = happens

    def deliver(self, messages, recorder, stop):
        from digest.model import Reply

        for number, message in enumerate(messages):
            recorder.begin(message)
            recorder.answer(message, Reply(250, "2.0.0 Ok"))
            if number == 0:
                self._happens()
            if stop():
                return


@pytest.mark.parametrize("wish", ["pause", "cancel"])
def test_a_running_worker_stops_and_settles_what_it_did(app, subscribe, wish):
    subscribe("ann", "bob", "cy")
    edition = app.editions.open(DAY)
    planning.plan(app.database, edition)
    steer = {
        "pause": lambda: stops.pause(app.database, DAY, "stop", app.clock),
        "cancel": lambda: stops.cancel(app.database, DAY, "stop", app.clock),
    }[wish]
    run_watchfully(app, edition, Interrupted(steer))
    rest = {"pause": "queued", "cancel": "skipped"}[wish]
    assert states(standing(app)) == {"sent": 1, rest: 2}
    assert standing(app).balanced


def test_an_edition_that_goes_on_at_once_is_the_next_runs(app, subscribe):
    subscribe("ann", "bob", "cy")
    edition = app.editions.open(DAY)
    planning.plan(app.database, edition)

    class Hasty(Interrupted):
        def deliver(self, messages, recorder, stop):
            super().deliver(messages, recorder, stop)
            stops.resume(app.database, DAY, app.clock)

    relay = Hasty(lambda: stops.pause(app.database, DAY, "", app.clock))
    run_watchfully(app, edition, relay)
    assert states(standing(app)) == {"sent": 1, "queued": 2}
    assert states(local.send(app, DAY)) == {"sent": 3}


def test_a_killed_workers_batch_of_a_cancelled_edition_is_skipped(app, clock, subscribe):
    subscribe("ann", "bob")
    edition = app.editions.open(DAY)
    planning.plan(app.database, edition)
    with app.database.write() as session:
        now = app.clock()
        batches.lease(session, edition.id, lease="gone", worker="w", now=now, length=LEASE)
    stops.cancel(app.database, DAY, "", app.clock)
    assert states(standing(app)) == {"sending": 2}
    clock.now += 2 * LEASE
    let_leases_run_out(app.database)
    recovery.recover(app.database, app.journals, now=clock.now, uncertain="resend")
    report = standing(app)
    assert report.balanced
    assert set(states(report)) <= {"uncertain", "skipped"}
    with app.database.read() as session:
        assert batches.count_open(session, edition.id) == 0


def test_the_canary_goes_first_and_the_rest_follows(app, sink, subscribe):
    names = [f"reader{number:03}" for number in range(60)]
    subscribe(*names)
    edition = app.editions.open(DAY)
    assert planning.plan(app.database, edition, canary=Thresholds(1).canary) == 60
    with app.database.write() as session:
        first = batches.lease(
            session, edition.id, lease="1", worker="w", now=app.clock(), length=LEASE
        )
        assert (first.first_subscriber_id, first.last_subscriber_id) == (1, 20)
        second = batches.lease(
            session, edition.id, lease="2", worker="w", now=app.clock(), length=LEASE
        )
        assert second is None
        assert batches.settle(session, first, [], now=app.clock())
    assert states(local.send(app, DAY)) == {"sent": 60}
    first = {message.recipients[0].partition("@")[0] for message in sink.messages[:20]}
    assert first == set(names[:20])
    with app.database.read() as session:
        assert rows.canary_batch(session, edition.id) is None


def test_a_canary_that_is_not_sent_yet_outlives_a_pause(app, subscribe):
    subscribe(*[f"reader{number:03}" for number in range(60)])
    edition = app.editions.open(DAY)
    planning.plan(app.database, edition, canary=Thresholds(1).canary)
    stops.pause(app.database, DAY, "", app.clock)
    stops.resume(app.database, DAY, app.clock)
    with app.database.read() as session:
        assert rows.canary_batch(session, edition.id) == 1


def test_a_canary_that_fails_pauses_the_edition(app, sink, clock, subscribe):
    subscribe(*[f"reader{number:03}" for number in range(60)])
    sink.misbehaviour = Misbehaviour([parse_rule("every 4: 550 5.7.1 no")])
    report = local.send(app, DAY)
    assert states(report) == {"sent": 15, "failed": 5, "queued": 40}
    assert report.troubled
    assert report.stop.kind is StopKind.PAUSED
    assert report.stop.reason.startswith("of the first 20 mails, 5 failed")
    sink.misbehaviour = Misbehaviour()
    (trouble,) = [one for one in app.operations.alerts() if one.name.startswith("paused")]
    assert "1 batch of up to 500 mails waits): of the first 20 mails, 5 failed" in trouble.text
    with pytest.raises(BlockedError):
        local.send(app, DAY)
    stops.resume(app.database, DAY, app.clock)
    assert states(local.send(app, DAY)) == {"sent": 55, "failed": 5}


def test_a_sender_that_was_killed_tells_nothing_of_its_canary(app, sink, subscribe):
    subscribe(*[f"reader{number:03}" for number in range(60)])
    edition = app.editions.open(DAY)
    planning.plan(app.database, edition, canary=Thresholds(1).canary)
    with app.database.write() as session:
        first = batches.lease(
            session, edition.id, lease="1", worker="w", now=app.clock(), length=LEASE
        )
        found = settle(KILLED, attempts=2, now=app.clock(), uncertain_attempts=1)
        twice = [
            Settlement(reader, found.state, found.reply, found.not_before, True, None)
            for reader in range(1, 6)
        ]
        assert batches.settle(session, first, twice, now=app.clock())
    report = local.send(app, DAY)
    assert report.stop is None
    assert states(report) == {"sent": 55, "uncertain": 5}


def test_another_worker_waits_for_the_canary_and_goes_on(app, another, sink, subscribe):
    names = [f"reader{number:03}" for number in range(600)]
    subscribe(*names)
    sink.misbehaviour = Misbehaviour([parse_rule("at dot: wait 0.02")])
    reports = []
    others = [another(), another()]
    racers = [
        threading.Thread(target=lambda one=one: reports.append(local.send(one, DAY)))
        for one in others
    ]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    assert got(sink) == dict.fromkeys(names, 1)
    assert sum(report.outcomes[DeliveryState.SENT] for report in reports) == 600


def test_the_guard_pauses_a_run_in_which_too_much_fails(app, another, sink, subscribe):
    subscribe(*[f"reader{number:03}" for number in range(300)])
    service = another(guard_last=50, guard_most_failed=20, canary_percent=0)
    sink.misbehaviour = Misbehaviour([parse_rule("reader*: 554 5.7.1 blocked")])
    report = local.send(service, DAY)
    assert report.stop.reason == (
        "of the last 50 mails, 50 failed or may not have arrived, and 0 were put off"
    )
    assert 50 <= report.states[DeliveryState.FAILED] < 100  # what was in flight was finished
    assert report.balanced


def test_a_reader_who_cannot_be_reached_pauses_nothing(app, sink, subscribe):
    subscribe("ann", "gone")
    sink.replies = {"gone@example.org": "550 5.1.1 no such user"}
    report = local.send(app, DAY)
    assert report.stop is None
    assert states(report) == {"sent": 1, "failed": 1}


def test_the_guard_looks_now_and_then_only(app, subscribe):
    edition = app.editions.open(DAY)
    seldom, always = (
        Guard(app.database, edition.id, Thresholds(), app.clock, look_seconds=seconds)
        for seconds in (600.0, 0.0)
    )
    assert not seldom.stops()
    assert not always.stops()
    stops.pause(app.database, DAY, "", app.clock)
    assert not seldom.stops()
    assert always.stops()


def test_a_guard_whose_database_is_gone_stops_nothing(app, tmp_path, caplog):
    """What is in flight is brought to its end; it is to settle the batch that has to work."""
    gone = Database(f"sqlite:///{tmp_path}/no/such/folder/digest.db")
    guard = Guard(gone, 1, Thresholds(), app.clock)
    assert not guard.stops()
    gone.close()
    assert "could not look whether the edition is stopped" in caplog.text
    assert "Traceback" not in caplog.text
