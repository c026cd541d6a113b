"""A link is its reader's alone, also when a restored database gives their id to somebody else."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import select, update

from digest.errors import DigestError, LinkError, NotFoundError
from digest.ground.database.engine import Database
from digest.ground.database.tables.readers import SubscriberRow
from digest.ground.tokens.links import LinkSigner, Purpose
from digest.ground.tokens.return_paths import ReturnPaths, read_return_path
from digest.ground.tokens.signed_numbers import TokenPurpose, TokenSigner
from digest.model import Subscriber, SubscriberState
from digest.subscribers import confirming, links, personal_feed, subscriptions
from digest.subscribers.confirming import Press
from digest.subscribers.opt_in import Asking, OptIn
from digest.subscribers.store import events, subscribers
from digest.subscribers.store.events import EventKind
from tests.factories import DAY, NOON, make_vocabulary
from tests.rows import store_subscribers

KEY = b"a key that only these tests have"
LINKS, NUMBERS = LinkSigner([KEY]), TokenSigner([KEY])
PATHS = ReturnPaths(KEY, "bounces@example.org")


@pytest.fixture
def older_copy(database: Database, tmp_path: Path) -> Iterator[Database]:
    """The database as it is before the test, with its counters: what a backup brings back."""
    database.engine.dispose()
    if database.is_sqlite:
        copied = shutil.copyfile(database.url.database, tmp_path / "older.db")
        copy = Database(f"sqlite:///{copied}")
        yield copy
        copy.close()
        return
    name = f"{database.url.database}_older"
    plain = database.url.set(drivername="postgresql", database="postgres")
    address = plain.render_as_string(hide_password=False)
    with psycopg.connect(address, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name} TEMPLATE {database.url.database}")
        copy = Database(database.url.set(database=name).render_as_string(hide_password=False))
        yield copy
        copy.close()
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def ask(database: Database, address: str) -> tuple[Subscriber, str]:
    """Fill in the form; return who asked, and the token of the mail."""
    opt_in = OptIn(database, NUMBERS, [KEY], make_vocabulary(), lambda: NOON)
    assert opt_in.ask(Asking(address, (), ""))
    found = subscriptions.find(database, address)
    with database.read() as session:
        asked = events.newest(session, found.id, EventKind.ASKED)
    token = NUMBERS.sign(TokenPurpose.CONFIRM, found.id, asked.id, found.nonce)
    return found, token


def press(database: Database, token: str) -> list[Subscriber | DigestError]:
    """Look at the page of a confirmation mail, and press its button."""
    vocabulary = make_vocabulary()
    with database.write() as session:
        found = confirming.find_all(session, NUMBERS, vocabulary, [token], NOON)
        return found + confirming.confirm_all(
            session, NUMBERS, vocabulary, [Press(token, "")], NOON
        )


def add(database: Database, address: str) -> Subscriber:
    fields = {"email": address}
    vocabulary, state = make_vocabulary(), SubscriberState.ACTIVE
    return subscriptions.add(database, fields, vocabulary, state=state, now=NOON)


def test_the_confirmation_of_a_lost_reader_subscribes_nobody_else(database, older_copy):
    lost, lost_token = ask(database, "lost@example.org")
    new, token = ask(older_copy, "new@example.org")
    assert new.id == lost.id
    assert [type(each) for each in press(older_copy, lost_token)] == [LinkError, LinkError]
    assert subscriptions.find(older_copy, "new@example.org").state is SubscriberState.PENDING
    shown, done = press(older_copy, token)
    assert (shown.state, done.state) == (SubscriberState.PENDING, SubscriberState.ACTIVE)
    assert subscriptions.find(older_copy, "new@example.org").state is SubscriberState.ACTIVE


def test_no_link_of_a_lost_reader_leads_to_whoever_has_their_id_now(database, older_copy):
    lost, new = add(database, "lost@example.org"), add(older_copy, "new@example.org")
    assert new.id == lost.id
    bindings = links.bindings(older_copy)
    for purpose in Purpose:
        for day in (None, DAY):
            with pytest.raises(LinkError):
                LINKS.read(purpose, LINKS.token(purpose, lost.id, lost.nonce, day), bindings)
            token = LINKS.token(purpose, new.id, new.nonce, day)
            assert LINKS.read(purpose, token, bindings).subscriber_id == new.id
    with pytest.raises(LinkError):
        read_return_path([KEY], PATHS.address(lost.id, lost.nonce, DAY), bindings)
    with pytest.raises(LinkError):
        personal_feed.read(older_copy, NUMBERS, personal_feed.token(database, NUMBERS, lost))


def test_renewing_ends_all_links_of_one_reader(database):
    ann, bob = add(database, "ann@example.org"), add(database, "bob@example.org")
    feed = personal_feed.token(database, NUMBERS, ann)
    with database.write() as session:
        session.execute(update(SubscriberRow).values(former_links=True))
    links.renew(database, ann.id, NOON)
    bindings = links.bindings(database)
    with pytest.raises(LinkError):
        LINKS.read(Purpose.VOTE, LINKS.mail_token(ann.id, ann.nonce, DAY), bindings)
    with pytest.raises(LinkError):
        personal_feed.read(database, NUMBERS, feed)
    assert bindings(ann.id).former is False
    assert bindings(bob.id) == (bob.nonce, True)
    now = subscriptions.find(database, ann.address)
    token = LINKS.mail_token(now.id, now.nonce, DAY)
    assert LINKS.read(Purpose.VOTE, token, bindings).subscriber_id == ann.id
    with database.read() as session:
        assert events.newest(session, ann.id, EventKind.RELINKED) is not None
    with pytest.raises(NotFoundError):
        links.renew(database, 99, NOON)


def test_every_row_has_a_nonce_of_its_own_and_no_links_of_before(database):
    with database.write() as session:
        store_subscribers(session, 50)
        rows = session.execute(select(SubscriberRow.nonce, SubscriberRow.former_links)).all()
    assert len({row.nonce for row in rows}) == 50
    assert {len(row.nonce) for row in rows} == {16}
    assert not any(row.former_links for row in rows)


@pytest.mark.parametrize("number", [0, 7, 2**31, 2**40 - 1, 2**48 - 1])
def test_any_id_that_a_token_names_can_be_looked_up(database, number):
    assert links.bindings(database)(number) is None


def test_a_row_without_a_nonce_has_no_links(database):
    ann = add(database, "ann@example.org")
    with database.write() as session:
        session.execute(update(SubscriberRow).values(nonce=None, former_links=True))
        assert subscribers.binding(session, ann.id) is None
        assert subscribers.by_id(session, ann.id).nonce == b""
