"""What a mail that came back does to its reader, by the app that takes it."""

import pytest

from digest.app.identity import Identity
from digest.app.incoming.intake import build
from digest.bounces.store import feedback as store
from digest.ground.database.tables.intake import Fate
from digest.ground.tokens.return_paths import ReturnPaths
from digest.model import FeedbackKind, Preferences, SubscriberState
from digest.settings import load_settings
from digest.subscribers import subscriptions
from digest.subscribers.store import subscribers, suppressions
from tests.factories import DAY, NOON
from tests.intake.returned import corpus

ANN = "ann@example.net"  # whom the mails name
BOB = "bob@example.net"
ACTIVE, SUPPRESSED = SubscriberState.ACTIVE, SubscriberState.SUPPRESSED


def no_reply():
    pytest.fail("no mail here answers a digest")


@pytest.fixture
def readers(database):
    """Two active readers, by address."""
    with database.write() as session:
        wanted = [(address, "", Preferences()) for address in (ANN, BOB)]
        subscribers.add_all(session, wanted, state=ACTIVE, now=NOON)
    return {one.address: one for one in subscriptions.iter_all(database)}


@pytest.fixture
def take(database, readers, monkeypatch, tmp_path):
    """Take a mail of the corpus as the one that came back from a reader."""
    monkeypatch.chdir(tmp_path)

    def take(name, address=ANN, **settings):
        settings = load_settings(
            secret_key=corpus.KEY.decode(), bounce_address="bounces@example.org", **settings
        )
        ways = build(settings, Identity(settings), database, lambda: NOON, no_reply)
        reader = readers[address]
        signed = ReturnPaths(corpus.KEY, "bounces@example.org").address(
            reader.id, reader.nonce, DAY
        )
        raw = corpus.octets(name).replace(corpus.RETURN_PATH.encode(), signed.encode())
        return ways.intake.take(raw)

    return take


@pytest.fixture
def states(database):
    return lambda: {one.address: one.state for one in subscriptions.iter_all(database)}


@pytest.fixture
def why(database):
    """Say why an address is suppressed."""

    def why(address):
        with database.read() as session:
            return suppressions.get(session, address)

    return why


def test_a_signed_hard_bounce_suppresses_its_reader(take, states, why):
    assert take("postfix-unknown").fate is Fate.RECORDED
    assert states() == {ANN: SUPPRESSED, BOB: ACTIVE}
    found = why(ANN)
    assert (found.source, found.kind, found.since) == ("dsn", FeedbackKind.HARD, NOON)
    assert "5.1.1" in found.reason
    assert ANN not in found.reason


def test_an_unsigned_one_is_counted_and_suppresses_nobody(take, states, why, database):
    for name in ("exim-unsigned", "postfix-two-unsigned", "arf-unsigned"):
        assert take(name).fate is Fate.KEPT
    assert states() == {ANN: ACTIVE, BOB: ACTIVE}
    assert why(ANN) is None
    assert why(BOB) is None
    with database.read() as session:
        assert store.count_untrusted(session, NOON) == 4  # one of them names both


def test_a_complaint_suppresses_its_reader_at_once(take, states, why):
    assert take("arf-abuse").fate is Fate.RECORDED
    assert states() == {ANN: SUPPRESSED, BOB: ACTIVE}
    assert (why(ANN).source, why(ANN).kind) == ("arf", FeedbackKind.COMPLAINT)


def test_the_signature_says_who_is_meant_and_not_the_address_in_the_report(take, states, why):
    assert take("postfix-unknown", BOB).fate is Fate.RECORDED
    assert states() == {ANN: ACTIVE, BOB: SUPPRESSED}
    assert why(ANN) is None


def test_the_rules_are_those_of_the_settings(take, states):
    for _ in range(2):  # the same one counts once, and both are of one day
        assert take("postfix-unknown", bounce_hard_days=2).fate is Fate.RECORDED
    assert states() == {ANN: ACTIVE, BOB: ACTIVE}
