"""Addresses that readers answer to: each names the mail that is answered.

Layout, with the operator's reply address `reply@example.org`:
    reply+TOKEN@example.org
TOKEN is spelt like that of a return path: one character that names the key, then base32 in small
letters of
    subscriber id (5 bytes), edition's ordinal day (3 bytes), MAC (12 bytes)
which is 33 characters. It has a purpose of its own, since whoever is in copy of an answer sees it:
it opens no page, and no unsubscribe address can be made of it. The subscriber's nonce is under the
MAC (`nonces`). The mailbox has at most 19 characters, as the settings demand, so that the local
part stays within 64 octets (RFC 5321, section 4.5.3.1.1).
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import date
from itertools import islice

from digest.errors import LinkError
from digest.ground.tokens import claims
from digest.ground.tokens.claims import Claim
from digest.ground.tokens.codec import TokenCodec, TokenFormat, base32_decode, base32_encode
from digest.ground.tokens.nonces import Bindings, checked

_PURPOSE = b"reply\0"
_MOST = 50  # that are looked at
_TAG = re.compile(r"\+([a-z2-7]{33})@", re.IGNORECASE)
_FORMAT = TokenFormat(
    base32_encode,
    base32_decode,
    mac_bytes=12,
    key_letters="abcdefghijklmnopqrstuvwxyz234567",
    refusal="This reply address is not one of ours.",
)


class ReplyAddresses:
    """Makes the addresses below the operator's. keys: the first signs."""

    def __init__(self, keys: Sequence[bytes], address: str) -> None:
        mailbox, _, domain = address.rpartition("@")
        self._sign = TokenCodec(keys, _FORMAT).signer(_PURPOSE)
        self._before, self._behind = f"{mailbox}+", f"@{domain}"

    def address(self, subscriber_id: int, nonce: bytes, edition: date) -> str:
        """Return the address for answers to the mail of one reader and edition."""
        token = self._sign(claims.pack_delivery(subscriber_id, edition), checked(nonce))
        return f"{self._before}{token}{self._behind}"


def read_reply_address(
    keys: Sequence[bytes], texts: Sequence[str], bindings: Bindings
) -> Claim | None:
    """Return what the first genuine reply address in these texts names; None when there is none.

    Mailbox and domain are ignored, because servers on the way may rewrite them. One that is not
    (any more) of whoever has the id is not genuine.
    """
    codec = TokenCodec(keys, _FORMAT)
    return next(_claims(codec, texts, bindings), None)


def _claims(codec: TokenCodec, texts: Sequence[str], bindings: Bindings) -> Iterator[Claim]:
    possible = claims.endings(bindings)
    tokens = (token for text in texts for token in _TAG.findall(text))
    for token in islice(tokens, _MOST):
        with suppress(LinkError):  # of a mail of ours with another purpose, or altered
            claim = claims.unpack(codec.read(_PURPOSE, token.lower(), possible))
            if claim is not None and claim.edition is not None:
                yield claim
