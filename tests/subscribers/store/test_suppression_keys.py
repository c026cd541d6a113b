"""Who has a copy of the database and no secret key cannot tell who is suppressed; we always can."""

import pytest
from sqlalchemy import select

from digest.errors import SettingsError
from digest.ground.database.engine import Database
from digest.ground.database.tables.feedback import SuppressionKeyRow
from digest.ground.database.tables.readers import SuppressionRow
from digest.subscribers.store import suppression_keys, suppressions
from digest.subscribers.suppression_keys import protect
from tests.factories import NOON

ANN, BOB = "ann@example.org", "bob@example.org"
FORMER, NEWER = b"the former secret key", b"the newer secret key"


@pytest.fixture
def opened(sqlite_url):
    """Open the database with these secret keys."""
    made = []

    def opened(*keys):
        made.append(Database(sqlite_url, secret_keys=keys))
        return made[-1]

    yield opened
    for database in made:
        database.close()


def suppress(database, address):
    with database.write() as session:
        assert suppressions.add(session, address, "a complaint", now=NOON)


def suppressed(database):
    with database.read() as session:
        return suppressions.suppressed(session, [ANN, BOB])


def test_what_is_stored_is_no_plain_hash_and_its_key_is_not_stored_as_it_is(database):
    suppress(database, ANN)
    with database.read() as session:
        (row,) = session.scalars(select(SuppressionRow))
        (wrapped,) = session.scalars(select(SuppressionKeyRow.wrapped))
        ((_, key),) = suppression_keys.keys(session).items()
    plain = suppression_keys.address_hash(ANN)
    assert row.address_hash == suppression_keys.keyed_hash(key, plain) != plain
    assert key not in wrapped
    assert suppressed(database) == {ANN}


def test_the_secret_key_may_be_changed_and_later_the_former_one_dropped(opened):
    suppress(opened(FORMER), ANN)
    both = opened(NEWER, FORMER)
    assert suppressed(both) == {ANN}
    assert protect(both, NOON) == 1
    assert protect(both, NOON) == 0
    assert suppressed(opened(NEWER)) == {ANN}
    suppress(opened(NEWER), BOB)
    assert suppressed(both) == {ANN, BOB}


@pytest.mark.parametrize("keys", [(), (NEWER,)])
def test_without_the_key_nobody_is_taken_for_one_who_may_be_mailed(opened, keys):
    suppress(opened(FORMER), ANN)
    with pytest.raises(SettingsError, match="DIGEST_SECRET_KEY"):
        suppressed(opened(*keys))
    with pytest.raises(SettingsError, match="DIGEST_SECRET_KEY"):
        suppress(opened(*keys), BOB)


def test_a_service_without_a_key_works_until_somebody_is_suppressed(opened):
    assert suppressed(opened()) == set()
    with pytest.raises(SettingsError, match="DIGEST_SECRET_KEY is missing"):
        suppress(opened(), ANN)


def test_hashes_of_before_count_and_get_a_key(database):
    with database.write() as session:
        for number, address in enumerate([ANN, *(f"r{one}@example.org" for one in range(700))]):
            hashed = suppression_keys.address_hash(address)
            row = SuppressionRow(address_hash=hashed, reason=str(number), created_at=NOON)
            session.add(row)
    assert suppressed(database) == {ANN}
    with database.write() as session:
        assert not suppressions.add(session, ANN, "again", now=NOON)
    assert protect(database, NOON) == 701
    assert protect(database, NOON) == 0
    assert suppressed(database) == {ANN}
    with database.read() as session:
        assert suppressions.get(session, "r699@example.org").reason == "700"
        keyless = select(SuppressionRow).where(SuppressionRow.key_id.is_(None))
        assert session.scalars(keyless).all() == []
    with database.write() as session:
        assert suppressions.remove(session, ANN)
    assert suppressed(database) == set()
