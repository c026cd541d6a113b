"""How an address stands outlives its subscriber and a change of keys."""

from datetime import timedelta

from sqlalchemy import select

from digest.ground.database.tables.askings import AskedAddressRow
from digest.subscribers.rules.asking import Asked, hashes_of
from digest.subscribers.store import asked_addresses
from tests.factories import NOON

OLD, NEW = b"a key that is old by now", b"a key that is in use now"
ANN = "ann@example.org"


def test_it_is_found_under_any_key_and_kept_under_the_newest_alone(database):
    stands = Asked(2, NOON, NOON, refused_at=NOON)
    with database.write() as session:
        first = asked_addresses.locked(session, hashes_of(ANN, [OLD]), NOON)
        assert first == Asked(0, None, NOON)
        asked_addresses.save(session, hashes_of(ANN, [OLD]), stands)
        asked_addresses.locked(session, hashes_of("ben@example.org", [OLD]), NOON)
    both = hashes_of(ANN, [NEW, OLD])
    with database.write() as session:
        assert asked_addresses.locked(session, both, NOON + timedelta(hours=1)) == stands
        asked_addresses.save(session, both, stands)
    with database.read() as session:
        kept = set(session.scalars(select(AskedAddressRow.address_hash)))
    assert kept == {both[0], *hashes_of("ben@example.org", [OLD])}


def test_what_is_silent_is_forgotten_unless_it_was_refused(database):
    with database.write() as session:
        for name, refused_at in (("ann", NOON), ("ben", None)):
            hashes = hashes_of(f"{name}@example.org", [NEW])
            asked = asked_addresses.locked(session, hashes, NOON)
            asked_addresses.save(session, hashes, Asked(asked.mails, None, NOON, refused_at))
    later = NOON + timedelta(seconds=1)
    for asked, refused, left in ((NOON, later, 2), (later, NOON, 1), (later, later, 0)):
        with database.write() as session:
            asked_addresses.forget_silent(session, asked=asked, refused=refused)
            assert len(session.scalars(select(AskedAddressRow)).all()) == left
