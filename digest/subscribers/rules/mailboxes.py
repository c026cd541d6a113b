"""`Name <address>` as lists of members have it (RFC 5322, section 3.4)."""

from email.utils import getaddresses


def split_mailbox(text: str) -> tuple[str, str] | None:
    """Return (name, address) of a text that holds one mailbox, unchecked; None for any other.

    A separator behind it is let pass: some programs end every line with one.
    """
    stripped = text.strip().rstrip(",;").rstrip()
    if "@" not in stripped:
        return None
    if "<" not in stripped and not set(stripped) & set(',;"( \t'):
        return "", stripped
    try:
        found = getaddresses([stripped])
    except (ValueError, IndexError, RecursionError):  # some texts are too odd for it
        return None
    if len(found) != 1 or "@" not in found[0][1]:
        return None
    return found[0]
