"""Links that sign an account in once: printed by `digest admin add`, or sent by mail."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from digest.accounts import accounts as use
from digest.accounts.rules.endings import INVITATION_LASTS, LINK_LASTS
from digest.accounts.store import accounts
from digest.accounts.store.accounts import Account
from digest.errors import LinkError
from digest.ground.database.engine import Database
from digest.ground.tokens.signed_numbers import TokenPurpose, TokenSigner
from digest.model import MailKind
from digest.subscribers.store import outbox

MOST_MAILS = 5  # to one account within MAILS_WITHIN
MAILS_WITHIN = timedelta(hours=1)
_USED = "This link has been used, or is too old."


def invite(database: Database, signer: TokenSigner, account: Account, now: datetime) -> str:
    """Return the token of a link that somebody hands on to an account."""
    with database.write() as session:
        link_id = accounts.add_link(session, account.id, now, now + INVITATION_LASTS)
    return signer.sign(TokenPurpose.ACCOUNT, account.id, link_id, account.nonce)


def invite_by_mail(database: Database, account: Account, now: datetime) -> None:
    """Queue a mail with such a link."""
    with database.write() as session:
        link_id = accounts.add_link(session, account.id, now, now + INVITATION_LASTS)
        _queue(session, account.id, link_id, now)


def ask(database: Database, address: str, now: datetime) -> bool:
    """Queue a mail with a link, if there is such an account; return whether one goes out.

    Whoever asks must not be told, and no account gets many.
    """
    with database.write() as session:
        found = accounts.by_address(session, address.strip().lower())
        if found is None:
            return False
        if accounts.count_links_since(session, found.id, now - MAILS_WITHIN) >= MOST_MAILS:
            return False
        link_id = accounts.add_link(session, found.id, now, now + LINK_LASTS)
        _queue(session, found.id, link_id, now)
    return True


def check(database: Database, signer: TokenSigner, token: str, now: datetime) -> tuple[int, int]:
    """Return account and link of a token; LinkError when it is used, too old or altered."""
    account_id, link_id = signer.read(TokenPurpose.ACCOUNT, token, use.bindings(database))
    with database.read() as session:
        if accounts.good_link(session, account_id, link_id, now) is None:
            raise LinkError(_USED)
    return account_id, link_id


def spend(database: Database, signer: TokenSigner, token: str, now: datetime) -> Account:
    """Use a link up, and return whose it is; LinkError as above."""
    account_id, link_id = check(database, signer, token, now)
    with database.write() as session:
        found = accounts.by_id(session, account_id)
        if found is None or not accounts.use_link(session, link_id, now):
            raise LinkError(_USED)
    return found


def _queue(session: Session, account_id: int, link_id: int, now: datetime) -> None:
    detail = {"account": account_id}
    outbox.add(session, MailKind.SIGN_IN, outbox.OPERATOR, link_id, now=now, detail=detail)
