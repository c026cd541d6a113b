"""Signed links: a token names a reader and a purpose, and cannot be made without the key.

Layout: one character that names the key, then base64url (no padding) of
    subscriber id (5 bytes, big endian) [edition's ordinal day (3 bytes)] MAC (16 bytes).
The MAC is HMAC-SHA256 over purpose, a zero byte and the payload, cut to half (RFC 2104, section 5).
Tokens do not expire: links in year-old mails still work, whichever of the keys made them.
"""

import hmac
from base64 import urlsafe_b64decode
from binascii import b2a_base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from digest.errors import LinkError
from digest.ground.tokens.keyed_hash import KeyedHash, key_name

_MAC_BYTES = 16
_ID_BYTES = 5
_DAY_BYTES = 3
_URL_SAFE = bytes.maketrans(b"+/", b"-_")
_KEY_NAMES = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


class Purpose(StrEnum):
    """What a token may be used for; a token of one purpose is refused for every other."""

    __hash__ = str.__hash__  # one is looked up for every link, and Enum's own is slow

    UNSUBSCRIBE = "unsubscribe"
    PREFERENCES = "preferences"
    VIEW = "view"  # one edition in the browser; carries no power over the subscription
    VOTE = "vote"  # more or less like a paper of one edition


@dataclass(frozen=True, slots=True)
class Claim:
    """What a valid token says."""

    subscriber_id: int
    edition: date | None


class LinkSigner:
    """Makes and reads tokens. `keys`: the first signs, all of them verify (key rotation)."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        if not keys:
            raise ValueError("LinkSigner needs at least one key")
        self._keys: dict[str, list[bytes]] = {}
        for key in keys:
            self._keys.setdefault(key_name(key, _KEY_NAMES), []).append(key)
        self._signing_name = key_name(keys[0], _KEY_NAMES)
        self._signing = {purpose: _keyed(keys[0], purpose) for purpose in Purpose}

    def token(self, purpose: Purpose, subscriber_id: int, edition: date | None = None) -> str:
        """Return the token of one reader for one purpose (29 or 33 characters)."""
        payload = subscriber_id.to_bytes(_ID_BYTES, "big")
        if edition is not None:
            payload += edition.toordinal().to_bytes(_DAY_BYTES, "big")
        mac = self._signing[purpose].digest(payload)[:_MAC_BYTES]
        return self._signing_name + _spell(payload + mac)

    def read(self, purpose: Purpose, token: str) -> Claim:
        """Return what the token claims; LinkError when it is altered or of another purpose."""
        try:
            raw = urlsafe_b64decode(token[1:] + "=" * (-len(token[1:]) % 4))
        except ValueError:
            raw = b""
        if _spell(raw) != token[1:]:  # the decoder skips foreign letters, and takes + for -
            raw = b""
        payload, mac = raw[:-_MAC_BYTES], raw[-_MAC_BYTES:]
        genuine = any(
            hmac.compare_digest(mac, _keyed(key, purpose).digest(payload)[:_MAC_BYTES])
            for key in self._keys.get(token[:1], ())
        )
        if not genuine or len(payload) not in (_ID_BYTES, _ID_BYTES + _DAY_BYTES):
            raise LinkError("This link is not valid.", hint="open the link from the newest mail")
        day = int.from_bytes(payload[_ID_BYTES:], "big")
        edition = date.fromordinal(day) if len(payload) > _ID_BYTES else None
        return Claim(int.from_bytes(payload[:_ID_BYTES], "big"), edition)


def _spell(raw: bytes) -> str:
    return b2a_base64(raw, newline=False).translate(_URL_SAFE, b"=").decode()


def _keyed(key: bytes, purpose: Purpose) -> KeyedHash:
    return KeyedHash(key, purpose.encode() + b"\0")
