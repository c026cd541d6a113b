"""Changing an open edition: entries, undoing, refusals; on both databases."""

from datetime import timedelta

import pytest

from digest.editions import changing
from digest.editions.changing import Author
from digest.editions.editions import EditionRules, foresee_edition, open_edition
from digest.editions.store import changes, editions
from digest.errors import ConflictError, InputError, NotFoundError
from digest.model import ChangeKind
from tests.factories import DAY, NOON
from tests.rows import store_dump, store_edition

RULES = EditionRules(window_days=3, size=10, send_hour=7, timezone="UTC", domain="example.org")
ANN, BOB = Author("ann@example.org", NOON), Author("bob@example.org", NOON + timedelta(minutes=1))


@pytest.fixture
def papers(database):
    with database.write() as session:
        found = store_dump(session, DAY, ["Alpha", "Beta", "Gamma"])
        store_edition(session, found)
    return found


def ids(edited):
    return [each.paper.id for each in edited.open.edition.candidates]


def test_each_change_is_an_entry_and_the_frozen_candidates_stay(database, papers):
    alpha, beta, gamma = papers
    changing.drop(database, DAY, alpha, ANN)
    changing.pin(database, None, gamma, BOB)
    changing.move(database, DAY, gamma, 1, BOB)
    changing.claim(database, DAY, beta, "Beta: it does", ANN)
    changing.note(database, DAY, beta, "mind the code", ANN)
    found = changing.note(database, DAY, None, "a holiday tomorrow", ANN)
    assert ids(found) == [gamma, beta]
    assert found.open.edition.pinned == (gamma,)
    assert (found.open.edition.note, found.open.edition.dropped) == ("a holiday tomorrow", 1)
    assert [each.paper.id for each in found.frozen.candidates] == papers
    assert [(each.kind.value, each.who) for each in found.entries] == [
        ("drop", ANN.name),
        ("pin", BOB.name),
        ("move", BOB.name),
        ("claim", ANN.name),
        ("note", ANN.name),
        ("note", ANN.name),
    ]
    assert found.state.version == 6
    with database.read() as session:
        assert editions.get(session, DAY).edition == found.open.edition
        assert editions.get_frozen(session, DAY).edition == found.frozen
        assert editions.newest_standing(session).papers == 2
        assert editions.list_dates(session) == [(DAY, 2)]
        assert editions.dates_with(session, alpha) == []
        assert editions.dates_with(session, beta) == [DAY]


def test_what_is_undone_counts_no_more_and_stays_in_the_record(database, papers):
    entry = changing.drop(database, DAY, papers[0], ANN).entries[0].id
    found = changing.undo(database, DAY, entry, BOB)
    assert ids(found) == papers
    assert (found.entries[0].undone_by, found.entries[0].undone_at) == (BOB.name, BOB.at)
    with pytest.raises(ConflictError, match="undone already, by bob"):
        changing.undo(database, DAY, entry, ANN)
    with pytest.raises(NotFoundError, match="no change 999"):
        changing.undo(database, DAY, 999, ANN)
    changing.pin(database, DAY, papers[1], ANN)
    assert changing.unpin(database, DAY, papers[1], BOB).open.edition.pinned == ()


def test_what_makes_no_sense_is_refused_in_words(database, papers):
    alpha, beta, gamma = papers
    changing.drop(database, DAY, alpha, ANN)
    for wrong, error, words in (
        (lambda: changing.drop(database, DAY, alpha, ANN), ConflictError, "is dropped"),
        (lambda: changing.pin(database, DAY, alpha, ANN), ConflictError, "is dropped"),
        (lambda: changing.pin(database, DAY, 999, ANN), NotFoundError, "no paper 999"),
        (lambda: changing.move(database, DAY, beta, 3, ANN), InputError, "no place 3"),
        (lambda: changing.unpin(database, DAY, beta, ANN), ConflictError, "not pinned"),
        (lambda: changing.claim(database, DAY, beta, "", ANN), InputError, "is empty"),
        (lambda: changing.look(database, DAY - timedelta(days=9)), NotFoundError, "is not open"),
    ):
        with pytest.raises(error, match=words):
            wrong()
    changing.pin(database, DAY, beta, ANN)
    with pytest.raises(ConflictError, match="pinned already"):
        changing.pin(database, DAY, beta, ANN)
    changing.drop(database, DAY, gamma, ANN)
    with pytest.raises(ConflictError, match="the last paper"):
        changing.drop(database, DAY, beta, ANN)


def test_a_paper_is_named_by_its_number_or_by_words_of_its_title(database, papers):
    edition = changing.look(database, DAY).frozen
    assert changing.find_paper(edition, str(papers[1])).paper.title == "Beta"
    assert changing.find_paper(edition, "gam").paper.id == papers[2]
    with pytest.raises(InputError, match="3 papers have 'a'"):
        changing.find_paper(edition, "a")
    with pytest.raises(NotFoundError):
        changing.find_paper(edition, "delta")


def test_what_was_dropped_does_not_come_back_in_a_later_edition(database):
    later = DAY + timedelta(days=1)
    with database.write() as session:
        store_dump(session, DAY, ["Alpha", "Beta"])
    opened = open_edition(database, DAY, RULES, now=NOON)
    first = opened.edition.candidates[0].paper
    changing.drop(database, DAY, first.id, ANN)
    with database.write() as session:
        store_dump(session, later, ["Gamma", "Alpha", "Beta"], at=NOON + timedelta(days=1))
    found = foresee_edition(database, later, RULES, now=NOON + timedelta(days=1))
    assert first.id not in {each.paper.id for each in found.edition.candidates}
    assert len(found.edition.candidates) == 2


def test_approvals_shape_no_mail_and_raise_no_version(database, papers):
    with database.write() as session:
        edition_id = editions.find(session, DAY).id
        changes.add(session, edition_id, ChangeKind.APPROVE, who="ann", now=NOON)
        assert changes.shaping(session, edition_id) == []
        assert changes.versions(session, [edition_id]) == {edition_id: 0}
    entry = changing.look(database, DAY).entries[0].id
    with pytest.raises(ConflictError, match="taken back, not undone"):
        changing.undo(database, DAY, entry, ANN)
