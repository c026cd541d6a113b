"""Sessions: begun by a first factor, completed by a second, found by a cookie, ended.

A first factor is a password or a link of a mail; the second a code of an authenticator. A passkey
is both: it asks for a fingerprint, a face or a PIN before it signs.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime

from digest.accounts.rules.endings import SEEN_EVERY, ends_at, is_over
from digest.accounts.store import accounts, sessions
from digest.accounts.store.accounts import Account
from digest.accounts.store.sessions import SignIn
from digest.errors import LinkError
from digest.ground.database.engine import Database
from digest.model import Stage

_SECRET_BYTES = 32
_LONGEST_BROWSER = 200


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Whose browser this is. account: None while a passkey is asked for. secret: its cookie."""

    sign_in: SignIn
    account: Account | None
    secret: str

    @property
    def is_full(self) -> bool:
        """Whether both factors were given."""
        return self.sign_in.stage is Stage.FULL and self.account is not None

    @property
    def form_token(self) -> str:
        """What every form of this session carries, and no other website knows."""
        return _form_token(self.secret)


def begin(
    database: Database,
    account_id: int | None,
    stage: Stage,
    browser: str,
    now: datetime,
    *,
    by_link: bool = False,
    challenge: bytes | None = None,
) -> str:
    """Begin a session; return the secret for its cookie. browser: what it calls itself."""
    secret = secrets.token_urlsafe(_SECRET_BYTES)
    with database.write() as session:
        sessions.delete_ended(session, now)
        sessions.add(
            session,
            _hash(secret),
            account_id,
            stage,
            by_link=by_link,
            browser=browser[:_LONGEST_BROWSER],
            now=now,
            ends_at=ends_at(stage, now),
            challenge=challenge,
        )
        if stage is Stage.FULL and account_id is not None:
            accounts.change(session, account_id, seen_at=now)
    return secret


def complete(
    database: Database,
    found: SignIn,
    account_id: int,
    now: datetime,
    browser: str,
    *,
    by_link: bool = False,
) -> str:
    """Sign somebody in whose factors are given: under a new secret, so that an old one is worth
    nothing (session fixation). Return it. by_link: see `AccountSessionRow`.
    """
    secret = secrets.token_urlsafe(_SECRET_BYTES)
    with database.write() as session:
        # Who ended it meanwhile, or removed the account, is obeyed.
        if not sessions.end(session, found.id) or accounts.by_id(session, account_id) is None:
            raise LinkError("This sign-in has ended. Please begin again.")
        sessions.add(
            session,
            _hash(secret),
            account_id,
            Stage.FULL,
            by_link=by_link,
            browser=browser[:_LONGEST_BROWSER],
            now=now,
            ends_at=ends_at(Stage.FULL, now),
        )
        accounts.change(session, account_id, seen_at=now)
    return secret


def find(database: Database, secret: str, now: datetime) -> SignedIn | None:
    """Return whose cookie this is; None when the session has ended."""
    if not secret or len(secret) > 2 * _SECRET_BYTES:
        return None
    with database.read() as session:
        found = sessions.by_hash(session, _hash(secret))
        if found is None or is_over(found.ends_at, found.seen_at, now):
            return None
        account = accounts.by_id(session, found.account_id) if found.account_id else None
    return SignedIn(found, account, secret)


def note_seen(database: Database, found: SignIn, now: datetime) -> None:
    """Note that a session was used, every few minutes."""
    if now - found.seen_at >= SEEN_EVERY:
        with database.write() as session:
            sessions.change(session, found.id, seen_at=now)


def is_form_token(secret: str, sent: str) -> bool:
    """Whether a form is one of the session with this secret."""
    return hmac.compare_digest(_form_token(secret).encode(), sent.encode("utf-8", "replace"))


def list_sessions(database: Database, account_id: int, now: datetime) -> list[SignIn]:
    """Return where an account is signed in, the session used last first."""
    with database.read() as session:
        found = sessions.of_account(session, account_id, now)
    return [each for each in found if not is_over(each.ends_at, each.seen_at, now)]


def end(database: Database, session_id: int, account_id: int | None = None) -> bool:
    """End a session, of an account if one is named; False when there is none."""
    with database.write() as session:
        return sessions.end(session, session_id, account_id)


def forget_ended(database: Database, now: datetime) -> int:
    """Delete sessions and links that ended; return how many."""
    with database.write() as session:
        return sessions.delete_ended(session, now) + accounts.delete_links(session, now)


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def _form_token(secret: str) -> str:
    return hmac.new(secret.encode("utf-8", "replace"), b"form", hashlib.sha256).hexdigest()
