"""Signatures made ahead: used for the very bytes that they are for, by key and Date; nothing else.

Whether they are used shows by forging them all: a mail that has one does not verify.
"""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from digest.delivery import signing_ahead
from digest.delivery.rules.dating import QUARTER
from digest.delivery.signing_ahead import Signing
from digest.delivery.store import signatures
from digest.delivery.store.batches import Batch
from digest.delivery.store.signatures import Mailing
from digest.editions import changing
from digest.editions.changing import Author
from digest.errors import InputError, NotFoundError, SettingsError
from digest.ground.database.tables.readers import SubscriberRow
from digest.ground.database.tables.signatures import SignatureBlockRow
from digest.model import SubscriberState
from digest.operations.dkim_keys import make_key
from digest.scheduler.tasks import plan, tidy
from digest.workers import local
from tests.delivery.test_signing import twin
from tests.dkim_verifiers import records, verified
from tests.factories import DAY, NOON

HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    folder = tmp_path_factory.mktemp("keys")
    for name, kind in (("r1", "rsa"), ("r2", "rsa"), ("e1", "ed25519")):
        make_key(folder / name, kind)
    return folder


@pytest.fixture
def signing(app, keys):
    """The service with two DKIM keys, and the edition open."""
    app.editions.open(DAY)
    return twin(app, dkim_key_file=f"{keys / 'r1'},{keys / 'e1'}", dkim_selector="r,e")


def mailing_of(signing, at=NOON):
    edition = signing.editions.find(DAY)
    return Mailing(edition.id, at, signing_ahead.basis(edition, signing.identity.dkim_keys))


def blocks(app):
    with app.database.read() as session:
        return list(session.scalars(select(SignatureBlockRow.dated_at)))


def forge(signing, at=NOON):
    """Put forged signatures in the place of all that were made ahead."""
    mailing = mailing_of(signing, at)
    with signing.database.write() as session:
        last = signatures.find_last(session, mailing)
        batch = Batch(mailing.edition_id, 1, 1, last, "", at)
        made = signatures.for_batch(session, batch, mailing.basis)
        assert made
        signatures.forget(session, at + HOUR)
        forged = {signed: bytes(len(signature)) for signed, signature in made.items()}
        signatures.add(session, mailing, 1, last, forged)


def sent(signing, sink):
    """Send; return whether the signatures of each mail verify, by the names of the readers."""
    local.send(signing, DAY)
    dns = records(*signing.identity.dkim_keys)
    return {
        message.recipients[0].partition("@")[0]: verified(message.data, dns)
        for message in sink.messages
    }


def test_what_is_signed_ahead_is_what_a_dry_run_shows_and_a_send_sends(signing, sink, subscribe):
    subscribe("ann", "bob")
    subscribe("text", layout="text")
    shown = {}
    signing.delivery.rehearse(
        DAY, show=lambda _, message: shown.update({message.recipient: message.body})
    )
    assert signing.delivery.sign_ahead(DAY, NOON) == 3
    assert set(map(tuple, sent(signing, sink).values())) == {(True, True)}
    assert {got.recipients[0]: got.data for got in sink.messages} == shown


def test_a_send_takes_it_for_the_very_bytes_that_it_is_for(signing, sink, subscribe):
    subscribe("ann", "bob", "leaver", "renamed")
    signing.delivery.sign_ahead(DAY, NOON)
    subscribe("new")
    forge(signing)
    with signing.database.write() as session:
        leaves = update(SubscriberRow).where(SubscriberRow.address == "leaver@example.org")
        session.execute(leaves.values(state=SubscriberState.UNSUBSCRIBED))
        renamed = update(SubscriberRow).where(SubscriberRow.address == "renamed@example.org")
        session.execute(renamed.values(name="Renée"))
    forged, real = [False, False], [True, True]
    assert sent(signing, sink) == {"ann": forged, "bob": forged, "renamed": real, "new": real}


def test_not_once_the_editors_have_changed_the_edition(signing, sink, subscribe):
    subscribe("ann")
    signing.delivery.sign_ahead(DAY, NOON)
    forge(signing)
    first = signing.editions.find(DAY).edition.candidates[0].paper.id
    changing.drop(signing.database, DAY, first, Author("ann@example.org", NOON))
    assert sent(signing, sink) == {"ann": [True, True]}
    assert signing.delivery.sign_ahead(DAY, NOON) == 0  # nobody is left
    assert blocks(signing) == []


def test_not_in_another_quarter_of_an_hour(signing, sink, clock, subscribe):
    subscribe("ann")
    signing.delivery.sign_ahead(DAY, NOON)
    forge(signing)
    clock.now += QUARTER
    assert sent(signing, sink) == {"ann": [True, True]}


def test_not_with_another_key_under_the_same_name(signing, keys, sink, subscribe):
    subscribe("ann")
    signing.delivery.sign_ahead(DAY, NOON)
    forge(signing)
    other = twin(signing, dkim_key_file=f"{keys / 'r2'},{keys / 'e1'}")
    assert sent(other, sink) == {"ann": [True, True]}


def test_not_from_a_block_that_is_broken(signing, sink, subscribe, caplog):
    subscribe("ann")
    signing.delivery.sign_ahead(DAY, NOON)
    forge(signing)
    with signing.database.write() as session:
        content = session.scalars(select(SignatureBlockRow.content)).one()
        session.execute(update(SignatureBlockRow).values(content=content[:-1] + b"\1"))
    assert sent(signing, sink) == {"ann": [True, True]}
    assert "is broken; nobody uses it" in caplog.text


def test_who_is_stopped_goes_on_and_the_blocks_are_found_by_the_readers(app, keys, subscribe):
    subscribe(*(f"reader{number}" for number in range(510)))
    app.editions.open(DAY)
    fast = twin(app, dkim_key_file=str(keys / "e1"), dkim_selector="e")
    edition, told = fast.editions.find(DAY), []
    composer = fast.composing.composer(edition, tried=True)
    fields = (fast.database, edition, composer, fast.identity.dkim_keys)
    assert Signing(*fields, stop=lambda: bool(told), progress=told.append).sign(NOON) == 500
    assert Signing(*fields).sign(NOON) == 10
    assert Signing(*fields).sign(NOON) == 0
    mailing = mailing_of(fast)
    with app.database.read() as session:
        ids = session.scalars(select(SubscriberRow.id).order_by(SubscriberRow.id)).all()

        def found(first, last, at=NOON):
            batch = Batch(mailing.edition_id, 1, first, last, "", at)
            return len(signatures.for_batch(session, batch, mailing.basis))

        assert found(ids[0], ids[499]) == 500
        assert found(ids[3], ids[4]) == 500
        assert found(ids[499], ids[500]) == 510
        assert found(ids[500], ids[509] + 7) == 10
        assert found(ids[0], ids[509], NOON + QUARTER) == 0


def test_the_scheduler_signs_what_is_due_soon_and_forgets_it_afterwards(
    signing, sink, clock, subscribe
):
    soon = twin(signing, sign_ahead_minutes=20)
    subscribe("one", timezone="UTC", hour="13")
    subscribe("two", timezone="UTC", hour="14")
    plan(soon)
    clock.now = NOON + HOUR - timedelta(minutes=21)
    assert soon.delivery.turns()[1] == []
    clock.now += timedelta(minutes=1)
    told = []
    soon.delivery.sign_what_is_due_soon(stop=lambda: False, progress=told.append)
    assert told == [1]
    assert soon.delivery.turns()[1] == []
    forge(soon, NOON + HOUR)
    clock.now = NOON + HOUR + timedelta(seconds=20)
    assert plan(soon)["planned"] == 1
    assert sent(soon, sink) == {"one": [False, False], "two": [True, True]}
    assert blocks(soon) == [NOON + HOUR]
    clock.now += HOUR
    tidy(soon)
    assert blocks(soon) == []


def test_what_cannot_be_signed_ahead_says_why(app, signing):
    with pytest.raises(SettingsError, match="DIGEST_DKIM_KEY_FILE is not set"):
        app.delivery.sign_ahead(DAY, NOON)
    with pytest.raises(InputError, match="That moment is over"):
        signing.delivery.sign_ahead(DAY, NOON - HOUR)
    with pytest.raises(NotFoundError):
        signing.delivery.sign_ahead(DAY + timedelta(days=1), NOON)
