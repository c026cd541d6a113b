"""Signed numbers, for what the links of a mail are not for: forms, confirmations, undoing.

A token is base64url of the numbers (6 bytes each, big endian) and a MAC (16 bytes). Whoever reads
it decides how long it is valid, by a time that is one of the numbers or is stored under one.
"""

from collections.abc import Sequence
from enum import StrEnum

from digest.ground.tokens.codec import TokenCodec, TokenFormat, base64_decode, base64_encode

_NUMBER_BYTES = 6
_FORMAT = TokenFormat(base64_encode, base64_decode, mac_bytes=16)


class TokenPurpose(StrEnum):
    """What a token may be used for; a token of one purpose is refused for every other."""

    FORM = "form"  # seconds since 1970: when the form was handed out
    CONFIRM = "confirm"  # subscriber id, id of the event that asked
    REFUSE = "refuse"  # the same, to end the asking
    UNDO = "undo"  # subscriber id, id of the event that is taken back
    FEED = "feed"  # subscriber id, id of the event that made the address new; 0 for the first


class TokenSigner:
    """Makes and reads tokens. keys: the first signs, all of them verify (key rotation)."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._codec = TokenCodec(keys, _FORMAT)

    def sign(self, purpose: TokenPurpose, *numbers: int) -> str:
        """Return a token that holds these numbers, each from 0 to 2^48 - 1."""
        payload = b"".join(number.to_bytes(_NUMBER_BYTES, "big") for number in numbers)
        return self._codec.signer(_salt(purpose))(payload)

    def read(self, purpose: TokenPurpose, token: str) -> tuple[int, ...]:
        """Return the numbers; LinkError when the token is altered or of another purpose."""
        payload = self._codec.read(_salt(purpose), token)
        starts = range(0, len(payload), _NUMBER_BYTES)
        return tuple(int.from_bytes(payload[at : at + _NUMBER_BYTES], "big") for at in starts)


def _salt(purpose: TokenPurpose) -> bytes:
    return f"stamp\0{purpose}\0".encode()  # tokens in mails that are out were made with it
