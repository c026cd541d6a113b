"""Signed tokens: a payload as text that nobody can make or alter without the key.

Layout: one character that names the key (where a format has it), then in the format's spelling
    payload, MAC
The MAC is HMAC-SHA256 over the purpose, the payload and an ending that the token does not carry,
cut short (RFC 2104, section 5). The modules beside this one say what the payload of each purpose
holds; `nonces` says what the ending is.
"""

import hmac
from base64 import b32decode, urlsafe_b64decode
from binascii import b2a_base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from digest.errors import LinkError
from digest.ground.tokens.keyed_hash import KeyedHash, key_name

_BASE32 = "abcdefghijklmnopqrstuvwxyz234567"
_PAIRS = [first + second for first in _BASE32 for second in _BASE32]  # by their ten bits
_URL_SAFE = bytes.maketrans(b"+/", b"-_")


@dataclass(frozen=True, slots=True)
class TokenFormat:
    """How tokens are spelt. decode: raises ValueError for what `encode` cannot have written.

    key_letters: those that name a key; without them every key is tried.
    """

    encode: Callable[[bytes], str]
    decode: Callable[[str], bytes]
    mac_bytes: int
    key_letters: str = ""
    refusal: str = "This link is not valid."


def _no_ending(_payload: bytes) -> Sequence[bytes]:
    return (b"",)


class TokenCodec:
    """Signs and reads tokens. keys: the first signs, all of them verify (key rotation)."""

    def __init__(self, keys: Sequence[bytes], token_format: TokenFormat) -> None:
        if not keys:
            raise ValueError("signing needs at least one key")
        self._format = token_format
        self._start = 1 if token_format.key_letters else 0
        self._signing_key = keys[0]
        self._keys: dict[str, list[bytes]] = {}
        for key in keys:
            self._keys.setdefault(self._name(key), []).append(key)

    def signer(self, purpose: bytes) -> Callable[[bytes, bytes], str]:
        """Return what makes the tokens of one purpose from payload and ending.

        All that they share is done ahead.
        """
        digest = KeyedHash(self._signing_key, purpose).digest
        name = self._name(self._signing_key)
        encode, mac_bytes = self._format.encode, self._format.mac_bytes

        def sign(payload: bytes, ending: bytes) -> str:
            return name + encode(payload + digest(payload + ending)[:mac_bytes])

        return sign

    def read(
        self, purpose: bytes, token: str, endings: Callable[[bytes], Sequence[bytes]] = _no_ending
    ) -> bytes:
        """Return the payload; LinkError when the token is altered or of another purpose.

        endings: payload -> those that a genuine token may have. Nobody has vouched for the payload
        yet when it is called, so it must do no more than look them up.
        """
        keys = self._keys.get(token[: self._start], ())
        payload, mac = self._parts(token)
        if keys and payload:
            possible = endings(payload)
            for key in keys:
                digest = KeyedHash(key, purpose).digest
                for ending in possible:
                    wanted = digest(payload + ending)[: self._format.mac_bytes]
                    if hmac.compare_digest(mac, wanted):
                        return payload
        raise LinkError(self._format.refusal)

    def unvouched(self, token: str) -> bytes:
        """Return the payload of what may be a token, whoever made it; empty for what is none."""
        return self._parts(token)[0]

    def _parts(self, token: str) -> tuple[bytes, bytes]:
        """Return payload and MAC."""
        raw = self._decoded(token[self._start :])
        return raw[: -self._format.mac_bytes], raw[-self._format.mac_bytes :]

    def _decoded(self, text: str) -> bytes:
        try:
            raw = self._format.decode(text)
        except ValueError:
            return b""
        # A decoder may skip foreign letters, or take + for -: a token has one spelling only.
        return raw if self._format.encode(raw) == text else b""

    def _name(self, key: bytes) -> str:
        return key_name(key, self._format.key_letters) if self._format.key_letters else ""


def base64_encode(raw: bytes) -> str:
    """Return base64url without padding (RFC 4648, section 5)."""
    return b2a_base64(raw, newline=False).translate(_URL_SAFE, b"=").decode()


def base64_decode(text: str) -> bytes:
    """Undo `base64_encode`, generously; ValueError for what is no such text at all."""
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def base32_encode(raw: bytes) -> str:
    """Return base32 in small letters without padding (RFC 4648, section 6)."""
    characters = -(-8 * len(raw) // 5)
    pairs = -(-characters // 2)
    bits = int.from_bytes(raw, "big") << 10 * pairs - 8 * len(raw)
    shifts = range(10 * (pairs - 1), -1, -10)
    return "".join([_PAIRS[bits >> shift & 0x3FF] for shift in shifts])[:characters]


def base32_decode(text: str) -> bytes:
    """Undo `base32_encode`, in letters of any case; ValueError for what is no such text."""
    return b32decode(text.upper() + "=" * (-len(text) % 8))
