from datetime import timedelta

import pytest

from digest.api_keys import keys
from digest.api_keys.keys import Scope
from digest.errors import ConflictError, InputError, NotFoundError
from digest.ground.database.tables.api import ApiKeyRow
from tests.factories import NOON


def test_a_key_opens_what_its_scopes_say_until_it_is_revoked(database):
    secret = keys.add(database, "desk", [Scope.SEND_WRITE, Scope.DELIVERIES_READ], NOON)
    found = keys.check(database, secret)
    assert (found.name, found.scopes) == ("desk", ("deliveries:read", "send:write"))
    keys.revoke(database, "desk", NOON)
    assert keys.check(database, secret) is None
    with pytest.raises(NotFoundError):
        keys.revoke(database, "desk", NOON)


def test_the_secret_is_kept_nowhere(database):
    secret = keys.add(database, "desk", [Scope.SEND_WRITE], NOON)
    with database.read() as session:
        row = session.query(ApiKeyRow).one()
    assert secret.startswith("digest_")
    assert len(secret) == 50
    assert secret[10:] not in str(vars(row))


@pytest.mark.parametrize(
    "wrong", ["", "digest_", "digest_" + "A" * 43, "x" * 50, "digest_" + "A" * 10_000, "digest_ü"]
)
def test_what_is_no_secret_opens_nothing(database, wrong):
    keys.add(database, "desk", [Scope.SEND_WRITE], NOON)
    assert keys.check(database, wrong) is None


def test_a_name_is_used_once_and_a_key_has_a_scope(database):
    keys.add(database, "desk", [Scope.SEND_WRITE], NOON)
    keys.revoke(database, "desk", NOON)
    with pytest.raises(ConflictError):
        keys.add(database, "desk", [Scope.SEND_WRITE], NOON)
    for name in ("", "-x", "a b", "x" * 65, "desk\n"):
        with pytest.raises(InputError):
            keys.add(database, name, [Scope.SEND_WRITE], NOON)
    with pytest.raises(InputError):
        keys.add(database, "other", [], NOON)


def test_the_last_use_is_known_to_the_hour(database):
    secret = keys.add(database, "desk", [Scope.SEND_WRITE], NOON)
    at = NOON + timedelta(minutes=20)
    keys.mark_used(database, keys.check(database, secret), at)
    keys.mark_used(database, keys.check(database, secret), at + timedelta(minutes=30))
    assert keys.check(database, secret).last_used_at == NOON
    keys.mark_used(database, keys.check(database, secret), at + timedelta(minutes=50))
    (found,) = keys.list_all(database)
    assert found.last_used_at == NOON + timedelta(hours=1)
