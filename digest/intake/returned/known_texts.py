"""Read bounces that are written for people alone.

Only mail that looks like the report of a mail server is read, because a person may quote a bounce.
"""

from dataclasses import dataclass

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
from digest.intake.returned.known_formats import find_failures, shorten_lines
from digest.intake.returned.mime_parts import Part

_MOST_ADDRESSES = 50
_NEAR = 5  # lines from what introduces an address to the address
_BEFORE, _BEHIND = 300, 700  # characters around the address, which say what is the matter with it


@dataclass(frozen=True, slots=True)
class TextReport:
    """What the words of a bounce tell. words: what the server said near the first address."""

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
    text = report_text(parts)
    temporary, permanent = find_failures(fields, parts)
    waits = DELAYED.search(text) or temporary
    delayed = bool(DELAYED.search(fields.words("subject")[:200]) or (waits and not permanent))
    found = permanent or temporary or _introduced(text)
    if not (found or delayed or (is_of_server(fields) and _has_subject(fields))):
        return None
    words = words_near(text, found[0] if found else "")
    return TextReport(tuple(found)[:_MOST_ADDRESSES], delayed, words)


def report_text(parts: list[Part]) -> str:
    """Return the words for people, short in every direction, up to where the copy begins."""
    plain = [part for part in parts if part.kind == "text/plain"]
    others = [part for part in parts if part.kind == "text/html"]
    text = shorten_lines("\n".join(part.text for part in (plain or others)[:5])).strip()
    copy = COPY.search(text)
    return text[: copy.start()] if copy and copy.start() else text


def words_near(text: str, address: str) -> str:
    """Return what stands around an address in a text, on one line of at most 1,000 characters."""
    at = text.find(address) if address else 0
    start = max(0, at - _BEFORE) if len(text) > _BEFORE + _BEHIND else 0
    return " ".join(text[start : start + _BEFORE + _BEHIND].split())


def _has_subject(fields: Fields) -> bool:
    subject = fields.words("subject")[:200]
    return bool(SUBJECT.search(subject)) and not REPLY.search(subject)


def _introduced(text: str) -> list[str]:
    """Return the first address at or below a line that says that something was not delivered."""
    lines = text.splitlines()
    for number, line in enumerate(lines):
        if INTRODUCTION.search(line):
            found = ADDRESS.search("\n".join(lines[number : number + _NEAR]))
            if found:
                return [found[0].rstrip(".")]
    return []
