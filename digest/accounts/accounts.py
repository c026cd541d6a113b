"""Accounts: added, given a role, reset, removed. The last owner stays."""

import secrets
from datetime import datetime

from sqlalchemy.orm import Session

from digest.accounts.store import accounts, passkeys, sessions
from digest.accounts.store.accounts import Account
from digest.errors import ConflictError, NotFoundError
from digest.ground.database.engine import Database
from digest.ground.tokens.nonces import NONCE_BYTES, Binding, Bindings
from digest.model import Role
from digest.subscribers.rules.addresses import normalise


def add(database: Database, address: str, role: Role, now: datetime) -> Account:
    """Add an account that nobody can use before its link; InputError, ConflictError."""
    address = normalise(address).lower()
    with database.write() as session:
        if accounts.by_address(session, address) is not None:
            raise ConflictError(
                f"There is an account of {address} already.",
                hint=f"`digest admin reset {address}` makes a new link for it",
            )
        return _got(session, accounts.add(session, address, role, fresh_nonce(), now))


def exist(database: Database) -> bool:
    """Whether there is an account at all; without one there is no console."""
    with database.read() as session:
        return accounts.any_account(session)


def list_all(database: Database) -> list[Account]:
    """Return all accounts by address."""
    with database.read() as session:
        return accounts.list_all(session)


def get(database: Database, account_id: int) -> Account:
    """Return an account; NotFoundError."""
    with database.read() as session:
        return _got(session, account_id)


def find(database: Database, address: str) -> Account:
    """Return the account of an address; NotFoundError."""
    with database.read() as session:
        return _found(session, address)


def set_role(database: Database, account_id: int, role: Role) -> Account:
    """Give an account another role; ConflictError when no owner would be left."""
    with database.write() as session:
        account = _got(session, account_id)
        if account.role is Role.OWNER and role is not Role.OWNER:
            _keep_an_owner(session)
        accounts.change(session, account_id, role=role)
        return _got(session, account_id)


def reset(database: Database, account_id: int) -> Account:
    """Take password, authenticator, passkeys, sessions and links away; a new link sets it up."""
    with database.write() as session:
        _got(session, account_id)
        nothing = {"password_hash": None, "code_key": None, "code_step": 0}
        accounts.change(session, account_id, nonce=fresh_nonce(), **nothing)
        passkeys.remove(session, account_id)
        sessions.end_all(session, account_id)
        return _got(session, account_id)


def end_sessions(database: Database, account_id: int, *, but: int | None = None) -> int:
    """Sign an account out everywhere; return how many sessions ended. but: this one stays."""
    with database.write() as session:
        return sessions.end_all(session, account_id, but=but)


def remove(database: Database, account_id: int) -> None:
    """Delete an account at once; ConflictError for the last owner unless it is the last at all."""
    with database.write() as session:
        account = _got(session, account_id)
        if account.role is Role.OWNER and len(accounts.list_all(session)) > 1:
            _keep_an_owner(session)
        accounts.remove(session, account_id)


def bindings(database: Database) -> Bindings:
    """Return what looks up which account a link is of."""

    def binding(account_id: int) -> Binding | None:
        with database.read() as session:
            found = accounts.by_id(session, account_id)
        return Binding(found.nonce) if found else None

    return binding


def _keep_an_owner(session: Session) -> None:
    if accounts.count_owners(session) < 2:
        raise ConflictError(
            "This is the only owner; somebody must be able to look after the accounts.",
            hint="make somebody else an owner first",
        )


def _got(session: Session, account_id: int) -> Account:
    found = accounts.by_id(session, account_id)
    if found is None:
        raise NotFoundError("There is no such account (any more).")
    return found


def _found(session: Session, address: str) -> Account:
    found = accounts.by_address(session, address.strip().lower())
    if found is None:
        raise NotFoundError(f"There is no account of {address}.", hint="digest admin list")
    return found


def fresh_nonce() -> bytes:
    """Return a nonce that nobody had."""
    return secrets.token_bytes(NONCE_BYTES)
