"""Passwords, hashed by Argon2id (RFC 9106): 64 MiB, two passes, one lane.

A hash is dear on purpose, so only two are made at once, and who comes while more wait is refused:
a flood of sign-ins must not take memory and threads from the pages of readers.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import BoundedSemaphore, Semaphore

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from digest.accounts.accounts import fresh_nonce
from digest.accounts.rules import passwords
from digest.accounts.store import accounts, sessions
from digest.errors import ConflictError, InputError
from digest.ground.database.engine import Database

_AT_ONCE, _WITH_WAITING = 2, 4
_turns, _places = Semaphore(_AT_ONCE), BoundedSemaphore(_WITH_WAITING)


class BusyError(ConflictError):
    """So many passwords are checked that this one is not."""


def is_right(database: Database, account_id: int | None, password: str) -> bool:
    """Whether this is an account's password; as slow for nobody's as for somebody's. BusyError."""
    stored = None
    if account_id is not None:
        with database.read() as session:
            stored = accounts.password_hash(session, account_id)
    known = stored or _nobodys()
    try:
        with _turn():
            _hasher().verify(known, password[: passwords.LONGEST + 1])
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None


def choose(
    database: Database, account_id: int, address: str, password: str, *, session_id: int
) -> None:
    """Give an account a password; all its other sessions and its links end. InputError,
    BusyError.

    session_id: of whoever chooses it, which stays.
    """
    if wrong := passwords.mistake(password, address):
        raise InputError(wrong)
    with _turn():
        hashed = _hasher().hash(password)
    with database.write() as session:
        accounts.change(session, account_id, password_hash=hashed, nonce=fresh_nonce())
        sessions.end_all(session, account_id, but=session_id)


@contextmanager
def _turn() -> Iterator[None]:
    if not _places.acquire(blocking=False):
        raise BusyError("Too many people sign in at this moment. Please try again in a minute.")
    try:
        with _turns:
            yield
    finally:
        _places.release()


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher(time_cost=2, memory_cost=64 * 1024, parallelism=1, type=Type.ID)


@cache
def _nobodys() -> str:
    return _hasher().hash("nobody's password, so that asking for one takes as long")
