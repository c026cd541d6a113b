"""Votes are taken from readers who are there, on papers that are there."""

from datetime import timedelta

import pytest

from digest.errors import InputError, NotFoundError
from digest.ground.database.tables.papers import PaperRow
from digest.papers.rules.identity import identity
from digest.subscribers import subscriptions, votes
from digest.workers import local
from tests.factories import DAY, NOON
from tests.rows import store_dump, store_subscribers

TITLES = ["Small Codecs", "Small Proofs", "Quiet 100% Noise"]


@pytest.fixture
def stored(database):
    with database.write() as session:
        papers = store_dump(session, DAY, TITLES)
        return store_subscribers(session, 1)[0], papers


def listed(database, reader):
    return [(one.title, one.value) for one in votes.votes_of(database, reader)]


def test_votes_are_recorded_listed_and_forgotten(database, stored):
    reader, papers = stored
    assert votes.vote(database, reader, papers[0], 1, now=NOON) == "Small Codecs"
    votes.vote(database, reader, papers[1], -1, now=NOON + timedelta(minutes=1))
    assert listed(database, reader) == [("Small Proofs", -1), ("Small Codecs", 1)]
    assert votes.reset(database, reader) == 2
    assert listed(database, reader) == []


def test_who_or_what_is_not_there_is_not_found(database, stored):
    reader, papers = stored
    with pytest.raises(NotFoundError, match="no subscriber 9999"):
        votes.vote(database, 9999, papers[0], 1, now=NOON)
    for paper_id in (9999, 0, -1, 10**30):
        with pytest.raises(NotFoundError, match=f"no paper {paper_id}"):
            votes.vote(database, reader, paper_id, 1, now=NOON)
    for act in (votes.reset, votes.votes_of):
        with pytest.raises(NotFoundError, match="no subscriber 9999"):
            act(database, 9999)


@pytest.mark.parametrize("value", [0, 2, -7])
def test_a_vote_is_more_or_less(database, stored, value):
    reader, papers = stored
    with pytest.raises(InputError, match="more like this"):
        votes.vote(database, reader, papers[0], value, now=NOON)
    assert listed(database, reader) == []


def test_a_paper_is_found_by_what_only_its_title_has(database, stored):
    _, papers = stored
    assert votes.find_paper(database, "codecs") == papers[0]
    assert votes.find_paper(database, "100% n") == papers[2]
    with pytest.raises(InputError, match=r"Several papers have 'small'.*Codecs; Small Proofs"):
        votes.find_paper(database, "small")
    for nothing in ("teapots", "", " ", "%?"):
        with pytest.raises(NotFoundError):
            votes.find_paper(database, nothing)


def test_a_whole_title_is_found_although_others_have_it_in_theirs(database, stored):
    with database.write() as session:
        row = PaperRow(
            identity=identity("Small"), title="Small", url="", code_urls=[], project_urls=[]
        )
        session.add(row)
        session.flush()
        expected = row.id
    assert votes.find_paper(database, "SMALL") == expected


def rehearsed(app):
    """The bytes of each mail of a dry run, by address."""
    mails = {}
    app.delivery.rehearse(
        DAY, show=lambda choice, message: mails.update({message.recipient: message.body})
    )
    return mails


def test_votes_move_one_readers_mail_in_rehearsal_preview_explanation_and_sending(
    app, sink, subscribe
):
    subscribe("ann", "bob")
    before = rehearsed(app)
    _, found = app.explaining.explain("ann@example.org", DAY)
    disliked, liked = found[0].candidate.paper, found[-1].candidate.paper
    ann = subscriptions.find(app.database, "ann@example.org")
    for paper, value in ((disliked, -1), (liked, 1)):
        votes.vote(app.database, ann.id, paper.id, value, now=NOON)
    after = rehearsed(app)
    assert after["bob@example.org"] == before["bob@example.org"]
    assert after["ann@example.org"] != before["ann@example.org"]
    mail = app.delivery.preview("ann@example.org", DAY)
    assert mail.message.body == after["ann@example.org"]
    assert disliked.title not in mail.subject + mail.text
    _, found = app.explaining.explain("ann@example.org", DAY)
    assert any(one.taste_part for one in found)
    local.send(app, DAY)
    sent = {message.recipients[0]: message.data for message in sink.messages}
    assert {address: after[address] in data for address, data in sent.items()} == {
        "ann@example.org": True,
        "bob@example.org": True,
    }


def test_a_repeated_attempt_keeps_its_picks_whatever_was_voted_since(app, sink, clock, subscribe):
    subscribe("ann")
    sink.replies = {"ann@example.org": "452 mailbox full"}
    local.send(app, DAY)
    first = app.delivery.preview("ann@example.org", DAY).message.body
    ann = subscriptions.find(app.database, "ann@example.org")
    _, found = app.explaining.explain("ann@example.org", DAY)
    votes.vote(app.database, ann.id, found[0].candidate.paper.id, -1, now=NOON)
    sink.replies = {}
    clock.now += timedelta(days=1)
    local.send(app, DAY)
    assert first in sink.messages[-1].data


def test_a_reason_that_names_a_liked_paper_reads_like_one(app, subscribe):
    """A reader without topics: everything that is not trending is there for a vote."""
    subscribe("ann", topics="")
    ann = subscriptions.find(app.database, "ann@example.org")
    _, found = app.explaining.explain("ann@example.org", DAY)
    liked = found[0].candidate.paper
    votes.vote(app.database, ann.id, liked.id, 1, now=NOON)
    text = " ".join(app.delivery.preview("ann@example.org", DAY).text.split())
    assert f"Similar to {liked.title.partition(':')[0]}, which you liked" in text
