"""One-time codes as a second factor: an authenticator is set up, and its codes are checked."""

import secrets
from datetime import datetime

from digest.accounts.rules import codes
from digest.accounts.rules.endings import MOST_FAILURES
from digest.accounts.store import accounts, sessions
from digest.ground.database.engine import Database
from digest.ground.database.wrapped_keys import is_current, secret_keys, unwrap, wrap


def make_key() -> bytes:
    """Return the key of a new authenticator."""
    return secrets.token_bytes(codes.KEY_BYTES)


def set_up(database: Database, account_id: int, key: bytes, code: str, now: datetime) -> bool:
    """Store the key of an authenticator that shows the right code; False when it is wrong."""
    step = codes.step_of(key, code, int(now.timestamp()), after=0)
    if step is None:
        return False
    with database.write() as session:
        wrapped = wrap(secret_keys(session), key)
        accounts.change(session, account_id, code_key=wrapped, code_step=step)
    return True


def check(
    database: Database, account_id: int, session_id: int, code: str, now: datetime
) -> tuple[bool, bool]:
    """Return whether a code is right, and whether the session may try another.

    A session that was wrong too often is ended. SettingsError when the key cannot be unwrapped.
    """
    with database.write() as session:
        wrapped, used = accounts.code_key(session, account_id)
        if wrapped is not None:
            keys = secret_keys(session)
            key = unwrap(keys, wrapped)
            step = codes.step_of(key, code, int(now.timestamp()), after=used)
            if step is not None and accounts.use_code(session, account_id, step):
                if not is_current(keys, wrapped):
                    accounts.change(session, account_id, code_key=wrap(keys, key))
                return True, True
        if sessions.fail(session, session_id) < MOST_FAILURES:
            return False, True
        sessions.end(session, session_id)
    return False, False


def remove(database: Database, account_id: int) -> None:
    """Take an account's authenticator away."""
    with database.write() as session:
        accounts.change(session, account_id, code_key=None)
