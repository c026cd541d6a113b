"""Make mail addresses that end a subscription (RFC 2369, section 3.2) from the link's token.

With the operator's address `unsubscribe@example.org` a reader's is
    unsubscribe+TAG@example.org
TAG is the token of the unsubscribe link in hexadecimal: its first character, then the octets that
the rest encodes. Servers may change the case of an address, which hexadecimal survives and the
token does not. The tag has 44 characters: with a mailbox of at most 19, as the settings demand, the
part before the "@" stays within 64 (RFC 5321, section 4.5.3.1.1).
"""

import re

from digest.ground.tokens.codec import base64_decode, base64_encode
from digest.render import headers

_TAG = re.compile(r"\+([0-9a-f]{44})@", re.IGNORECASE)


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
        tag = (token[:1].encode() + base64_decode(token[1:])).hex()
        return f"{self._before}{tag}{self._behind}"


def tokens_in(text: str) -> list[str]:
    """Return the tokens of all such addresses in a text, without checking them.

    Mailbox and domain are ignored, because servers on the way may rewrite them.
    """
    raws = [bytes.fromhex(tag) for tag in _TAG.findall(text)]
    return [raw[:1].decode("latin-1") + base64_encode(raw[1:]) for raw in raws]
