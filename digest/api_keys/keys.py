"""API keys: created, shown once, stored as a hash, and revoked."""

import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from digest.api_keys.store import api_keys
from digest.api_keys.store.api_keys import ApiKey
from digest.errors import ConflictError, InputError, NotFoundError
from digest.ground.database.engine import Database

PREFIX = "digest_"  # so that a secret that got into the wrong place is recognised
USED_EVERY = timedelta(hours=1)
_SECRET_BYTES = 32
_LONGEST_SECRET = 200
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class Scope(StrEnum):
    """What a key may do."""

    SUBSCRIBERS_READ = "subscribers:read"
    SUBSCRIBERS_WRITE = "subscribers:write"
    DELIVERIES_READ = "deliveries:read"
    INGEST_WRITE = "ingest:write"
    EDITIONS_WRITE = "editions:write"
    SEND_WRITE = "send:write"


def add(database: Database, name: str, scopes: Sequence[Scope], now: datetime) -> str:
    """Create a key and return its secret, which nobody can read again.

    InputError for a name that cannot be one, or no scope; ConflictError when the name is taken.
    """
    if not _NAME.fullmatch(name):
        raise InputError("a name has letters, digits, dots and dashes, 64 at most")
    if not scopes:
        raise InputError(
            "a key without a scope allows nothing", hint="e.g. --scope deliveries:read"
        )
    secret = PREFIX + secrets.token_urlsafe(_SECRET_BYTES)
    wanted = sorted({scope.value for scope in scopes})
    with database.write() as session:
        if not api_keys.add(session, name, _hash(secret), wanted, now):
            raise ConflictError(f"there is a key {name!r} already", hint="digest keys list")
    return secret


def check(database: Database, secret: str) -> ApiKey | None:
    """Return the key of a secret; None when there is none that still works.

    The secret has 256 random bits, so its plain hash is as safe to store as a slow one, and a
    search by that hash tells an attacker nothing by its time.
    """
    if not secret.startswith(PREFIX) or len(secret) > _LONGEST_SECRET:
        return None
    wanted = _hash(secret)
    with database.read() as session:
        found = api_keys.find(session, wanted)
    if found is None or not hmac.compare_digest(found.secret_hash, wanted):
        return None
    return None if found.revoked_at else found


def mark_used(database: Database, key: ApiKey, now: datetime) -> None:
    """Record that a key was used, at most once an hour."""
    if is_worth_noting(key, now):
        with database.write() as session:
            api_keys.mark_used(session, key.id, now.replace(minute=0, second=0, microsecond=0))


def is_worth_noting(key: ApiKey, now: datetime) -> bool:
    """Whether the last use on record is so old that this one should replace it."""
    return key.last_used_at is None or now - key.last_used_at >= USED_EVERY


def list_all(database: Database) -> list[ApiKey]:
    """Return all keys, revoked ones too, the oldest first."""
    with database.read() as session:
        return api_keys.list_all(session)


def revoke(database: Database, name: str, now: datetime) -> None:
    """Revoke a key at once; NotFoundError when none of that name works."""
    with database.write() as session:
        if not api_keys.revoke(session, name, now):
            raise NotFoundError(f"There is no working key {name!r}.", hint="digest keys list")


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
