"""Votes are counted once a day, follow what readers do for a week, and then stay."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import delete, inspect

from digest.delivery.store import reasons
from digest.ground.database.tables.delivery import DeliveryRow, EditionRow
from digest.ground.database.tables.lab import LabCountRow, LabRow
from digest.ground.database.tables.votes import VoteRow
from digest.lab import counting, opening
from digest.lab.rules.verdict import Counts, Finding
from digest.lab.standing import stand
from digest.model import InLab, Team
from digest.subscribers import subscriptions, update_preferences, votes
from digest.subscribers.store import subscribers
from digest.workers import local
from tests.factories import DAY
from tests.lab.conftest import WISHES


@pytest.fixture
def mailed(app, lab, subscribe):
    """An edition that was mailed to three readers in the lab and one outside."""
    subscribe("ann", "bob", "cy", lab="yes", **WISHES)
    subscribe("dora", **WISHES)
    assert local.send(app, DAY).states == {"sent": 4}
    return lab


@pytest.fixture
def vote(app, id_of):
    """Let a reader vote for the first paper of a team, or for one that both rankings picked."""

    def cast(name, team, value=1):
        packed = picks_of(app, id_of(name))
        teams = reasons.teams_of(packed) or {}
        papers = [one for one in reasons.paper_ids(packed) if teams.get(one) is team]
        votes.vote(app.database, id_of(name), papers[0], value, now=app.clock())
        return papers[0]

    return cast


def picks_of(app, subscriber_id):
    with app.database.read() as session:
        return session.query(DeliveryRow.picks).filter_by(subscriber_id=subscriber_id).scalar()


def counted(app, after=timedelta(days=1)):
    """Count a day later, and return the counts of the one edition that there is."""
    app.clock.now += after
    counting.count(app.database, app.clock())
    (found,) = stand(app.database).editions
    return found.counts


def test_every_mail_of_the_lab_knows_its_teams_and_no_other_one(app, mailed, id_of):
    for name in ("ann", "bob", "cy"):
        teams = reasons.teams_of(picks_of(app, id_of(name)))
        assert set(teams.values()) == {Team.A, Team.B}
    assert reasons.teams_of(picks_of(app, id_of("dora"))) is None


def test_votes_win_mails_and_what_both_picked_is_a_tie(app, mailed, vote):
    vote("ann", Team.A)
    vote("bob", Team.B)
    vote("cy", None)
    vote("dora", None)  # outside the lab
    assert counted(app) == Counts(1, 1, 1)
    with app.database.read() as session:
        assert session.query(LabRow.counted_at).scalar() == app.clock()


def test_less_like_this_counts_for_the_other_one(app, mailed, vote):
    vote("ann", Team.A, -1)
    assert counted(app) == Counts(0, 1, 0)


def test_it_is_counted_once_a_day(app, mailed, vote):
    vote("ann", Team.A)
    assert counted(app) == Counts(1, 0, 0)
    vote("bob", Team.A)
    assert counted(app, timedelta(hours=2)) == Counts(1, 0, 0)
    assert counted(app, timedelta(hours=19)) == Counts(2, 0, 0)


def test_a_vote_that_is_changed_or_taken_back_counts_as_it_is_now(app, mailed, vote, id_of):
    paper = vote("ann", Team.A)
    vote("bob", Team.A)
    assert counted(app) == Counts(2, 0, 0)
    votes.vote(app.database, id_of("ann"), paper, -1, now=app.clock())
    votes.reset(app.database, id_of("bob"))
    assert counted(app) == Counts(0, 1, 0)


def test_who_leaves_or_is_erased_takes_their_votes_along_for_a_week(app, mailed, vote, id_of):
    for name in ("ann", "bob", "cy"):
        vote(name, Team.A)
    assert counted(app) == Counts(3, 0, 0)
    update_preferences.erase(app.database, id_of("ann"), app.clock())
    bob = subscriptions.find(app.database, "bob@example.org")
    with app.database.write() as session:
        left = replace(bob.preferences, lab=InLab.NO)
        assert subscribers.set_preferences(session, bob.id, left)
    assert counted(app) == Counts(1, 0, 0)


def test_after_a_week_the_counts_stay_though_votes_and_details_are_gone(app, mailed, vote):
    vote("ann", Team.A)
    assert counted(app) == Counts(1, 0, 0)
    app.clock.now += timedelta(days=8)
    with app.database.write() as session:
        session.execute(delete(VoteRow))
    assert counted(app) == Counts(1, 0, 0)


def test_votes_are_counted_for_a_week_after_the_lab_is_closed(app, mailed, vote):
    opening.close_lab(app.database, now=app.clock() + timedelta(hours=1))
    vote("ann", Team.B)
    assert counted(app) == Counts(0, 1, 0)
    app.clock.now += timedelta(days=8)
    assert counting.count(app.database, app.clock()) == 0


def test_a_finding_is_kept(app, mailed):
    with app.database.write() as session:
        edition_id = session.query(EditionRow.id).scalar()
        session.add(LabCountRow(lab_id=mailed.id, edition_id=edition_id, a=900, b=100, ties=0))
    app.clock.now += timedelta(days=9)  # the counts of the edition are not touched any more
    counting.count(app.database, app.clock())
    standing = stand(app.database)
    assert standing.lab.finding is Finding.A
    assert standing.lab.found_at == app.clock()
    assert standing.verdict.finding is Finding.A
    assert standing.to_json()["finding"] == "a"


def test_the_tables_of_the_lab_know_no_reader(database):
    with database.read() as session:
        look = inspect(session.connection())
        columns = [one for table in ("labs", "lab_counts") for one in look.get_columns(table)]
    names = {column["name"] for column in columns}
    assert not {name for name in names if "subscriber" in name or "address" in name}


def test_without_a_lab_nothing_is_counted(app, subscribe):
    subscribe("ann", lab="yes", **WISHES)
    local.send(app, DAY)
    assert counting.count(app.database, app.clock()) == 0
