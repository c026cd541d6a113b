"""How many readers would get each paper: exact for few, from a sample for many."""

from dataclasses import replace

import pytest

from digest.delivery.forecast import reach
from digest.delivery.store import reach as rows
from digest.editions import changing
from digest.editions.changing import Author
from digest.model import Preferences, SubscriberState
from digest.subscribers.store import subscribers
from tests.factories import DAY, NOON

ANN = Author("ann@example.org", NOON)


def fill(app, count, topics, first):
    readers = [
        (f"reader{number}@example.org", "", Preferences(topics, max_papers=4))
        for number in range(first, first + count)
    ]
    with app.database.write() as session:
        subscribers.add_all(session, readers, state=SubscriberState.ACTIVE, now=NOON)


def test_few_readers_are_all_asked_about(app, subscribe):
    subscribe("ann", "bob")
    subscribe("cyd", topics="speech")
    mails = []
    app.delivery.rehearse(DAY, show=lambda choice, _: mails.append(choice.picks))
    app.editions.open(DAY)
    found = app.previews.count_reach(DAY)
    assert (found.readers, found.sampled) == (3, 3)
    picked = [pick.paper_id for picks in mails for pick in picks]
    assert found.counts == {paper: (picked.count(paper), 0) for paper in set(picked)}


def test_it_is_counted_once_for_each_version(app, clock, subscribe):
    subscribe("ann", "bob")
    edition = app.editions.open(DAY)
    first = app.previews.count_reach(DAY)
    subscribe("cyd")
    assert app.previews.count_reach(DAY) == first
    pinned = edition.edition.candidates[-1].paper.id
    changing.pin(app.database, DAY, pinned, ANN)
    again = app.previews.count_reach(DAY)
    assert (again.version, again.readers, again.counts[pinned]) == (1, 3, (3, 0))
    assert reach.find(app.database, edition.id) == again


def test_of_many_a_sample_says_how_far_off_it_may_be(app):
    fill(app, 1500, {"compression": 1.0}, 1)
    fill(app, 1500, {"speech": 1.0}, 1501)
    edition = app.editions.open(DAY)
    changing.pin(app.database, DAY, edition.edition.candidates[0].paper.id, ANN)
    found = app.previews.count_reach(DAY)
    assert (found.readers, found.sampled) == (3000, 2000)
    assert found.counts[edition.edition.candidates[0].paper.id] == (3000, 0)
    halves = [paper for paper, (about, off) in found.counts.items() if abs(about - 1500) <= off]
    assert halves
    assert all(off <= 2 * 0.5 / 10 * 3000 for _, off in found.counts.values())


def test_no_readers_are_no_trouble(app):
    app.editions.open(DAY)
    found = app.previews.count_reach(DAY)
    assert (found.readers, found.sampled, found.counts) == (0, 0, {})


def test_a_count_takes_the_place_of_the_one_before(app):
    edition = app.editions.open(DAY)
    one = rows.Reach(0, NOON, 10, 5, {7: (4, 2)})
    with app.database.write() as session:
        rows.save(session, edition.id, one)
        rows.save(session, edition.id, replace(one, version=1))
    assert reach.find(app.database, edition.id) == replace(one, version=1)


@pytest.mark.parametrize("named", ["1", "ann@example.org"])
def test_a_preview_is_the_mail_with_links_that_do_not_work(app, subscribe, named):
    subscribe("ann")
    app.editions.open(DAY)
    look = app.previews.reader(named, DAY)
    mail = app.previews.mail(look, DAY)
    real = app.delivery.preview("ann@example.org", DAY)
    assert mail.subject == real.subject
    assert len(mail.message.body) == len(real.message.body)
    assert mail.message.body != real.message.body
    assert look.reader.nonce == bytes(16)


def test_a_test_goes_to_who_asked_and_says_so_in_the_subject(app, sink, subscribe):
    subscribe("ann")
    app.editions.open(DAY)
    look = app.previews.reader("ann@example.org", DAY)
    assert app.previews.send_test(look, DAY, "editor@example.org")
    message = sink.messages[0]
    assert message.recipients == ("editor@example.org",) or message.recipients == [
        "editor@example.org"
    ]
    assert b"Subject: [Test] " in message.data
    assert b"ann@example.org" not in message.data
