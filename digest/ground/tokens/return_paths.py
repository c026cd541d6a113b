"""Return paths that name the delivery (VERP): a bounce tells by its address whose mail it was.

Layout of the envelope sender, with the operator's bounce address `bounces@example.org`:
    bounces+TOKEN@example.org
TOKEN is one character that names the key, then base32 in small letters (RFC 4648, section 6) of
    subscriber id (5 bytes, big endian), edition's ordinal day (3 bytes; 0: none), MAC (12 bytes)
which is 33 characters and needs no padding. Base32, because servers on the way may change the case
of an address. The MAC is HMAC-SHA256 over a purpose, a zero byte and the payload, cut to 96 bits:
RFC 2104, section 5, sets the floor at 80, and whoever guesses asks the operator's mail server once
a guess. A mailbox before "+" has at most 30 octets, so that the local part stays within 64
(RFC 5321, section 4.5.3.1.1).
"""

import hmac
from base64 import b32decode, b32encode
from collections.abc import Sequence
from datetime import date

from digest.errors import LinkError
from digest.ground.tokens.keyed_hash import KeyedHash, key_name
from digest.ground.tokens.links import Claim
from digest.model import Letterhead

LONGEST_MAILBOX = 30  # octets before the "+"
_PURPOSE = b"return path\0"
_ID_BYTES, _DAY_BYTES, _MAC_BYTES = 5, 3, 12
_PAYLOAD_BYTES = _ID_BYTES + _DAY_BYTES
_TOKEN = 1 + (_PAYLOAD_BYTES + _MAC_BYTES) * 8 // 5
_KEY_NAMES = "abcdefghijklmnopqrstuvwxyz234567"


class ReturnPaths:
    """Makes the envelope senders below one bounce address.

    Raises ValueError when the part before its "@" is empty or longer than LONGEST_MAILBOX octets.
    """

    def __init__(self, key: bytes, bounce_address: str) -> None:
        mailbox, _, domain = bounce_address.rpartition("@")
        if not 0 < len(mailbox.encode()) <= LONGEST_MAILBOX:
            raise ValueError(f"{bounce_address!r} has no room for a return path")
        self._keyed_hash = KeyedHash(key, _PURPOSE)
        self._before, self._behind = f"{mailbox}+{key_name(key, _KEY_NAMES)}", f"@{domain}"

    def address(self, subscriber_id: int, edition: date | None = None) -> str:
        """Return the envelope sender of one delivery; without an edition, of a single mail."""
        day = edition.toordinal() if edition is not None else 0
        payload = (subscriber_id << 8 * _DAY_BYTES | day).to_bytes(_PAYLOAD_BYTES, "big")
        mac = self._keyed_hash.digest(payload)[:_MAC_BYTES]
        token = b32encode(payload + mac).decode().lower()
        return f"{self._before}{token}{self._behind}"


def envelope_sender(
    paths: ReturnPaths | None, letterhead: Letterhead, subscriber_id: int, edition: date
) -> str:
    """Return the envelope sender of one delivery; without paths, the bounce address itself."""
    if paths is None:
        return letterhead.bounce_address
    return paths.address(subscriber_id, edition)


def read_return_path(keys: Sequence[bytes], address: str) -> Claim:
    """Return whose delivery the address names that a bounce came back to.

    Neither the mailbox nor the domain is looked at, which servers on the way may rewrite, nor
    letters' case. LinkError when the token is missing, altered, or signed by none of the keys.
    """
    token = address.rpartition("@")[0].rpartition("+")[2].lower()
    try:
        raw = b32decode(token[1:].upper()) if len(token) == _TOKEN else b""
    except ValueError:
        raw = b""
    payload, mac = raw[:_PAYLOAD_BYTES], raw[_PAYLOAD_BYTES:]
    genuine = any(
        hmac.compare_digest(mac, KeyedHash(key, _PURPOSE).digest(payload)[:_MAC_BYTES])
        for key in keys
        if key_name(key, _KEY_NAMES) == token[:1]
    )
    if not genuine:
        raise LinkError("This return path is not one of ours.")
    day = int.from_bytes(payload[_ID_BYTES:], "big")
    edition = date.fromordinal(day) if day else None
    return Claim(int.from_bytes(payload[:_ID_BYTES], "big"), edition)
