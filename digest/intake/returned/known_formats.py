"""Ask flufl.bounce, which knows addresses in the formats of many servers, within bounds.

It gets a copy of the mail with a few fields and the texts alone, short in every direction, because
some of its patterns are quadratic. Delivery status notifications are not its business here.
"""

import logging
from collections.abc import Iterable
from email.message import Message

from flufl.bounce import all_failures

from digest.intake.returned.bounce_words import ADDRESS
from digest.intake.returned.fields import Fields
from digest.intake.returned.mime_parts import Part

LONGEST_LINE, MOST_LINES = 300, 120
_MOST_TEXTS = 4
_FIELDS = ("From", "Subject", "X-Failed-Recipients", "X-Mailer")
_log = logging.getLogger(__name__)
logging.getLogger("flufl.bounce").setLevel(logging.CRITICAL)  # its lines name each thing it tries


def find_failures(fields: Fields, parts: list[Part]) -> tuple[list[str], list[str]]:
    """Return the addresses that wait, and those that failed for good; in the order of letters."""
    try:
        temporary, permanent = all_failures(_small_copy(fields, parts))
    except Exception as exc:  # a library's patterns on hostile text: it knows nothing of it, then
        _log.warning("flufl.bounce could not read a mail: %s", type(exc).__name__)
        return [], []
    return _addresses(temporary), _addresses(permanent)


def shorten_lines(text: str) -> str:
    """Return at most so many lines, each of at most so many characters."""
    lines = text.replace("\0", "").splitlines()[:MOST_LINES]
    return "\n".join(line[:LONGEST_LINE].rstrip() for line in lines)


def _small_copy(fields: Fields, parts: list[Part]) -> Message:
    message = Message()
    for name in _FIELDS:
        for value in fields.all(name.lower())[:5]:
            message[name] = _ascii(value[:LONGEST_LINE])
    texts = [part for part in parts if part.kind == "text/plain"][:_MOST_TEXTS]
    if not fields.content_type.startswith("multipart/"):
        message.set_payload(_ascii(shorten_lines("\n".join(part.text for part in texts))))
        return message
    message["Content-Type"] = fields.content_type
    for part in texts:
        message.attach(_small_part(part))
    message.attach(Message())  # what is returned: some formats are known by there being a last part
    return message


def _small_part(part: Part) -> Message:
    small = Message()
    small["Content-Type"] = part.kind
    if description := part.fields.get("content-description"):
        small["Content-Description"] = _ascii(description[:LONGEST_LINE])
    small.set_payload(_ascii(shorten_lines(part.text)) + "\n")
    return small


def _addresses(found: Iterable[bytes]) -> list[str]:
    texts = sorted(address.decode("ascii", "replace").strip("<> ") for address in found)
    return [text for text in texts if ADDRESS.fullmatch(text)]


def _ascii(text: str) -> str:
    return text.encode("ascii", "replace").decode()
