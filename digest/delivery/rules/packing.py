"""Pack the deliveries of a batch into one block: who, in which state, with which picks.

A block is zlib's compression (RFC 1950) of columns, little endian: how many deliveries (32 bits);
their subscriber ids, each as the difference from the one before (64 bits); their states (8 bits,
the place in `STATES`, the highest bit for a lost reply); how many pairs of picks each has (16
bits); then all pairs of paper and reason (32 bits each). Each column has the first octets of all
its numbers first, then the second ones, and so on: like stands by like, and packs well.
"""

import zlib
from collections.abc import Iterator, Sequence
from itertools import accumulate
from struct import pack as pack_numbers
from struct import unpack as unpack_numbers
from typing import NamedTuple

from digest.model import DeliveryState

# Their places are stored: a new one comes last.
STATES = (
    DeliveryState.SENT,
    DeliveryState.FAILED,
    DeliveryState.UNCERTAIN,
    DeliveryState.SKIPPED,
    DeliveryState.DEFERRED,
    DeliveryState.QUEUED,
    DeliveryState.SENDING,
)
_DOUBTFUL = 128  # beside the place: the final reply to some attempt was lost
_LEVEL = 9
_PAIR_BYTES = 8


class PackedDelivery(NamedTuple):
    """What is kept of a delivery whose details are thinned. picks: as the ledger has them.

    doubtful: the final reply to some attempt was lost, so its papers may have arrived.
    """

    subscriber_id: int
    state: DeliveryState
    doubtful: bool
    picks: bytes


def pack(deliveries: Sequence[PackedDelivery]) -> bytes:
    """Return the block of deliveries that are in the order of their subscribers' ids.

    ValueError for a state that is none of STATES, or picks that are torn.
    """
    ids = [each.subscriber_id for each in deliveries]
    steps = [key - before for key, before in zip(ids, [0, *ids], strict=False)]
    states = [STATES.index(each.state) | each.doubtful * _DOUBTFUL for each in deliveries]
    picks = b"".join(each.picks for each in deliveries)
    if any(len(each.picks) % _PAIR_BYTES for each in deliveries):
        raise ValueError("picks that are torn cannot be packed")
    size = len(deliveries)
    columns = (
        size.to_bytes(4, "little"),
        _planes(pack_numbers(f"<{size}Q", *steps), 8),
        bytes(states),
        _planes(
            pack_numbers(f"<{size}H", *(len(each.picks) // _PAIR_BYTES for each in deliveries)), 2
        ),
        _planes(picks, _PAIR_BYTES),
    )
    return zlib.compress(b"".join(columns), _LEVEL)


def unpack(block: bytes) -> Iterator[PackedDelivery]:
    """Undo `pack`; struct.error, ValueError or zlib.error for what it has not made."""
    data = zlib.decompress(block)
    size = int.from_bytes(data[:4], "little")
    starts = (4, 4 + 8 * size, 4 + 9 * size, 4 + 11 * size)
    ids = accumulate(unpack_numbers(f"<{size}Q", _rows(data[starts[0] : starts[1]], 8)))
    states = data[starts[1] : starts[2]]
    counts = unpack_numbers(f"<{size}H", _rows(data[starts[2] : starts[3]], 2))
    picks = _rows(data[starts[3] :], _PAIR_BYTES)
    end = 0
    for key, state, count in zip(ids, states, counts, strict=True):
        start, end = end, end + count * _PAIR_BYTES
        doubtful = state >= _DOUBTFUL
        yield PackedDelivery(key, STATES[state % _DOUBTFUL], doubtful, picks[start:end])


def _planes(rows: bytes, width: int) -> bytes:
    """Put the first octets of all rows first, then the second ones, and so on."""
    return b"".join(rows[place::width] for place in range(width))


def _rows(planes: bytes, width: int) -> bytes:
    """Undo `_planes`."""
    rows, count = bytearray(len(planes)), len(planes) // width
    for place in range(width):
        rows[place::width] = planes[place * count : (place + 1) * count]
    return bytes(rows)
