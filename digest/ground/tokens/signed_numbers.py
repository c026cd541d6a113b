"""Signed numbers, for what the links of a mail are not for: forms, confirmations, undoing.

Layout: base64url (no padding) of the numbers (6 bytes each, big endian) and a MAC (16 bytes). The
MAC is HMAC-SHA256 over "stamp", the purpose and the numbers, cut to half (RFC 2104, section 5). How
long a stamp is good for is decided by whoever reads it, from a time that is one of the numbers or
is stored under one of them.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from enum import StrEnum

from digest.errors import LinkError

_NUMBER_BYTES = 6
_MAC_BYTES = 16


class TokenPurpose(StrEnum):
    """What a stamp may be used for; one of one purpose is refused for every other."""

    FORM = "form"  # seconds since 1970: when the form was handed out
    CONFIRM = "confirm"  # subscriber id, id of the event that asked
    UNDO = "undo"  # subscriber id, id of the event that is taken back
    FEED = "feed"  # subscriber id, id of the event that made the address new; 0 for the first


class TokenSigner:
    """Makes and reads stamps. `keys`: the first signs, all of them verify (key rotation)."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._keys = list(keys)

    def stamp(self, purpose: TokenPurpose, *numbers: int) -> str:
        """Return a token that holds these numbers, each from 0 to 2^48 - 1."""
        payload = b"".join(number.to_bytes(_NUMBER_BYTES, "big") for number in numbers)
        return _spell(payload + _mac(self._keys[0], purpose, payload))

    def read(self, purpose: TokenPurpose, token: str) -> tuple[int, ...]:
        """Return the numbers; LinkError when the token is altered or of another purpose."""
        try:
            raw = urlsafe_b64decode(token + "=" * (-len(token) % 4))
        except ValueError:
            raw = b""
        if _spell(raw) != token:  # the decoder skips foreign letters, and takes + for -
            raw = b""
        payload, mac = raw[:-_MAC_BYTES], raw[-_MAC_BYTES:]
        if not any(hmac.compare_digest(mac, _mac(key, purpose, payload)) for key in self._keys):
            raise LinkError("This link is not valid.")
        pieces = range(0, len(payload), _NUMBER_BYTES)
        return tuple(int.from_bytes(payload[at : at + _NUMBER_BYTES], "big") for at in pieces)


def _spell(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")


def _mac(key: bytes, purpose: TokenPurpose, payload: bytes) -> bytes:
    return hmac.digest(key, f"stamp\0{purpose}\0".encode() + payload, "sha256")[:_MAC_BYTES]
