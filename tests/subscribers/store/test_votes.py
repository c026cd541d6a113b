"""Votes: one a reader and paper, the newest counts, and they leave with their reader."""

from datetime import timedelta

import pytest
from sqlalchemy import event

from digest.subscribers.store import erasure, votes
from tests.factories import DAY, NOON
from tests.rows import store_dump, store_subscribers


@pytest.fixture
def stored(database):
    """Two readers and three papers."""
    with database.write() as session:
        papers = store_dump(session, DAY, ["Alpha", "Beta", "Gamma"], abstract="As it came.")
        store_dump(session, DAY + timedelta(days=1), ["Alpha"], abstract="Revised.")
        return store_subscribers(session, 2), papers


def cast(database, *given):
    """Cast (reader, paper, value) votes, a minute apart."""
    with database.write() as session:
        for minute, (reader, paper, value) in enumerate(given):
            votes.cast(session, reader, paper, value, at=NOON + timedelta(minutes=minute))


def counted(database, first, last, **most):
    with database.read() as session:
        return {
            reader: [(vote.paper.id, vote.value) for vote in found]
            for reader, found in votes.between(session, first, last, **most).items()
        }


def test_votes_come_newest_first_with_the_first_text_of_their_papers(database, stored):
    (ann, ben), (alpha, beta, gamma) = stored
    cast(database, (ann, alpha, 1), (ben, beta, -1), (ann, gamma, -1))
    assert counted(database, ann, ben) == {ann: [(gamma, -1), (alpha, 1)], ben: [(beta, -1)]}
    assert counted(database, ben, ben) == {ben: [(beta, -1)]}
    with database.read() as session:
        paper = votes.between(session, ann, ann)[ann][1].paper
    assert (paper.title, paper.abstract) == ("Alpha", "As it came.")


def test_a_later_vote_replaces_the_earlier(database, stored):
    (ann, _), (alpha, beta, _) = stored
    cast(database, (ann, alpha, 1), (ann, beta, 1), (ann, alpha, -1))
    with database.read() as session:
        found = votes.for_subscriber(session, ann)
    assert [(one.title, one.value) for one in found] == [("Alpha", -1), ("Beta", 1)]
    assert found[0].voted_at == NOON + timedelta(minutes=2)


def test_only_so_many_of_the_newest_count(database, stored):
    (ann, ben), (alpha, beta, gamma) = stored
    cast(database, (ann, alpha, 1), (ann, beta, 1), (ann, gamma, 1), (ben, alpha, 1))
    assert counted(database, ann, ben, counted=2) == {
        ann: [(gamma, 1), (beta, 1)],
        ben: [(alpha, 1)],
    }


def test_a_batch_without_votes_costs_one_question(database, stored):
    asked = []
    with database.read() as session:
        connection = session.connection()
        event.listen(connection, "before_cursor_execute", lambda *args: asked.append(args[2]))
        assert votes.between(session, 1, 500) == {}
    assert len(asked) == 1


def test_a_reset_forgets_the_votes_of_one_reader(database, stored):
    (ann, ben), (alpha, beta, _) = stored
    cast(database, (ann, alpha, 1), (ann, beta, 1), (ben, alpha, 1))
    with database.write() as session:
        assert votes.reset(session, ann) == 2
        assert votes.reset(session, ann) == 0
    assert counted(database, ann, ben) == {ben: [(alpha, 1)]}


def test_votes_go_with_their_reader(database, stored):
    (ann, ben), (alpha, _, _) = stored
    cast(database, (ann, alpha, 1), (ben, alpha, 1))
    with database.write() as session:
        erasure.erase(session, ann, NOON)
    assert counted(database, ann, ben) == {ben: [(alpha, 1)]}
