"""Mail that comes in, read with bounds: whom it is for, and whether a person can have meant it.

Only the header is looked at. What its fields say is for anybody to write, so nothing here is
believed by itself: an address counts by the signed token in it, whoever wrote the mail.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from email import policy
from email.message import Message as Header
from email.parser import BytesHeaderParser

from digest.errors import InputError

LARGEST_BYTES = 5_000_000  # a bounce may hold the mail that it returns, and ours are small
_LONGEST_HEADER = 256 * 1024
_LONGEST_FIELD = 4096
# Where a mail was delivered to, as the servers on the way wrote it down, before what the sender
# wrote: after an alias or a forward only the former has the address with the token.
_ADDRESSED = ("X-Original-To", "Delivered-To", "Envelope-To", "To", "Cc")


@dataclass(frozen=True, slots=True)
class Incoming:
    """What the header of a mail tells. addressed: texts with the addresses that it came to.

    automatic: why nobody meant it, in words; empty when a person may have.
    """

    addressed: tuple[str, ...]
    automatic: str


def read_mail(raw: bytes, recipients: Sequence[str] = ()) -> Incoming:
    """Read one message. recipients: what the mail server says that it was delivered to.

    InputError when it is larger than LARGEST_BYTES, or has no header.
    """
    if len(raw) > LARGEST_BYTES:
        raise InputError(f"The message has more than {LARGEST_BYTES:,} bytes.")
    header = BytesHeaderParser(policy=policy.compat32).parsebytes(raw[:_LONGEST_HEADER])
    if not header.keys():
        raise InputError("This is no mail: it has no header.")
    named = [text for name in _ADDRESSED for text in _fields(header, name)]
    return Incoming((*recipients, *named), _automatic(header))


def _automatic(header: Header) -> str:
    """Say why this is an answer of a program, or the mail of a list (RFC 3834, 2919, 5321).

    `auto-generated` alone is no reason: a mail program that unsubscribes for its user may say so.
    """
    if any("auto-replied" in text.lower() for text in _fields(header, "Auto-Submitted")):
        return "an automatic reply"
    if any(text.strip() == "<>" for text in _fields(header, "Return-Path")):
        return "a report of a mail server"
    if any("multipart/report" in text.lower() for text in _fields(header, "Content-Type")):
        return "a report of a mail server"
    if any(_fields(header, name) for name in ("X-Autoreply", "X-Autorespond")):
        return "an automatic reply"
    if any(_fields(header, name) for name in ("List-Id", "List-Unsubscribe")):
        return "the mail of a list"
    return ""


def _fields(header: Header, name: str) -> list[str]:
    return [str(value)[:_LONGEST_FIELD] for value in header.get_all(name, [])]
