"""Whose mail it was that came back: found by what we signed, and never by what a mail claims.

Believed in this order: the address that the mail came to (VERP), then the return path and the links
of the mail that it returns. Who knows a token was sent it, so can forge the bounce of that mail
alone.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from digest.ground.tokens.claims import Claim
from digest.intake.returned.fields import Fields, read_fields
from digest.intake.returned.mime_parts import Part
from digest.render.unsubscribe_addresses import tokens_in

# Reads an address with a return path's token, or the token of a link; None when neither is genuine.
Identify = Callable[[str], Claim | None]

_RETURNED = ("message/rfc822", "text/rfc822-headers", "message/global", "message/global-headers")
_RETURN_PATH = re.compile(
    r"[a-z0-9._=-]{1,64}\+[a-z2-7]{33}@[a-z0-9.-]{1,255}(?![a-z0-9-])", re.IGNORECASE
)
_LINK = re.compile(r"/u/([A-Za-z0-9_-]{20,80})(?![A-Za-z0-9_-])")
_MOST = 50


@dataclass(frozen=True, slots=True)
class Signature:
    """claim: whose mail it was, None when nothing vouches for it. forged: a token was altered."""

    claim: Claim | None = None
    forged: bool = False


def find_signature(
    addressed: Iterable[str], copies: Iterable[str], identify: Identify
) -> Signature:
    """Look at the addresses that a mail came to, then at texts of the mail that it returns."""
    paths = [path for text in addressed for path in _RETURN_PATH.findall(text)][:_MOST]
    for path in paths:
        if claim := identify(path):
            return Signature(claim)
    if paths:
        return Signature(forged=True)
    for text in copies:
        for token in [*_RETURN_PATH.findall(text), *_LINK.findall(text), *tokens_in(text)][:_MOST]:
            if claim := identify(token):
                return Signature(claim)
    return Signature()


def read_copy(parts: list[Part]) -> Fields:
    """Return the header of the mail that a report returns; empty when it returns none."""
    for part in parts:
        if part.kind in _RETURNED:
            return read_fields(part.octets.lstrip(b"\n"))
    return Fields(())
