"""What the tokens of mails say: which reader, and which edition."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from digest.ground.tokens import nonces
from digest.ground.tokens.nonces import Bindings

_ID_BYTES, _DAY_BYTES = 5, 3
_ID_AND_DAY_BYTES = _ID_BYTES + _DAY_BYTES


@dataclass(frozen=True, slots=True)
class Claim:
    """What a genuine token says. Only reading a whole token makes one."""

    subscriber_id: int
    edition: date | None


def pack_reader(subscriber_id: int) -> bytes:
    """Return 5 bytes, big endian; OverflowError for an id that they cannot hold."""
    return subscriber_id.to_bytes(_ID_BYTES, "big")


def pack_delivery(subscriber_id: int, edition: date | None) -> bytes:
    """Return 8 bytes, big endian: the id, then the edition's ordinal day (0: none)."""
    day = edition.toordinal() if edition is not None else 0
    return (subscriber_id << 8 * _DAY_BYTES | day).to_bytes(_ID_AND_DAY_BYTES, "big")


def endings(bindings: Bindings) -> Callable[[bytes], Sequence[bytes]]:
    """Return what `TokenCodec.read` asks: for each payload, what may stand behind it."""
    return lambda payload: nonces.endings(bindings(subscriber_id(payload)))


def unpack(payload: bytes) -> Claim | None:
    """Return what one of the two holds; None for a payload of another length."""
    if len(payload) not in (_ID_BYTES, _ID_AND_DAY_BYTES):
        return None
    day = int.from_bytes(payload[_ID_BYTES:], "big")
    edition = date.fromordinal(day) if day else None
    return Claim(subscriber_id(payload), edition)


def subscriber_id(payload: bytes) -> int:
    """Return the id that a payload begins with."""
    return int.from_bytes(payload[:_ID_BYTES], "big")
