"""The bytes that a seal hashes; docs/why/ledger.md describes them for other programs.

All hashes are SHA-256 (FIPS 180-4). A moment is `2026-11-19 07:00:12.000000` in UTC, what is not
set is nothing at all, octets are small hexadecimal digits, a text is UTF-8.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from hashlib import sha256
from typing import Any, NamedTuple

MAIL_HASH_BYTES = 16  # kept of a mail's SHA-256
_ID_BYTES, _TAG_BYTES = 5, 3
_ENTRY_BYTES = _ID_BYTES + _TAG_BYTES
_NUMBER_BYTES = 4
_MOMENTS = 64  # kept, spelt: the rows of a batch share theirs


class LedgerRow(NamedTuple):
    """A settled delivery, as it is hashed. The reply comes last, as it may hold anything."""

    subscriber_id: int
    batch: int
    day: date | None
    state: str
    attempts: int
    uncertain_attempts: int
    settled_at: datetime | None
    dated_at: datetime | None
    picks: bytes | None
    mail_hash: bytes | None
    reply: str | None


class Seal(NamedTuple):
    """What a seal says of an edition at one moment.

    root: of its batches, see `hash_batches`. inputs: one hash for the edition, then one for each
    candidate in its order, 32 octets each. settings: a name and a hash for each setting that shapes
    a mail. previous: the hash of the seal before this one; empty for the first.
    """

    day: date
    at: datetime
    program: str
    settings: Mapping[str, str]
    inputs: bytes
    batches: int
    rows: int
    root: bytes
    previous: bytes


def hash_mail(body: bytes) -> bytes:
    """Return the first 16 octets of the SHA-256 of a message, as it was handed to the relay."""
    return sha256(body).digest()[:MAIL_HASH_BYTES]


def hash_row(row: LedgerRow) -> bytes:
    """Return the 32 octets of a row: its fields, with `|` between them."""
    who, batch, day, state, attempts, uncertain, settled, dated, picks, mail, reply = row
    times = f"{_moment(settled)}|{_moment(dated)}"
    rest = f"{_spelt(picks)}|{_spelt(mail)}|{_spelt(reply)}"
    spelt = f"{who}|{batch}|{_moment(day)}|{state}|{attempts}|{uncertain}|{times}|{rest}"
    return sha256(spelt.encode("utf-8", "surrogatepass")).digest()


def hash_rows(hashes: Iterable[bytes]) -> bytes:
    """Return the 32 octets of a batch: the hashes of its rows by subscriber id, put together."""
    return sha256(b"".join(hashes)).digest()


def hash_block(packed: bytes) -> bytes:
    """Return the 32 octets of the block that stands for a thinned batch."""
    return sha256(packed).digest()


def hash_batches(batches: Iterable[tuple[int, bytes]]) -> bytes:
    """Return the root: for each batch by number, that number (4 octets, big endian) and hash."""
    parts = (number.to_bytes(_NUMBER_BYTES, "big") + found for number, found in batches)
    return sha256(b"".join(parts)).digest()


def hash_input(fields: Sequence[Any]) -> bytes:
    """Return the 32 octets of a frozen input: JSON with sorted keys, no blanks, no escapes."""
    spelt = [_spelt(each) if isinstance(each, date | bytes) else each for each in fields]
    text = json.dumps(spelt, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return sha256(text.encode("utf-8", "surrogatepass")).digest()


def hash_seal(seal: Seal) -> bytes:
    """Return the 32 octets of a seal: its fields, a line each."""
    settings = ",".join(f"{name}={seal.settings[name]}" for name in sorted(seal.settings))
    lines = (
        "digest-seal 1",
        f"edition {_spelt(seal.day)}",
        f"at {_spelt(seal.at)}",
        f"program {seal.program}",
        f"settings {settings}",
        f"inputs {sha256(seal.inputs).hexdigest()}",
        f"batches {seal.batches}",
        f"rows {seal.rows}",
        f"root {seal.root.hex()}",
        f"previous {seal.previous.hex()}",
    )
    return sha256("".join(f"{line}\n" for line in lines).encode()).digest()


def pack_tags(rows: Iterable[tuple[int, bytes]]) -> bytes:
    """Pack a subscriber id (5 octets) and the first 3 octets of its row's hash, row by row.

    They prove nothing, but name the row when the hash of its batch is another one.
    """
    return b"".join(key.to_bytes(_ID_BYTES, "big") + found[:_TAG_BYTES] for key, found in rows)


def unpack_tags(packed: bytes) -> dict[int, bytes]:
    """Undo `pack_tags`: tags by subscriber id."""
    starts = range(0, len(packed), _ENTRY_BYTES)
    entries = (packed[start : start + _ENTRY_BYTES] for start in starts)
    return {int.from_bytes(each[:_ID_BYTES], "big"): each[_ID_BYTES:] for each in entries}


def tag(row_hash: bytes) -> bytes:
    """Return what `pack_tags` keeps of a row's hash."""
    return row_hash[:_TAG_BYTES]


@lru_cache(_MOMENTS)
def _moment(at: date | None) -> str:
    return _spelt(at)


def _spelt(value: Any) -> str:
    match value:
        case None:
            return ""
        case datetime():
            return value.strftime("%Y-%m-%d %H:%M:%S.%f")
        case date():
            return value.isoformat()
        case bytes():
            return value.hex()
    return str(value)
