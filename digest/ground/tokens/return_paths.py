"""Return paths that name the delivery (VERP): a bounce tells by its address whose mail it was.

Layout of the envelope sender, with the operator's bounce address `bounces@example.org`:
    bounces+TOKEN@example.org
TOKEN is one character that names the key, then base32 in small letters of
    subscriber id (5 bytes), edition's ordinal day (3 bytes; 0: none), MAC (12 bytes)
which is 33 characters and needs no padding. Base32, because servers on the way may change the case
of an address. The subscriber's nonce is under the MAC (`nonces`). It is cut to 96 bits: RFC 2104,
section 5, sets the floor at 80, and each guess costs the attacker one mail to the operator's
server. A mailbox before "+" has at most 30 octets, so that the local part stays within 64 (RFC
5321, section 4.5.3.1.1).
"""

from collections.abc import Sequence
from datetime import date

from digest.errors import LinkError
from digest.ground.tokens import claims
from digest.ground.tokens.claims import Claim
from digest.ground.tokens.codec import TokenCodec, TokenFormat, base32_decode, base32_encode
from digest.ground.tokens.nonces import Bindings, checked
from digest.model import Letterhead, Reader

LONGEST_MAILBOX = 30  # octets before the "+"
_PURPOSE = b"return path\0"
_TOKEN_LENGTH = 33
_FORMAT = TokenFormat(
    base32_encode,
    base32_decode,
    mac_bytes=12,
    key_letters="abcdefghijklmnopqrstuvwxyz234567",
    refusal="This return path is not one of ours.",
)


class ReturnPaths:
    """Makes the envelope senders below one bounce address.

    Raises ValueError when the part before its "@" is empty or longer than LONGEST_MAILBOX octets.
    """

    def __init__(self, key: bytes, bounce_address: str) -> None:
        mailbox, _, domain = bounce_address.rpartition("@")
        if not 0 < len(mailbox.encode()) <= LONGEST_MAILBOX:
            raise ValueError(f"{bounce_address!r} has no room for a return path")
        self._sign = TokenCodec([key], _FORMAT).signer(_PURPOSE)
        self._before, self._behind = f"{mailbox}+", f"@{domain}"

    def address(self, subscriber_id: int, nonce: bytes, edition: date | None = None) -> str:
        """Return the envelope sender of one delivery; without an edition, of a single mail."""
        token = self._sign(claims.pack_delivery(subscriber_id, edition), checked(nonce))
        return f"{self._before}{token}{self._behind}"


def envelope_sender(
    paths: ReturnPaths | None, letterhead: Letterhead, reader: Reader, edition: date
) -> str:
    """Return the envelope sender of one delivery; without paths, the bounce address itself."""
    if paths is None:
        return letterhead.bounce_address
    return paths.address(reader.subscriber_id, reader.nonce, edition)


def read_return_path(keys: Sequence[bytes], address: str, bindings: Bindings) -> Claim:
    """Return whose delivery the address names that a bounce came back to.

    Mailbox, domain and case are ignored: servers on the way may rewrite them. LinkError when the
    token is missing, altered, signed by none of the keys, or not of whoever has the id.
    """
    token = address.rpartition("@")[0].rpartition("+")[2].lower()
    whole = token if len(token) == _TOKEN_LENGTH else ""
    claim = claims.unpack(TokenCodec(keys, _FORMAT).read(_PURPOSE, whole, claims.endings(bindings)))
    if claim is None:
        raise LinkError(_FORMAT.refusal)
    return claim
