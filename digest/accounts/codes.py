"""One-time codes as a second factor: an authenticator is set up, and its codes are checked."""

import secrets
from datetime import datetime

from sqlalchemy.orm import Session

from digest.accounts.rules import codes
from digest.accounts.rules.endings import LOCKED_FOR, MOST_ENDED, MOST_FAILURES
from digest.accounts.store import accounts, audit, passkeys, sessions
from digest.errors import ConflictError
from digest.ground.database.engine import Database
from digest.ground.database.wrapped_keys import is_current, secret_keys, unwrap, wrap

WRONG_CODES = "account.wrong-codes"  # in the audit log


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

    Each try is counted before it is judged, and whoever is first has the session's row, so any
    number at once get no more tries than one after another. A session that was wrong too often is
    ended and logged; an account of which too many were takes no code for an hour. SettingsError
    when the key cannot be unwrapped.
    """
    with database.write() as session:
        found = sessions.locked(session, session_id)
        account = accounts.by_id(session, account_id)
        if found is None or account is None:
            return False, False
        ended = audit.count_since(session, account.address, WRONG_CODES, now - LOCKED_FOR)
        tries = sessions.fail(session, session_id)
        if ended < MOST_ENDED and _is_right(session, account_id, code, now):
            return True, True
        if tries < MOST_FAILURES:
            return False, True
        sessions.end(session, session_id)
        entry = audit.begin(
            session, account.address, WRONG_CODES, f"account {account_id}", {"codes": tries}, now
        )
        audit.complete(session, entry, None, None, "wrong codes after a right first factor", now)
    return False, False


def _is_right(session: Session, account_id: int, code: str, now: datetime) -> bool:
    wrapped, used = accounts.code_key(session, account_id)
    if wrapped is None:
        return False
    keys = secret_keys(session)
    key = unwrap(keys, wrapped)
    step = codes.step_of(key, code, int(now.timestamp()), after=used)
    if step is None or not accounts.use_code(session, account_id, step):
        return False
    if not is_current(keys, wrapped):
        accounts.change(session, account_id, code_key=wrap(keys, key))
    return True


def remove(database: Database, account_id: int) -> None:
    """Take an account's authenticator away; ConflictError when it has no passkey beside."""
    with database.write() as session:
        if not passkeys.of_account(session, account_id):
            raise ConflictError("Add a passkey first: without either nobody could sign in.")
        accounts.change(session, account_id, code_key=None)
