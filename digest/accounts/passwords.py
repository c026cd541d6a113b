"""Passwords, hashed by Argon2id (RFC 9106, section 4, second recommendation)."""

from functools import cache

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from digest.accounts.accounts import fresh_nonce
from digest.accounts.rules import passwords
from digest.accounts.store import accounts, sessions
from digest.errors import InputError
from digest.ground.database.engine import Database


def is_right(database: Database, account_id: int | None, password: str) -> bool:
    """Whether this is an account's password; as slow for nobody's as for somebody's."""
    stored = None
    if account_id is not None:
        with database.read() as session:
            stored = accounts.password_hash(session, account_id)
    try:
        _hasher().verify(stored or _nobodys(), password[: passwords.LONGEST + 1])
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None


def choose(
    database: Database, account_id: int, address: str, password: str, *, session_id: int
) -> None:
    """Give an account a password; all its other sessions and its links end. InputError.

    session_id: of whoever chooses it, which stays.
    """
    if wrong := passwords.mistake(password, address):
        raise InputError(wrong)
    hashed = _hasher().hash(password)
    with database.write() as session:
        accounts.change(session, account_id, password_hash=hashed, nonce=fresh_nonce())
        sessions.end_all(session, account_id, but=session_id)


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=4, type=Type.ID)


@cache
def _nobodys() -> str:
    return _hasher().hash("nobody's password, so that asking for one takes as long")
