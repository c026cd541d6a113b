"""`Name <address>` as lists of members have it (RFC 5322, section 3.4)."""

import re
from email.utils import getaddresses

from digest.subscribers.rules.header_names import TELLING, squeezed

_COMMENTED = re.compile(r'([^\s<>,;:"()#]+@[^\s<>,;:"()@]+)\s+\(([^()]*)\)')
_NAMED = re.compile(r'(?:"(?:[^"\\]|\\.)*"\s*|[^<>:;()"@#]*)<[^<>\s]+>')


def split_mailbox(text: str) -> tuple[str, str] | None:
    """Return (name, address) of a text that holds one mailbox, unchecked; None for any other.

    A separator behind it is let pass: some programs end every line with one.
    """
    stripped = text.strip().rstrip(",;").rstrip()
    if "@" not in stripped:
        return None
    if (beside := _COMMENTED.fullmatch(stripped)) and not TELLING.search(squeezed(beside[2])):
        return beside[2].strip(), beside[1]
    if "<" not in stripped:  # a word beside it may say that somebody left
        is_alone = not set(stripped) & set(',;:"( \t') and not stripped.startswith("#")
        return ("", stripped) if is_alone else None
    if not _NAMED.fullmatch(stripped):
        return None
    try:
        found = getaddresses([stripped])
    except (ValueError, IndexError, RecursionError):  # some texts are too odd for it
        return None
    if len(found) != 1 or "@" not in found[0][1]:
        return None
    return found[0]
