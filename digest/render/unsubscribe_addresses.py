"""Make mail addresses that end a subscription (RFC 2369, section 3.2) from the link's token.

With the operator's address `unsubscribe@example.org` a reader's is
    unsubscribe+TAG@example.org
TAG is the token of the unsubscribe link in base32: its first character, then the octets that the
rest encodes. Servers may change the case of an address, which base32 survives and the token does
not. The tag has at most 44 characters: with a mailbox of at most 19, as the settings demand, the
part before the "@" stays within 64 (RFC 5321, section 4.5.3.1.1). Mails of before spell the tag in
hexadecimal.
"""

import re
from collections.abc import Callable
from contextlib import suppress

from digest.ground.tokens.codec import base32_decode, base32_encode, base64_decode, base64_encode
from digest.render import headers

_TAG = re.compile(r"\+([0-9a-z]{36}|[0-9a-z]{44})@", re.IGNORECASE)
_SPELLINGS: tuple[Callable[[str], bytes], ...] = (base32_decode, bytes.fromhex)


class UnsubscribeAddresses:
    """Makes one mailto: address per reader from the operator's address.

    Raises ComposeError if its domain has no ASCII form.
    """

    def __init__(self, address: str) -> None:
        mailbox, _, domain = address.rpartition("@")
        self._before = f"mailto:{mailbox}+"
        self._behind = f"@{headers.domain(domain)}?subject=unsubscribe"

    def uri(self, token: str) -> str:
        """Return the address whose mail ends the subscription that the token is for."""
        tag = base32_encode(token[:1].encode() + base64_decode(token[1:]))
        return f"{self._before}{tag}{self._behind}"


def tokens_in(text: str) -> list[str]:
    """Return the tokens of all such addresses in a text, without checking them.

    Mailbox and domain are ignored, because servers on the way may rewrite them. A tag that can be
    read in two spellings gives two tokens.
    """
    raws = [raw for tag in _TAG.findall(text) for raw in _read(tag)]
    return [raw[:1].decode("latin-1") + base64_encode(raw[1:]) for raw in raws]


def _read(tag: str) -> list[bytes]:
    found = []
    for decode in _SPELLINGS:
        with suppress(ValueError):  # not in this spelling
            found.append(decode(tag))
    return found
