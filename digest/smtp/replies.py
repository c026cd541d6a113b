"""Cuts what a mail server sends into replies (RFC 5321, section 4.2)."""

import re

from digest.ground.masking import mask_addresses

LONGEST_LINE = 8192
LONGEST_REPLY = 8 * LONGEST_LINE
LONGEST_TEXT = 500

_CODES = re.compile(r"[2-5]\d\d(?: [245]\.\d{1,3}\.\d{1,3})?")
_REPLY = re.compile(rb"(?:[2-5]\d\d-[^\n]*\n)*([2-5]\d\d)(?: [^\n]*|\r?)\n")
_BEGINNING = re.compile(rb"(?:[2-5]\d\d-[^\n]*\n)*[^\n]*")
_LINE = re.compile(rb"^\d{3}[ -]?([^\r\n]*)", re.MULTILINE)


class BrokenError(Exception):
    """This connection is of no more use; the text says why, for an operator."""


class ReplyReader:
    """Collects bytes as they arrive and gives back whole replies, in order."""

    def __init__(self) -> None:
        self._unread = b""

    @property
    def unread(self) -> bool:
        """Return whether the server has said more than was asked for so far."""
        return bool(self._unread)

    def feed(self, data: bytes) -> None:
        """Add what has just arrived."""
        self._unread = self._unread + data if self._unread else data

    def next(self) -> tuple[int, bytes] | None:
        """Return the next whole reply as (code, raw lines), None when more has to arrive first.

        BrokenError: what came is no reply, or has no end.
        """
        if not self._unread:
            return None
        found = _REPLY.match(self._unread)
        if found is None:
            self._check_beginning()
            return None
        self._unread = self._unread[found.end() :]
        return int(found[1]), found[0]

    def _check_beginning(self) -> None:
        """Bound what a server can make us keep, and refuse what cannot become a reply."""
        last_line = len(self._unread) - (self._unread.rfind(b"\n") + 1)
        if last_line > LONGEST_LINE or len(self._unread) > LONGEST_REPLY:
            raise BrokenError("the server sent a reply without an end")
        if not _BEGINNING.fullmatch(self._unread):
            raise BrokenError(f"the server sent no SMTP reply: {one_line(self._unread)[:80]}")


def codes_of(text: str) -> str:
    """Return the codes that a reply begins with (RFC 5321, 4.2; RFC 3463); the text without any."""
    found = _CODES.match(text)
    return found[0] if found else text


def reply_text(raw: bytes) -> str:
    """Return the text of a reply as one line without codes, of at most 500 characters."""
    return one_line(b" ".join(_LINE.findall(raw)))


def one_line(raw: bytes) -> str:
    """Return any bytes as one printable line of at most 500 characters, without mail addresses.

    A refusal quotes the address that it refuses, and the line is kept longer than its reader.
    """
    text = raw.decode("utf-8", "replace")
    if not text.isprintable():
        text = "".join(character if character.isprintable() else " " for character in text)
    return mask_addresses(" ".join(text.split()))[:LONGEST_TEXT]
