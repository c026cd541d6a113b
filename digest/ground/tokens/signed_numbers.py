"""Signed numbers, for what the links of a mail are not for: forms, confirmations, undoing.

A token is base64url of the numbers (6 bytes each, big endian) and a MAC (16 bytes). Whoever reads
it decides how long it is valid, by a time that is one of the numbers or is stored under one. Those
of a subscriber have the subscriber's nonce under the MAC (`nonces`).
"""

from collections.abc import Sequence
from enum import StrEnum

from digest.errors import LinkError
from digest.ground.tokens.codec import TokenCodec, TokenFormat, base64_decode, base64_encode
from digest.ground.tokens.nonces import Bindings, checked, endings

_NUMBER_BYTES = 6
_FORMAT = TokenFormat(base64_encode, base64_decode, mac_bytes=16)


class TokenPurpose(StrEnum):
    """What a token may be used for; a token of one purpose is refused for every other."""

    CONFIRM = "confirm"  # the event that asked
    REFUSE = "refuse"  # the same, to end the asking
    UNDO = "undo"  # the event that is taken back
    FEED = "feed"  # the event that made the address new; 0 for the first
    ACCOUNT = "account"  # of an account instead of a subscriber: the link that signs it in


class TokenSigner:
    """Makes and reads tokens. keys: the first signs, all of them verify (key rotation)."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._codec = TokenCodec(keys, _FORMAT)

    def sign(self, purpose: TokenPurpose, subscriber_id: int, event_id: int, nonce: bytes) -> str:
        """Return the token of a subscriber for one event, each id from 0 to 2^48 - 1."""
        payload = _pack(subscriber_id) + _pack(event_id)
        return self._codec.signer(_salt(purpose))(payload, checked(nonce))

    def read(self, purpose: TokenPurpose, token: str, bindings: Bindings) -> tuple[int, int]:
        """Return the ids of subscriber and event.

        LinkError when the token is altered, of another purpose, or not of whoever has the id.
        """

        def possible(payload: bytes) -> Sequence[bytes]:
            return endings(bindings(_unpack(payload[:_NUMBER_BYTES])))

        payload = self._codec.read(_salt(purpose), token, possible)
        if len(payload) != 2 * _NUMBER_BYTES:
            raise LinkError(_FORMAT.refusal)
        return _unpack(payload[:_NUMBER_BYTES]), _unpack(payload[_NUMBER_BYTES:])

    def named(self, token: str) -> int | None:
        """Return whose a token says that it is, as `LinkSigner.named` does."""
        payload = self._codec.unvouched(token)
        return _unpack(payload[:_NUMBER_BYTES]) if payload else None

    def sign_form(self, seconds: int) -> str:
        """Return the token of a form that was handed out so many seconds after 1970."""
        return self._codec.signer(_FORM)(_pack(seconds), b"")

    def read_form(self, token: str) -> int:
        """Return when a form was handed out; LinkError when the token is none of a form."""
        return _unpack(self._codec.read(_FORM, token))


def _pack(number: int) -> bytes:
    return number.to_bytes(_NUMBER_BYTES, "big")


def _unpack(payload: bytes) -> int:
    return int.from_bytes(payload, "big")


def _salt(purpose: str) -> bytes:
    return f"stamp\0{purpose}\0".encode()  # tokens in mails that are out were made with it


_FORM = _salt("form")
