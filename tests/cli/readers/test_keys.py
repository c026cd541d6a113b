import pytest

from digest.errors import NotFoundError


def test_a_key_is_made_listed_and_revoked(run):
    (made,) = run(
        "keys", "add", "desk", "--scope", "send:write", "--scope", "ingest:write", "--json"
    )
    assert made["scopes"] == ["ingest:write", "send:write"]
    assert made["secret"].startswith("digest_")
    assert run("keys", "add", "other", "--scope", "deliveries:read").startswith("digest_")
    desk, other = run("keys", "list", "--json")
    assert (desk["name"], desk["last_used_at"], desk["revoked_at"]) == ("desk", None, None)
    assert other["scopes"] == ["deliveries:read"]
    assert made["secret"] not in run("keys", "list")
    assert "is revoked" in run("keys", "revoke", "desk")
    assert run("keys", "list", "--json")[0]["revoked_at"]
    with pytest.raises(NotFoundError):
        run("keys", "revoke", "desk")


def test_a_scope_that_does_not_exist_is_named(run):
    run("keys", "add", "desk", "--scope", "everything", code=2)
    assert run("keys", "list", "--json") == []
