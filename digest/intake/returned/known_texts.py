"""Read bounces that are written for people alone: what flufl.bounce knows, then what we know.

It is asked only about mail that looks like the report of a mail server, because a person may quote
a bounce. What it gets is short in every direction: some of its patterns are quadratic.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from email.message import Message

from flufl.bounce import all_failures

from digest.intake.returned.bounce_words import (
    ADDRESS,
    COPY,
    DAEMON_MAILBOXES,
    DAEMON_NAMES,
    DELAYED,
    INTRODUCTION,
    REPLY,
    SUBJECT,
)
from digest.intake.returned.fields import Fields
from digest.intake.returned.mime_parts import Part

_LONGEST_LINE, _MOST_LINES, _MOST_ADDRESSES = 300, 120, 50
_NEAR = 5  # lines from what introduces an address to the address
_log = logging.getLogger(__name__)
logging.getLogger("flufl.bounce").setLevel(logging.CRITICAL)  # its lines name each thing it tries


@dataclass(frozen=True, slots=True)
class TextReport:
    """What the words of a bounce tell. words: all that the server said, without the copy."""

    addresses: tuple[str, ...]
    delayed: bool
    words: str


def is_of_server(fields: Fields) -> bool:
    """Whether a mail server wrote it, by its sender."""
    sender = fields.words("from")[:500]
    mailbox = (ADDRESS.findall(sender) or [sender])[-1].lower().strip(" <>")
    daemon = mailbox.startswith(DAEMON_MAILBOXES) or DAEMON_NAMES.search(sender)
    return bool(daemon or fields.get("x-failed-recipients"))


def looks_like_bounce(fields: Fields) -> bool:
    """Whether it may be a bounce: by its sender, or by a subject that is not an answer's."""
    return is_of_server(fields) or _has_subject(fields)


def read_text(fields: Fields, parts: list[Part]) -> TextReport | None:
    """Return what the words of a bounce say; None when they say nothing that is known.

    The report of a server that names nobody is still one, if its subject says so.
    """
    text = _report(parts)
    temporary, permanent = _ask_flufl(fields, text)
    waits = DELAYED.search(text) or temporary
    delayed = bool(DELAYED.search(fields.words("subject")[:200]) or (waits and not permanent))
    found = permanent or temporary or _introduced(text)
    if not (found or delayed or (is_of_server(fields) and _has_subject(fields))):
        return None
    return TextReport(tuple(found)[:_MOST_ADDRESSES], delayed, text)


def _has_subject(fields: Fields) -> bool:
    subject = fields.words("subject")[:200]
    return bool(SUBJECT.search(subject)) and not REPLY.search(subject)


def _report(parts: list[Part]) -> str:
    """Return the words for people, short in every direction, up to where the copy begins."""
    plain = [part for part in parts if part.kind == "text/plain"]
    others = [part for part in parts if part.kind == "text/html"]
    text = "\n".join(part.text for part in (plain or others)[:5]).replace("\0", "")
    lines = [line[:_LONGEST_LINE].rstrip() for line in text.splitlines()[:_MOST_LINES]]
    kept = "\n".join(lines).strip()
    copy = COPY.search(kept)
    return kept[: copy.start()] if copy and copy.start() else kept


def _ask_flufl(fields: Fields, text: str) -> tuple[list[str], list[str]]:
    """Ask the library about a mail of one part, which has these words and few fields."""
    message = Message()
    for name in ("From", "Subject", "X-Failed-Recipients", "X-Mailer"):
        for value in fields.all(name.lower())[:5]:
            message[name] = value[:_LONGEST_LINE].encode("ascii", "replace").decode()
    message.set_payload(text.encode("ascii", "replace").decode())
    try:
        temporary, permanent = all_failures(message)
    except Exception as exc:  # a library's patterns on hostile text: it knows nothing of it, then
        _log.warning("flufl.bounce could not read a mail: %s", type(exc).__name__)
        return [], []
    return _addresses(temporary), _addresses(permanent)


def _addresses(found: Iterable[bytes]) -> list[str]:
    texts = sorted(address.decode("ascii", "replace").strip("<> ") for address in found)
    return [text for text in texts if ADDRESS.fullmatch(text)]


def _introduced(text: str) -> list[str]:
    """Return the first address at or below a line that says that something was not delivered."""
    lines = text.splitlines()
    for number, line in enumerate(lines):
        if INTRODUCTION.search(line):
            found = ADDRESS.search("\n".join(lines[number : number + _NEAR]))
            if found:
                return [found[0].rstrip(".")]
    return []
