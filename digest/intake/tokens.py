"""Whose token an address or a link has, as far as it is one of ours."""

from collections.abc import Callable, Sequence
from functools import partial

from digest.errors import LinkError
from digest.ground.tokens.claims import Claim
from digest.ground.tokens.links import LinkSigner, Purpose
from digest.ground.tokens.nonces import Bindings
from digest.ground.tokens.reply_addresses import read_reply_address
from digest.ground.tokens.return_paths import read_return_path
from digest.render.unsubscribe_addresses import tokens_in

Identify = Callable[[str], Claim | None]
IdentifyReply = Callable[[Sequence[str]], Claim | None]


def identify_by(signer: LinkSigner, keys: Sequence[bytes], bindings: Bindings) -> Identify:
    """Return what reads the address of a return path, or the token of a digest's links."""

    def identify(text: str) -> Claim | None:
        try:
            if "@" in text:
                return read_return_path(keys, text, bindings)
            return signer.read(Purpose.UNSUBSCRIBE, text, bindings)
        except LinkError:
            return None

    return identify


def identify_reply_by(keys: Sequence[bytes], bindings: Bindings) -> IdentifyReply:
    """Return what reads the first genuine reply address in texts: which mail of whom it answers."""
    return partial(read_reply_address, keys, bindings=bindings)


def leaver(identify: Identify, addressed: Sequence[str]) -> int | None:
    """Return the subscriber of the first address with a genuine token that unsubscribes."""
    for text in addressed:
        for token in tokens_in(text):
            if claim := identify(token):
                return claim.subscriber_id
    return None
