"""Sending against a real mail server, on SQLite and PostgreSQL."""

import multiprocessing
import resource
import threading
from collections import Counter
from contextlib import contextmanager
from dataclasses import replace

import pytest
from sqlalchemy import text

from digest.app import build_app
from digest.delivery import planning, recovery, send_report
from digest.delivery.leasing import LEASE
from digest.delivery.rules.outcome import BACKOFF
from digest.delivery.store import batches, ledger, reasons
from digest.delivery.store.journal import Journal
from digest.devtools.sink.misbehaviour import Misbehaviour
from digest.devtools.sink.rules import parse_rule
from digest.errors import DigestError, UnreachableError
from digest.installation import sent_log
from digest.model import (
    DeliveryState,
    Lost,
    Pick,
    Preferences,
    Reason,
    ReasonKind,
    Reply,
    SubscriberState,
)
from digest.setting_values import SecretStr
from digest.subscribers.store import erasure, subscribers
from digest.workers import local, processes
from tests.factories import DAY, NOON
from tests.rows import let_leases_run_out


def got(sink):
    return Counter(message.recipients[0].partition("@")[0] for message in sink.messages)


def states(report):
    return {state.value: count for state, count in report.states.items()}


def test_everybody_gets_one_mail_and_the_second_run_has_nothing_to_do(app, sink, subscribe):
    subscribe("ann", "bob", "cy")
    first, second = local.send(app, DAY), local.send(app, DAY)
    assert got(sink) == {"ann": 1, "bob": 1, "cy": 1}
    assert states(first) == states(second) == {"sent": 3}
    assert first.balanced
    assert not second.outcomes
    assert second.note == "everybody has had this edition"


def test_a_full_mailbox_is_tried_again_when_its_time_has_come(app, sink, clock, subscribe):
    subscribe("ann", "full", "gone")
    sink.replies = {"full@example.org": "452 mailbox full", "gone@example.org": "550 no such user"}
    assert states(local.send(app, DAY)) == {"sent": 1, "deferred": 1, "failed": 1}
    clock.now += BACKOFF[0] / 2
    soon = local.send(app, DAY)
    assert not soon.outcomes
    assert "waits for the time of the next attempt" in soon.note
    sink.replies = {}
    clock.now += BACKOFF[0]
    assert states(local.send(app, DAY)) == {"sent": 2, "failed": 1}
    assert got(sink) == {"ann": 1, "full": 1}


def test_who_never_stops_deferring_is_given_up(app, sink, clock, subscribe):
    subscribe("full")
    sink.replies = {"full@example.org": "452 mailbox full"}
    for _ in range(len(BACKOFF) + 1):
        local.send(app, DAY)
        clock.now += 2 * max(BACKOFF)
    report = local.send(app, DAY)
    assert states(report) == {"failed": 1}
    assert not report.outcomes


def test_unsubscribing_works_for_mail_that_is_queued_already(app, sink, subscribe):
    subscribe("ann", "bob", "cy")
    planning.plan(app.database, app.editions.open(DAY))
    with app.database.write() as session:
        ann = subscribers.get(session, "ann@example.org")
        cy = subscribers.get(session, "cy@example.org")
        subscribers.set_state(session, ann.id, SubscriberState.UNSUBSCRIBED)
        erasure.erase(session, cy.id, NOON)
    assert states(local.send(app, DAY)) == {"sent": 1, "skipped": 2}
    assert got(sink) == {"bob": 1}


def test_reasons_of_earlier_batches_are_not_kept_without_end(app, sink, subscribe):
    edition = app.editions.open(DAY)
    for name, topic in [("ann", "compression"), ("bob", "speech")]:
        subscribe(name, topics=topic)
        planning.plan(app.database, edition, now=app.clock())  # a batch for each
    with app.smtp.pool() as relay:
        sender = replace(app.delivery.sender(edition, relay), most_reasons=0)
        assert sender.run() == {DeliveryState.SENT: 2}
    assert got(sink) == {"ann": 1, "bob": 1}
    subjects = {reason.subject for reason in sender.reason_ids if reason.kind is ReasonKind.TOPIC}
    assert subjects == {"speech"}


def test_who_leaves_while_their_batch_is_on_the_wire_gets_nothing(app, sink, subscribe):
    names = [f"reader{number:02}" for number in range(60)]
    subscribe(*names)
    sink.misbehaviour = Misbehaviour([parse_rule("at dot: wait 0.2")])
    edition = app.editions.open(DAY)
    planning.plan(app.database, edition, now=app.clock())

    def send():
        with app.smtp.pool() as relay:
            sender = app.delivery.sender(edition, relay)
            replace(sender, unsubscribes_look_seconds=0.0).run()

    sending = threading.Thread(target=send)
    sending.start()
    had = [message.recipients[0] for message in sink.wait_for(8)]
    with app.database.write() as session:
        ids = [subscribers.get(session, f"{name}@example.org").id for name in names]
        subscribers.set_state(session, ids[-1], SubscriberState.UNSUBSCRIBED)
        subscribers.set_state(session, ids[-2], SubscriberState.SUPPRESSED)
        erasure.erase(session, ids[-3], NOON)
        served = subscribers.get(session, had[0]).id
        subscribers.set_state(session, served, SubscriberState.UNSUBSCRIBED)
    sending.join()
    assert got(sink) == dict.fromkeys(names[:-3], 1)
    report = send_report.make_report(app.database, edition)
    assert report.balanced
    assert states(report) == {"sent": 57, "skipped": 3}
    with app.database.read() as session:
        entries = ledger.entries(session, state=DeliveryState.SKIPPED)
        replies = {entry.subscriber_id: (entry.reply, entry.attempts) for entry in entries}
    assert replies == {
        ids[-1]: ("the subscriber is unsubscribed", 0),
        ids[-2]: ("the subscriber is suppressed", 0),
        ids[-3]: ("the subscriber was erased", 0),
    }
    assert not local.send(app, DAY).outcomes


def test_who_has_nothing_left_to_read_is_skipped_with_the_reason(app, sink, subscribe):
    subscribe("ann", muted="study")
    assert states(local.send(app, DAY)) == {"skipped": 1}
    assert not sink.messages


def test_one_reader_that_cannot_be_composed_for_costs_one_mail(app, sink, subscribe):
    subscribe("ann", "cy")
    with app.database.write() as session:
        broken = ("bob@example.org", "Bob\r\nBcc: all@example.org", Preferences())
        subscribers.add_all(session, [broken], state=SubscriberState.ACTIVE, now=app.clock())
    assert states(local.send(app, DAY)) == {"sent": 2, "failed": 1}
    assert got(sink) == {"ann": 1, "cy": 1}


def test_two_senders_at_once_give_everybody_one_mail(app, sink, subscribe):
    names = [f"reader{number}" for number in range(1100)]
    subscribe(*names)
    other = build_app(app.settings, clock=app.clock)
    reports = []
    racers = [
        threading.Thread(target=lambda one=one: reports.append(local.send(one, DAY)))
        for one in (app, other)
    ]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    other.database.close()
    assert got(sink) == dict.fromkeys(names, 1)
    assert sum(report.outcomes[DeliveryState.SENT] for report in reports) == len(names)


@pytest.fixture
def dead_worker(app, subscribe):
    """Leave behind what a worker leaves that was killed: ann answered, bob begun, cy neither."""

    def leave(*, journal_too: bool = True) -> None:
        subscribe("ann", "bob", "cy")
        edition = app.editions.open(DAY)
        planning.plan(app.database, edition)
        journal = Journal(app.journals, "dead")
        with app.database.write() as session:
            batch = batches.lease(
                session, edition.id, lease="dead", worker="w", now=app.clock(), length=LEASE
            )
            journal.head(edition.id, batch.number)
        with app.database.write() as session:
            reasons.intern(session, [Reason(ReasonKind.TRENDING)])
            ids = reasons.ids_of(session, [Reason(ReasonKind.TRENDING)])
        paper_id = edition.edition.candidates[0].paper.id
        picks = reasons.pack([Pick(paper_id, Reason(ReasonKind.TRENDING))], ids)
        journal.begin(1, picks)
        journal.begin(2, picks)
        journal.answer(1, Reply(250, "2.0.0 Ok"))
        if journal_too:
            journal.close()
        else:
            journal.remove()

    return leave


def test_after_a_kill_only_who_was_not_begun_or_not_answered_is_mailed(app, sink, dead_worker):
    dead_worker()
    report = local.send(app, DAY)
    assert report.recovered == {DeliveryState.SENT: 1, DeliveryState.UNCERTAIN: 1}
    assert got(sink) == {"bob": 1, "cy": 1}
    assert states(report) == {"sent": 3}


def test_after_a_kill_the_uncertain_are_held_when_that_is_the_policy(app, dead_worker):
    dead_worker()
    found = recovery.recover(app.database, app.journals, now=app.clock(), uncertain="hold")
    assert found == {DeliveryState.SENT: 1, DeliveryState.UNCERTAIN: 1}
    report = send_report.make_report(app.database, app.editions.open(DAY))
    assert states(report) == {"sent": 1, "uncertain": 1, "queued": 1}
    assert not list(app.journals.iterdir())
    again = recovery.recover(app.database, app.journals, now=app.clock(), uncertain="hold")
    assert not again


def test_a_lease_without_its_journal_makes_all_uncertain_once_it_has_run_out(
    app, sink, dead_worker
):
    dead_worker(journal_too=False)
    early = local.send(app, DAY)
    assert states(early) == {"sending": 3}
    assert "another run is sending 3 of them" in early.note
    let_leases_run_out(app.database)
    late = local.send(app, DAY)
    assert late.recovered == {DeliveryState.UNCERTAIN: 3}
    assert states(late) == {"sent": 3}
    assert set(got(sink).values()) == {1}


def test_a_worker_that_comes_back_late_settles_nothing(app, sink, clock, subscribe, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    subscribe("ann")
    edition = app.editions.open(DAY)
    planning.plan(app.database, edition)

    class Thief:
        """A relay during whose work another run takes the batch over."""

        def deliver(self, messages, recorder, stop):
            message = next(messages)
            recorder.begin(message)
            let_leases_run_out(app.database)
            recovery.recover(app.database, elsewhere, now=clock.now, uncertain="hold")
            recorder.answer(message, Reply(250, "2.0.0 Ok"))

    sender = app.delivery.sender(edition, Thief())
    with pytest.raises(DigestError, match="given to another worker"):
        sender.run()
    assert states(send_report.make_report(app.database, edition)) == {"uncertain": 1}


def test_a_relay_that_goes_away_leaves_the_rest_queued(app, sink, subscribe):
    subscribe("ann", "bob", "cy")
    edition = app.editions.open(DAY)
    planning.plan(app.database, edition)

    class Failing:
        """A relay that takes one message, loses the reply of one, and gives up."""

        def deliver(self, messages, recorder, stop):
            for answer in (Reply(250, "2.0.0 Ok"), Lost("connection lost")):
                message = next(messages)
                recorder.begin(message)
                recorder.answer(message, answer)
            raise UnreachableError("the relay is gone")

    sender = app.delivery.sender(edition, Failing())
    with pytest.raises(UnreachableError):
        sender.run()
    report = send_report.make_report(app.database, edition)
    assert states(report) == {"sent": 1, "uncertain": 1, "queued": 1}
    assert report.balanced


def test_an_answer_that_the_journal_has_no_room_for_is_settled_all_the_same(app, sink, subscribe):
    subscribe("ann", "bob")
    edition = app.editions.open(DAY)
    planning.plan(app.database, edition)

    class Filling:
        """A relay during whose work the disk gets full."""

        def deliver(self, messages, recorder, stop):
            message = next(messages)
            recorder.begin(message)
            limits = resource.getrlimit(resource.RLIMIT_FSIZE)
            resource.setrlimit(resource.RLIMIT_FSIZE, (0, limits[1]))
            try:
                recorder.answer(message, Reply(250, "2.0.0 Ok"))
            finally:
                resource.setrlimit(resource.RLIMIT_FSIZE, limits)

    sender = app.delivery.sender(edition, Filling())
    with pytest.raises(DigestError, match=r"journal .* cannot be written"):
        sender.run()
    assert states(send_report.make_report(app.database, edition)) == {"sent": 1, "queued": 1}


def test_a_repeat_is_the_same_mail_even_when_the_reader_has_changed_his_mind(
    app, sink, clock, subscribe
):
    subscribe("ann")
    sink.misbehaviour = Misbehaviour([parse_rule("* first 1 at stored: drop")])
    assert states(local.send(app, DAY)) == {"uncertain": 1}
    with app.database.write() as session:
        ann = subscribers.get(session, "ann@example.org")
        wishes = Preferences(topics={"coding": 1.0}, schedule=ann.preferences.schedule)
        subscribers.set_preferences(session, ann.id, wishes)
    clock.now += 2 * BACKOFF[0]
    assert states(local.send(app, DAY)) == {"sent": 1}
    first, second = (message.data for message in sink.messages)
    assert first[: first.index(b"\r\n\r\n")] == second[: second.index(b"\r\n\r\n")]


def test_a_journal_of_a_batch_that_is_settled_goes_into_the_log_of_what_was_sent(
    app, sink, subscribe
):
    subscribe("ann")
    local.send(app, DAY)
    finished = Journal(app.journals, "finished")
    finished.head(app.editions.open(DAY).id, 1)
    finished.begin(1, b"")
    finished.close()
    empty = Journal(app.journals, "empty")
    empty.close()
    assert not local.send(app, DAY).recovered
    assert not list(app.journals.iterdir())
    first, second = sent_log.read(app.installation.folder)
    assert (first.sent, first.uncertain) == ({1}, set())
    assert (second.sent, second.uncertain) == (set(), {1})
    assert got(sink) == {"ann": 1}


def test_a_stop_before_the_first_batch_sends_nothing(app, sink, subscribe):
    subscribe("ann")
    assert states(local.send(app, DAY, stop=lambda: True)) == {"queued": 1}
    assert not sink.messages


def test_one_reader_of_many_can_be_mailed_first(app, sink, subscribe):
    subscribe("ann", "bob", "cy")
    planning.plan(app.database, app.editions.open(DAY))
    report = local.send(app, DAY, to="bob@example.org")
    assert states(report) == {"sent": 1, "queued": 2}
    assert states(local.send(app, DAY)) == {"sent": 3}
    assert set(got(sink).values()) == {1}


class Refusing:
    """A database whose transactions come through and whose answer to the last commit does not."""

    def __init__(self, database):
        self.is_sqlite, self.read = database.is_sqlite, database.read
        self._database = database

    @contextmanager
    def write(self):
        with self._database.write() as session:
            yield session
        raise UnreachableError("The database broke off")


def test_a_lease_whose_commit_had_no_answer_is_ended_by_the_next_recovery(app, sink, subscribe):
    """We live on: what we hold open ourselves would be nobody's orphan."""
    subscribe("ann")
    edition = app.editions.open(DAY)
    planning.plan(app.database, edition)
    with app.smtp.pool() as relay:
        sender = app.delivery.sender(edition, relay)
        with pytest.raises(UnreachableError):
            replace(sender, database=Refusing(app.database)).run()
    with app.database.read() as session:
        assert batches.count_open(session, edition.id) == 0
    app.delivery.recover()
    assert not list(app.journals.iterdir())
    assert states(local.send(app, DAY)) == {"sent": 1}
    assert got(sink) == {"ann": 1}


@pytest.mark.timeout(120)
def test_when_every_process_dies_the_send_says_so_and_the_next_goes_on(app, sink, subscribe):
    names = [f"reader{number}" for number in range(20)]
    subscribe(*names)
    planning.plan(app.database, app.editions.open(DAY))
    sink.misbehaviour = Misbehaviour([parse_rule("at dot: wait 1")])

    def kill_all():
        sink.wait_for(1, timeout_seconds=60)
        for child in multiprocessing.active_children():
            child.kill()

    killer = threading.Thread(target=kill_all)
    killer.start()

    with pytest.raises(DigestError, match="Every process that was at work died"):
        local.dispatch(app, stop=lambda: False)
    killer.join()
    sink.misbehaviour = Misbehaviour()
    app.delivery.recover()
    assert set(states(local.send(app, DAY))) <= {"sent", "uncertain"}
    assert set(got(sink)) == set(names)


def test_a_process_that_finds_no_database_reports_that_and_nothing_else(app, tmp_path):
    """It is not opened once more only to be closed."""
    ours, theirs = multiprocessing.Pipe(duplex=False)
    nowhere = SecretStr(f"sqlite:///{tmp_path}/no/such/folder/digest.db")
    settings = replace(app.settings, **{"database_url": nowhere})
    processes.work(settings, app.clock, DAY, theirs, {})
    assert isinstance(ours.recv(), UnreachableError)
    ours.close()
    theirs.close()


@pytest.mark.parametrize("app", ["postgres"], indirect=True)
def test_a_send_ends_with_a_clear_error_when_its_journal_can_never_be_copied(app, sink, subscribe):
    subscribe("ann", "bob")
    with app.database.write() as session:
        session.execute(text(REFUSE_SEGMENTS))
        session.execute(text(BEFORE_SEGMENTS))
    with pytest.raises(DigestError, match="refuses what a send has to write: no such thing"):
        local.send(app, DAY)
    assert not sink.messages
    assert states(send_report.make_report(app.database, app.editions.open(DAY))) == {"queued": 2}


REFUSE_SEGMENTS = """
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'no such thing' USING ERRCODE = 'undefined_table'; END $$
"""
BEFORE_SEGMENTS = """
    CREATE TRIGGER refuse BEFORE INSERT ON journal_copies
    FOR EACH ROW WHEN (NEW.part > 0) EXECUTE FUNCTION refuse()
"""
