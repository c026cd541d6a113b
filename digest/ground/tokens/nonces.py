"""Nonces: what makes the tokens of one subscriber nobody else's.

A token carries the subscriber's id, and an id can be given out twice: a database that is restored
from an older copy counts on from there. So 16 random octets of the subscriber, which no other one
had or will have, stand behind the payload when its MAC is made. No token carries them.
"""

from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import NamedTuple

NONCE_BYTES = 16
_NOBODYS = b"nobody's"  # no nonce has this length, so no token is bound to it


class Binding(NamedTuple):
    """What the tokens of a subscriber are bound to.

    former: whether tokens made before there were nonces, which are bound to nothing, are theirs,
    too. Only who was there when nonces came has those.
    """

    nonce: bytes
    former: bool = False


Bindings = Callable[[int], Binding | None]  # subscriber id -> theirs; None for an id of nobody


def checked(nonce: bytes) -> bytes:
    """Return the nonce; ValueError when it is none: a token must not be bound to nothing."""
    if len(nonce) != NONCE_BYTES:
        raise ValueError("the subscriber has no nonce, so no token can be bound to them")
    return nonce


def hash_nonce(nonce: bytes | None) -> str:
    """Return 16 hex digits that tell whose a line of a log is, and no nonce; empty for none."""
    return sha256(b"digest nonce" + nonce).hexdigest()[:16] if nonce else ""


def endings(binding: Binding | None) -> Sequence[bytes]:
    """Return what may stand behind the payload of a genuine token.

    There is one for nobody, too: refusing the token of an unknown id takes as long as another.
    """
    if binding is None:
        return (_NOBODYS,)
    return (binding.nonce, b"") if binding.former else (binding.nonce,)
