"""Editions that the editors changed: rehearsed, sent, verified, raced for; on both databases."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import update

from digest.delivery import planning
from digest.delivery.leasing import LEASE, lease_batch
from digest.delivery.store import stops
from digest.editions import changing
from digest.editions.changing import Author
from digest.errors import ConflictError
from digest.ground.database.tables.delivery import EditionChangeRow
from digest.model import ReasonKind
from digest.seals.store import inputs
from digest.workers import local
from tests.factories import DAY, NOON

ANN = Author("ann@example.org", NOON)


def edit(app):
    """Drop the first paper, pin the ninth, move the fifth, and write about the third."""
    ids = [each.paper.id for each in app.editions.open(DAY).edition.candidates]
    changing.drop(app.database, DAY, ids[0], ANN)
    changing.pin(app.database, DAY, ids[8], ANN)
    changing.move(app.database, DAY, ids[4], 1, ANN)
    changing.claim(app.database, DAY, ids[8], "Nine papers say less than one", ANN)
    changing.note(app.database, DAY, ids[8], "The code came out yesterday.", ANN)
    changing.note(app.database, DAY, None, "No digest on Thursday.", ANN)
    return ids


def rehearsed(app):
    mails = {}

    def keep(_choice, message):
        if message is not None:
            mails[message.recipient] = message.body

    app.delivery.rehearse(DAY, show=keep)
    return mails


def lease(app, edition):
    return lease_batch(
        app.database,
        edition.id,
        app.journals,
        now=app.clock(),
        length=LEASE,
        opened_at=edition.opened_at,
        version=edition.version,
    )


def test_what_is_rehearsed_is_sent_and_made_again_byte_for_byte(app, sink, subscribe):
    subscribe("ann", "bob")
    subscribe("cyd", language="de", layout="compact")
    subscribe("dan", topics="", interests="nothing that there is;KV cache")
    ids = edit(app)
    mails = rehearsed(app)
    local.send(app, DAY)
    assert {m.recipients[0]: m.data for m in sink.messages} == mails
    found = app.seals.verify(DAY, mails=True)
    assert (found.problems, found.mails) == ([], len(mails))
    for address, mail in mails.items():
        preview = app.delivery.preview(address, DAY)
        assert preview.message.body == mail
        text = preview.text.replace("\n", " ")
        assert "Nine papers say less" in preview.subject
        assert "No digest on Thursday." in text
        assert "The code came out yesterday." in text
        label = "Anmerkung der Redaktion:" if address.startswith("cyd") else "Note of the editors:"
        assert text.count(label) == 2
    _, explained = app.explaining.explain("ann@example.org", DAY)
    assert explained[0].candidate.paper.id == ids[8]
    assert explained[0].picked.kind is ReasonKind.EDITORS
    assert ids[0] not in {one.candidate.paper.id for one in explained}


def test_nothing_changes_once_it_has_begun(app, sink, subscribe):
    subscribe("ann")
    edit(app)
    planning.plan(app.database, app.editions.open(DAY), now=app.clock())
    changing.note(app.database, DAY, None, "It is planned, and nothing is chosen yet.", ANN)
    local.send(app, DAY)
    assert b"nothing is chosen yet" in sink.messages[0].data.replace(b"=\r\n", b"")
    with pytest.raises(ConflictError, match=r"being sent since .*: it is changed no more"):
        changing.note(app.database, DAY, None, "too late", ANN)


def test_a_worker_that_read_it_before_the_change_gets_no_batch(app, subscribe):
    subscribe("ann")
    old = app.editions.open(DAY)
    planning.plan(app.database, old, now=app.clock())
    edit(app)
    assert lease(app, old) is None
    assert changing.look(app.database, DAY).state.begun_at is None  # no lease, no beginning
    taken = lease(app, app.editions.open(DAY))
    assert taken is not None
    taken.journal.close()
    assert changing.look(app.database, DAY).state.begun_at == app.clock()


def test_a_change_and_the_first_lease_at_once_never_both_win(app, subscribe):
    subscribe("ann")
    edition = app.editions.open(DAY)
    planning.plan(app.database, edition, now=app.clock())
    won = []
    together = threading.Barrier(2)

    def work():
        together.wait()
        taken = lease(app, edition)
        if taken is not None:
            won.append("worker")
            taken.journal.close()

    def change():
        together.wait()
        try:
            changing.note(app.database, DAY, None, "quick", ANN)
        except ConflictError:
            return
        won.append("editor")

    threads = [threading.Thread(target=one) for one in (work, change)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1


@pytest.mark.parametrize("app", ["postgres"], indirect=True)  # on SQLite all writers wait
def test_the_editor_holds_the_first_lease_up_until_the_change_is_in(app, subscribe):
    subscribe("ann")
    edition = app.editions.open(DAY)
    planning.plan(app.database, edition, now=app.clock())
    taken = []
    worker = threading.Thread(target=lambda: taken.append(lease(app, edition)))
    with app.database.write() as session:
        stops.set_begun(session, edition.id, None)  # holds the row
        session.connection().exec_driver_sql(
            "UPDATE editions SET version = version + 1 WHERE id = %s", (edition.id,)
        )
        worker.start()
        worker.join(1)
        assert worker.is_alive()
    worker.join()
    assert taken == [None]


def test_two_workers_compose_the_same(app, subscribe):
    subscribe("ann", "bob")
    edit(app)
    first, second = (app.composing.composer(app.editions.open(DAY)) for _ in range(2))
    assert first.matrix.paper_ids == second.matrix.paper_ids
    assert rehearsed(app) == rehearsed(app)


def test_a_retry_on_a_later_day_is_the_same_mail(app, sink, clock, subscribe):
    subscribe("ann")
    edit(app)
    sink.replies = {"ann@example.org": "452 mailbox full"}
    local.send(app, DAY)
    sink.replies = {}
    before = app.delivery.preview("ann@example.org", DAY)
    clock.now += timedelta(days=1, hours=2)
    local.send(app, DAY)
    after = app.delivery.preview("ann@example.org", DAY)
    assert before.text == after.text
    assert app.seals.verify(DAY, mails=True).problems == []


def test_a_seal_covers_the_changes_and_an_unchanged_edition_hashes_as_ever(app, subscribe):
    subscribe("ann")
    edition = app.editions.open(DAY)
    with app.database.read() as session:
        plain = inputs.hash_inputs(session, edition.id)
    entry = changing.note(app.database, DAY, None, "a note", ANN).entries[0].id
    changing.undo(app.database, DAY, entry, ANN)
    with app.database.read() as session:
        assert inputs.hash_inputs(session, edition.id) == plain
    edit(app)
    local.send(app, DAY)
    assert app.seals.verify(DAY, mails=False).problems == []
    with app.database.write() as session:
        session.execute(update(EditionChangeRow).values(value="another note"))
    problems = app.seals.verify(DAY, mails=False).problems
    assert any("its editing" in problem for problem in problems)


def test_pages_show_the_change_at_once(app):
    edition = app.editions.open(DAY)
    from digest.web.site.library import Library

    library = Library(app.database, app.editions.foresee, app.composing.matrix, app.clock)
    assert library.edition(DAY).version == 0
    ids = edit(app)
    found = library.edition(DAY).edition
    assert ids[0] not in {each.paper.id for each in found.candidates}
    assert found.dropped == 1
    assert edition.edition.dropped == 0
