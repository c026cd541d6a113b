"""What was settled can be verified, and whatever is changed in it is found; both databases."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from digest.app import build_app
from digest.delivery import retries, stops, thinning
from digest.delivery.retries import Wanted
from digest.errors import NotFoundError
from digest.model import DeliveryState
from digest.operations.dkim_keys import make_key
from digest.subscribers import update_preferences
from digest.workers import local
from tests.factories import DAY, make_preferences

CHANGES = {
    "a state": "UPDATE deliveries SET state = 'failed' WHERE subscriber_id = :id",
    "attempts": "UPDATE deliveries SET attempts = attempts + 1 WHERE subscriber_id = :id",
    "lost replies": "UPDATE deliveries SET uncertain_attempts = 3 WHERE subscriber_id = :id",
    "the relay's words": "UPDATE deliveries SET reply = '250 other' WHERE subscriber_id = :id",
    "the time": "UPDATE deliveries SET settled_at = '2026-11-18 12:00' WHERE subscriber_id = :id",
    "the Date": "UPDATE deliveries SET dated_at = '2026-11-18 12:00' WHERE subscriber_id = :id",
    "the day": "UPDATE deliveries SET day = '2026-11-01' WHERE subscriber_id = :id",
    "the hash of the mail": "UPDATE deliveries SET mail_hash = picks WHERE subscriber_id = :id",
}
# SQLite takes a value of any kind in any column.
OF_OTHER_KINDS = {
    "picks": "UPDATE deliveries SET picks = 'a' WHERE subscriber_id = :id",
    "hash": "UPDATE deliveries SET mail_hash = 'a' WHERE subscriber_id = :id",
    "reply": "UPDATE deliveries SET reply = x'00ff' WHERE subscriber_id = :id",
    "attempts": "UPDATE deliveries SET attempts = x'01' WHERE subscriber_id = :id",
}


def change(app, sql, **values):
    with app.database.write() as session:
        assert session.execute(text(sql), values).rowcount


def id_of(app, name):
    with app.database.read() as session:
        query = text("SELECT id FROM subscribers WHERE address = :address")
        return session.execute(query, {"address": f"{name}@example.org"}).scalar_one()


@pytest.fixture
def sent(app, subscribe):
    """An edition that is sent and sealed."""
    subscribe("ann", "bob", "cy")
    subscribe("dora", language="de", layout="compact")
    subscribe("eve", topics="robotics", empty_day="note")
    assert local.send(app, DAY).states == {"sent": 5}
    return app


def test_everything_is_as_it_was_sealed_and_every_mail_comes_out_again(sent):
    found = sent.seals.verify(DAY, mails=True)
    assert (found.problems, found.remarks) == ([], [])
    assert (found.rows, found.mails) == (5, 5)
    assert sent.seals.verify(None, mails=False).seal == found.seal
    assert sent.seals.seal() == 0  # nothing is left to be sealed


def test_an_edition_without_a_seal_is_not_found(app):
    with pytest.raises(NotFoundError):
        app.seals.verify(DAY, mails=False)


def assert_named(sent, sql):
    id_ = id_of(sent, "bob")
    change(sent, sql, id=id_)
    problems = sent.seals.verify(DAY, mails=False).problems
    assert problems == [f"The delivery to subscriber {id_} was changed after it was sealed."]


@pytest.mark.parametrize("what", CHANGES)
def test_a_changed_row_is_named(sent, what):
    assert_named(sent, CHANGES[what])


@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
@pytest.mark.parametrize("what", OF_OTHER_KINDS)
def test_a_value_of_another_kind_is_named_too(sent, what):
    assert_named(sent, OF_OTHER_KINDS[what])


def test_picks_that_were_exchanged_are_found_in_row_and_mail(sent):
    id_ = id_of(sent, "ann")
    with sent.database.read() as session:
        query = text("SELECT picks FROM deliveries WHERE subscriber_id = :id")
        picks = bytes(session.execute(query, {"id": id_}).scalar_one())
    assert len(picks) > 8
    exchanged = picks[8:16] + picks[:8] + picks[16:]
    change(
        sent, "UPDATE deliveries SET picks = :it WHERE subscriber_id = :id", it=exchanged, id=id_
    )
    assert sent.seals.verify(DAY, mails=True).problems == [
        f"The delivery to subscriber {id_} was changed after it was sealed.",
        f"The mail to subscriber {id_} does not come out as it was sent.",
    ]


def test_rows_that_were_removed_or_added_are_named(sent):
    id_ = id_of(sent, "bob")
    copy = (
        "INSERT INTO deliveries (edition_id, subscriber_id, batch, state, attempts,"
        " uncertain_attempts) SELECT edition_id, 999, batch, state, attempts, uncertain_attempts"
        " FROM deliveries WHERE subscriber_id = :id"
    )
    change(sent, "DELETE FROM deliveries WHERE subscriber_id = :id", id=id_)
    assert sent.seals.verify(DAY, mails=False).problems == [
        f"The delivery to subscriber {id_} was removed after it was sealed."
    ]
    change(sent, copy, id=id_of(sent, "ann"))
    added = sent.seals.verify(DAY, mails=False).problems
    assert added[-1] == "1 row of this edition is in no batch of it."


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("UPDATE papers SET title = 'Another'", "Candidate 1 of the edition was changed."),
        ("UPDATE editions SET domain = 'other.org'", "When the edition was opened or is due, or"),
        ("DELETE FROM edition_papers WHERE position = 0", "candidates, its seal"),
        ("UPDATE batches SET rows_hash = row_tags", "one was changed, added or removed."),
        ("UPDATE seals SET rows = rows + 1", "Seal 1, of the edition of 2026-11-19, was changed"),
        ("UPDATE seals SET previous = hash", "a seal is missing"),
    ],
)
def test_changes_of_the_edition_and_of_the_seal_are_found(sent, sql, said):
    change(sent, sql)
    assert any(said in problem for problem in sent.seals.verify(DAY, mails=False).problems)


def test_a_seal_that_was_taken_out_of_the_chain_is_missed(sent, subscribe):
    subscribe("late")
    local.send(sent, DAY)
    found = sent.seals.verify(DAY, mails=True)
    assert (found.problems, found.rows) == ([], 6)
    change(sent, "DELETE FROM seals WHERE id = 1")
    (problem,) = sent.seals.verify(DAY, mails=False).problems
    assert problem == "Before seal 1, of the edition of 2026-11-19, a seal is missing."


def test_what_is_sent_again_is_sealed_again(app, sink, subscribe):
    subscribe("ann", "bob")
    sink.replies = {"bob@example.org": "554 5.7.1 blocked"}
    local.send(app, DAY)
    before = app.seals.verify(DAY, mails=True)
    assert before.mails == 1  # the other was refused before its body was sent
    sink.replies = {}
    retries.retry(
        app.database,
        Wanted(state=DeliveryState.FAILED),
        app.editions.freshness,
        app.clock,
    )
    again = app.seals.verify(DAY, mails=False)
    assert again.remarks == ["Some of it is being sent again, or erased, and will be sealed again."]
    app.clock.now += timedelta(hours=1)
    local.send(app, DAY)
    after = app.seals.verify(DAY, mails=True)
    assert (after.problems, after.mails) == ([], 2)
    assert after.seal != before.seal


def test_a_cancelled_edition_is_sealed_with_what_was_skipped(app, sink, subscribe):
    subscribe("ann", "bob")
    sink.replies = {"bob@example.org": "451 4.7.1 later"}
    local.send(app, DAY)
    assert app.seals.seal() == 0  # something waits
    stops.cancel(app.database, DAY, "a mistake", app.clock)
    assert app.seals.seal() == 1
    assert app.seals.verify(DAY, mails=True).problems == []


def test_mails_of_readers_who_changed_or_went_are_made_from_what_they_wished_then(sent):
    ann, bob, cy = (id_of(sent, name) for name in ("ann", "bob", "cy"))
    wishes = make_preferences({"speech": 2.0}, max_papers=3)
    sent.clock.now += timedelta(hours=2)
    update_preferences.save(sent.database, ann, wishes, sent.clock())
    update_preferences.pause(sent.database, bob, "2026-12-24", sent.clock())
    update_preferences.erase(sent.database, cy, sent.clock())
    found = sent.seals.verify(DAY, mails=True)
    assert (found.problems, found.mails) == ([], 4)
    again, erased = found.remarks
    assert again == "Some of it is being sent again, or erased, and will be sealed again."
    assert erased == "1 mail went to a reader who was erased since."
    assert sent.seals.seal() == 1
    assert sent.seals.verify(DAY, mails=False).problems == []


def test_other_settings_are_named_and_mails_are_not_made_again(sent):
    other = build_app(
        replace(sent.settings, **{"name": "Other papers"}),
        clock=sent.clock,
        database=sent.database,
        files=sent.files,
    )
    found = other.seals.verify(DAY, mails=True)
    assert found.remarks == ["Set otherwise since: name. Mails cannot be made again as they were."]
    assert (found.problems, found.mails) == ([], 0)


def test_a_thinned_edition_is_sealed_by_its_blocks(sent):
    sent.clock.now += timedelta(days=40)
    assert thinning.thin(sent.database, 30, sent.clock) == 5
    assert sent.seals.verify(DAY, mails=True).problems == []
    assert sent.seals.seal() == 1
    assert sent.seals.seal() == 0
    found = sent.seals.verify(DAY, mails=True)
    assert (found.problems, found.thinned) == ([], True)
    assert found.remarks[0].startswith("It was sealed 2 times")
    change(sent, "UPDATE delivery_blocks SET number = number + 1")
    (problem,) = sent.seals.verify(DAY, mails=True).problems
    assert problem == "A block of it was changed, added or removed after it was sealed."


def test_who_only_says_that_an_edition_is_thinned_is_found_out(sent):
    change(sent, "UPDATE editions SET thinned_at = '2026-11-20 00:00'")
    change(sent, "DELETE FROM deliveries WHERE subscriber_id = :id", id=id_of(sent, "bob"))
    change(sent, "DELETE FROM batches")
    assert sent.seals.verify(DAY, mails=True).problems == [
        "It is thinned, and yet 4 of its rows are there.",
        "A block of it was changed, added or removed after it was sealed.",
    ]


def test_signed_mails_come_out_again_too(app, subscribe, tmp_path):
    make_key(tmp_path / "ed.pem", "ed25519")
    signing = build_app(
        replace(app.settings, **{"dkim_key_file": str(tmp_path / "ed.pem"), "dkim_selector": "e1"}),
        clock=app.clock,
        database=app.database,
        files=app.files,
    )
    subscribe("ann", "bob")
    local.send(signing, DAY)
    found = signing.seals.verify(DAY, mails=True)
    assert (found.problems, found.mails) == ([], 2)
