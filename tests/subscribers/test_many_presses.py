"""Buttons that many press at the same time are saved together, and each is told its own."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from digest.errors import LinkError, NotFoundError
from digest.ground.database.engine import Database
from digest.ground.database.tables.outbox import OutboxRow
from digest.ground.tokens.links import LinkSigner, Purpose
from digest.ground.tokens.signed_numbers import TokenPurpose, TokenSigner
from digest.model import MailKind, Subscriber, SubscriberState
from digest.subscribers import confirming, subscriptions, unsubscribe, votes
from digest.subscribers.confirming import Press
from digest.subscribers.opening import Opened
from digest.subscribers.opt_in import VALID_FOR
from digest.subscribers.store import events, subscribers
from digest.subscribers.store.events import EventKind
from digest.subscribers.votes import Ballot
from tests.factories import DAY, NOON, make_vocabulary
from tests.rows import store_dump, store_subscribers

KEY = b"a key that only these tests have"
LINKS, NUMBERS = LinkSigner([KEY]), TokenSigner([KEY])


@pytest.fixture
def readers(database: Database) -> list[Subscriber]:
    with database.write() as session:
        store_subscribers(session, 3)
    return list(subscriptions.iter_all(database))


def ask(database: Database, *readers: Subscriber) -> list[str]:
    """Let readers be pending, and record that they asked; return the tokens of their links."""
    with database.write() as session:
        for one in readers:
            subscribers.set_state(session, one.id, SubscriberState.PENDING)
        detail = {"ip": "", "topics": ["speech"], "agreed": "1", "interests": []}
        asked = [(one.id, detail) for one in readers]
        ids = events.record_each(session, EventKind.ASKED, asked, at=NOON)
    return [
        NUMBERS.sign(TokenPurpose.CONFIRM, one.id, event, one.nonce)
        for one, event in zip(readers, ids, strict=True)
    ]


def confirm(database: Database, *tokens: str, now=NOON):
    presses = [Press(token, "203.0.113.9") for token in tokens]
    with database.write() as session:
        return confirming.confirm_all(session, NUMBERS, make_vocabulary(), presses, now)


def mails(database: Database, kind: MailKind) -> list[int]:
    """Return to whom mails of a kind wait."""
    with database.read() as session:
        found = session.scalars(select(OutboxRow.subscriber_id).where(OutboxRow.kind == kind))
        return sorted(found)


def kinds(database: Database, reader: Subscriber) -> list[EventKind]:
    with database.read() as session:
        return [each.kind for each in events.for_subscriber(session, reader.id)]


def test_of_two_presses_of_one_reader_one_ends_the_subscription(database, readers):
    ann, bob, _ = readers
    tokens = [
        LINKS.token(Purpose.UNSUBSCRIBE, ann.id, ann.nonce),
        LINKS.mail_token(ann.id, ann.nonce, DAY),
        LINKS.token(Purpose.VIEW, bob.id, bob.nonce),
        LINKS.token(Purpose.UNSUBSCRIBE, bob.id, bob.nonce),
        "nonsense",
        LINKS.token(Purpose.UNSUBSCRIBE, 2**39, ann.nonce),
    ]
    with database.write() as session:
        first, second, foreign, other, *wrong = unsubscribe.leave_all(session, LINKS, tokens, NOON)
    assert (first.changed, first.told, first.subscriber.id) == (True, True, ann.id)
    assert (second.changed, second.undo, second.subscriber.id) == (False, 0, ann.id)
    assert second.subscriber.state is SubscriberState.UNSUBSCRIBED
    assert other.changed
    assert {type(each) for each in (foreign, *wrong)} == {LinkError}
    assert kinds(database, ann) == [EventKind.UNSUBSCRIBED]
    assert mails(database, MailKind.GOODBYE) == [ann.id, bob.id]
    with database.read() as session:
        assert events.newest(session, ann.id, EventKind.UNSUBSCRIBED).id == first.undo


def test_each_is_confirmed_once_by_one_link(database, readers):
    ann, bob, eve = readers
    former, *_ = ask(database, ann)
    token, bobs = ask(database, ann, bob)
    (late,) = ask(database, eve)
    done = confirm(database, token, token, former, bobs, late[:-1])
    assert [type(each) for each in done[2:]] == [NotFoundError, Subscriber, LinkError]
    for one in (done[0], done[1], done[3]):
        assert one.state is SubscriberState.ACTIVE
        assert one.preferences.topics == {"speech": 1.0}
        assert one == subscriptions.find(database, one.address)
    assert kinds(database, ann)[-1] is EventKind.CONFIRMED
    assert kinds(database, ann).count(EventKind.CONFIRMED) == 1
    assert mails(database, MailKind.WELCOME) == [ann.id, bob.id]
    (again,) = confirm(database, token)
    assert again.state is SubscriberState.ACTIVE
    (too_late,) = confirm(database, late, now=NOON + VALID_FOR + timedelta(seconds=1))
    assert isinstance(too_late, NotFoundError)


def test_the_last_vote_on_a_paper_counts(database, readers):
    ann, bob, _ = readers
    with database.write() as session:
        first, second = store_dump(session, DAY, ["One", "Two"])
    token = LINKS.mail_token(ann.id, ann.nonce, DAY)
    other = LINKS.token(Purpose.VOTE, bob.id, bob.nonce, DAY)
    ballots = [Ballot(token, first, 1), Ballot(token, second, 1), Ballot(token, first, -1)]
    ballots += [Ballot(other, first, 1), Ballot(other, 99, 1), Ballot("nonsense", first, 1)]
    with database.write() as session:
        done = votes.vote_all(session, LINKS, ballots, NOON)
    assert [type(each) for each in done] == [*[Opened] * 4, NotFoundError, LinkError]
    assert done[0].edition == DAY
    cast = {vote.paper_id: vote.value for vote in votes.votes_of(database, ann.id)}
    assert cast == {first: -1, second: 1}
    assert [vote.value for vote in votes.votes_of(database, bob.id)] == [1]
