"""The links of mails: a token names a reader and a purpose.

It is one character that names the key, then base64url of
    subscriber id (5 bytes) [edition's ordinal day (3 bytes)] MAC (16 bytes).
Tokens do not expire: links in year-old mails still work, whichever of the keys made them.
"""

from collections.abc import Sequence
from datetime import date
from enum import StrEnum

from digest.errors import LinkError
from digest.ground.tokens import claims
from digest.ground.tokens.claims import Claim
from digest.ground.tokens.codec import TokenCodec, TokenFormat, base64_decode, base64_encode

__all__ = ["Claim", "LinkSigner", "Purpose"]

_KEY_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_FORMAT = TokenFormat(base64_encode, base64_decode, mac_bytes=16, key_letters=_KEY_LETTERS)


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
        self._codec = TokenCodec(keys, _FORMAT)
        self._sign = {purpose: self._codec.signer(_salt(purpose)) for purpose in Purpose}

    def token(self, purpose: Purpose, subscriber_id: int, edition: date | None = None) -> str:
        """Return the token of one reader for one purpose (29 or 33 characters)."""
        if edition is None:
            return self._sign[purpose](claims.pack_reader(subscriber_id))
        return self._sign[purpose](claims.pack_delivery(subscriber_id, edition))

    def read(self, purpose: Purpose, token: str) -> Claim:
        """Return what the token claims; LinkError when it is altered or of another purpose."""
        claim = claims.unpack(self._codec.read(_salt(purpose), token))
        if claim is None:
            raise LinkError(_FORMAT.refusal)
        return claim


def _salt(purpose: Purpose) -> bytes:
    return purpose.encode() + b"\0"
