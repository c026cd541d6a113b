"""The links of mails: a token names a reader, and what may be done in their name.

A digest has one token for all its links. It is one character that names the key, then base64url of
    subscriber id (5 bytes), edition's ordinal day (3 bytes), MAC (18 bytes)
which is 36 characters. Its first 25, with 10 bytes of the MAC, only show the mail in a browser: who
is given that link cannot make the whole token of it. 10 bytes are what RFC 2104, section 5, sets as
the floor; the other 8 would have to be guessed one request at a time.

Other mails have a token for each purpose, as digests had before: base64url of
    subscriber id (5 bytes) [edition's ordinal day (3 bytes)] MAC (16 bytes).
Tokens do not expire: links in year-old mails still work, whichever of the keys made them. They end
when the subscriber is erased or gets another nonce (`nonces`): it stands behind the payload under
each MAC. Mails that were out before there were nonces have tokens without.
"""

from collections.abc import Sequence
from datetime import date
from enum import StrEnum

from digest.errors import LinkError
from digest.ground.tokens import claims
from digest.ground.tokens.claims import Claim
from digest.ground.tokens.codec import TokenCodec, TokenFormat, base64_decode, base64_encode
from digest.ground.tokens.nonces import Bindings, checked

__all__ = ["Claim", "LinkSigner", "Purpose", "view_token"]

_KEY_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
TOKEN_LENGTH, _VIEW_LENGTH = 36, 25  # characters
_ONE_PURPOSE, _MAIL, _VIEW = (
    TokenFormat(base64_encode, base64_decode, mac_bytes=octets, key_letters=_KEY_LETTERS)
    for octets in (16, 18, 10)
)
_MAIL_SALT = b"mail\0"


class Purpose(StrEnum):
    """What a token may be used for; a token of one purpose is refused for every other."""

    __hash__ = str.__hash__  # one is looked up for every link, and Enum's own is slow

    UNSUBSCRIBE = "unsubscribe"
    PREFERENCES = "preferences"
    VIEW = "view"  # one edition in the browser; carries no power over the subscription
    VOTE = "vote"  # more or less like a paper of one edition


class LinkSigner:
    """Makes and reads tokens. keys: the first signs, all of them verify (key rotation)."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._codec = TokenCodec(keys, _ONE_PURPOSE)
        self._mail, self._view = TokenCodec(keys, _MAIL), TokenCodec(keys, _VIEW)
        self._sign = {purpose: self._codec.signer(_salt(purpose)) for purpose in Purpose}
        self._sign_mail = self._mail.signer(_MAIL_SALT)

    def token(
        self, purpose: Purpose, subscriber_id: int, nonce: bytes, edition: date | None = None
    ) -> str:
        """Return the token of one reader for one purpose (29 or 33 characters)."""
        if edition is None:
            return self._sign[purpose](claims.pack_reader(subscriber_id), checked(nonce))
        return self._sign[purpose](claims.pack_delivery(subscriber_id, edition), checked(nonce))

    def mail_token(self, subscriber_id: int, nonce: bytes, edition: date) -> str:
        """Return the token of one digest, for every purpose but viewing (36 characters)."""
        return self._sign_mail(claims.pack_delivery(subscriber_id, edition), checked(nonce))

    def read(self, purpose: Purpose, token: str, bindings: Bindings) -> Claim:
        """Return what the token claims.

        LinkError when it is altered, of another purpose, or not (any more) of whoever has the id.
        """
        codec, salt = self._kind(purpose, token)
        claim = claims.unpack(codec.read(salt, token, claims.endings(bindings)))
        if claim is None:
            raise LinkError(_ONE_PURPOSE.refusal)
        return claim

    def named(self, purpose: Purpose, token: str) -> int | None:
        """Return whose a token says that it is; None for what is none.

        Nobody has vouched for it: it serves to look up the binding that `read` asks for.
        """
        payload = self._kind(purpose, token)[0].unvouched(token)
        return claims.subscriber_id(payload) if payload else None

    def _kind(self, purpose: Purpose, token: str) -> tuple[TokenCodec, bytes]:
        """Return what reads a token of this length, and the salt."""
        if len(token) == TOKEN_LENGTH and purpose is not Purpose.VIEW:
            return self._mail, _MAIL_SALT
        if len(token) == _VIEW_LENGTH and purpose is Purpose.VIEW:
            return self._view, _MAIL_SALT
        return self._codec, _salt(purpose)


def view_token(mail_token: str) -> str:
    """Return the part of a digest's token that only shows it in a browser (25 characters)."""
    return mail_token[:_VIEW_LENGTH]


def _salt(purpose: Purpose) -> bytes:
    return purpose.encode() + b"\0"
