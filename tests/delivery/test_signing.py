"""Signed mail on its whole way: what the sink got verifies, and is what a dry run shows."""

from dataclasses import replace

import pytest

from digest.app import build_app
from digest.errors import SettingsError
from digest.ground.tokens.return_paths import read_return_path
from digest.operations.dkim_keys import make_key
from digest.subscribers.links import bindings
from digest.subscribers.opt_in import Asking
from digest.workers import local
from tests.dkim_verifiers import records, verified
from tests.factories import DAY


def twin(app, **changes):
    """The same service, on the same database, with other settings."""
    other = build_app(replace(app.settings, **changes), clock=app.clock, database=app.database)
    return other


@pytest.fixture
def signing(app, tmp_path):
    """The same service with two DKIM keys."""
    files = [tmp_path / "rsa.pem", tmp_path / "ed.pem"]
    make_key(files[0], "rsa")
    make_key(files[1], "ed25519")
    return twin(app, dkim_key_file=f"{files[0]},{files[1]}", dkim_selector="r1,e1")


def test_what_arrives_is_signed_twice_and_what_the_dry_run_showed(signing, sink, subscribe):
    subscribe(*(f"reader{number}" for number in range(60)))
    subscribe("deutsch", language="de", layout="compact")
    subscribe("text", layout="text")
    shown = {}
    signing.delivery.rehearse(
        DAY, show=lambda _, message: shown.update({message.recipient: message})
    )
    assert local.send(signing, DAY).states == {"sent": 62}
    assert {got.recipients[0]: got.data for got in sink.messages} == {
        recipient: message.body for recipient, message in shown.items()
    }
    dns = records(*signing.identity.dkim_keys)
    others = [got for got in sink.messages if "reader" not in got.recipients[0]]
    assert len(others) == 2
    for got in [*sink.messages[:5], *others]:
        assert verified(got.data, dns) == [True, True]
        claim = read_return_path(signing.settings.keys, got.sender, bindings(signing.database))
        assert (claim.edition, got.sender) == (DAY, shown[got.recipients[0]].sender)


def test_a_mail_outside_any_edition_is_signed_too(signing, sink):
    assert signing.opt_in.ask(Asking("ann@example.org", (), "192.0.2.1"))
    signing.outbox.drain()
    (got,) = sink.messages
    assert verified(got.data, records(*signing.identity.dkim_keys)) == [True, True]
    claim = read_return_path(signing.settings.keys, got.sender, bindings(signing.database))
    assert claim.edition is None
    assert claim.subscriber_id > 0


def test_a_relay_that_refuses_plus_addresses_gets_none(app, sink, subscribe):
    subscribe("ann")
    local.send(twin(app, verp=False, bounce_address="bounces@example.org"), DAY)
    assert [got.sender for got in sink.messages] == ["bounces@example.org"]


def test_a_bounce_address_without_room_for_the_token_is_refused(app):
    long = twin(app, bounce_address=f"{'b' * 31}@example.org")
    with pytest.raises(SettingsError, match="may have 30 characters"):
        long.composing.renderer_set(app.editions.foresee(DAY).edition)
