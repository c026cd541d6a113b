"""Text that may be shown: cleaned of what could do harm, cut and wrapped to a width."""

import re
from unicodedata import east_asian_width

# Controls, halves of surrogate pairs and non-characters, which no mail may carry; the marks that
# turn the direction of whatever follows them (Unicode Standard Annex 9, section 2); and zero-width
# characters that only hide something (the joiners stay: emoji and Persian need them).
_HARMFUL = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff"
    "\u202a-\u202e\u2066-\u2069\u00ad\u200b\u2060\ufeff]"
    "|[" + "".join(f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0x10000, 0x110000, 0x10000)) + "]"
)
_WIDTH = 72  # columns of the plain text part


def clean(text: str) -> str:
    """Return one line of `text`: no harmful characters, single blanks between words."""
    return " ".join(_HARMFUL.sub("", text).split())


def shorten(text: str, limit: int) -> str:
    """Return at most `limit` characters of a clean text, cut between words, with an ellipsis."""
    if len(text) <= limit:
        return text
    head, blank, _ = text[:limit].rpartition(" ")
    if len(head) < limit // 2 or not blank:  # one endless word, or a script without blanks
        head = text[: limit - 1]
    return head.rstrip(" ,.;:-") + "…"


def columns(text: str) -> int:
    """Return how many columns of a terminal the text takes."""
    return len(text) if text.isascii() else sum(_columns(character) for character in text)


def wrap(text: str, *, indent: int = 0, width: int = _WIDTH) -> str:
    """Break a clean text into lines of at most `width` columns.

    Every line but the first gets `indent` blanks; the caller writes what stands before the first,
    as wide as that. A word that is wider than a line is broken, since it may be a whole sentence
    of a script without blanks.
    """
    if len(text) <= width - indent and text.isascii():
        return text
    lines: list[str] = []
    line, room = "", width - indent
    for word in (piece for word in text.split() for piece in _pieces(word, room)):
        if line and columns(line) + 1 + columns(word) > room:
            lines.append(line)
            line = ""
        line = f"{line} {word}" if line else word
    return ("\n" + " " * indent).join([*lines, line])


def _pieces(word: str, room: int) -> list[str]:
    """The word, or its pieces of at most `room` columns."""
    if columns(word) <= room:
        return [word]
    pieces, piece, used = [], "", 0
    for character in word:
        if used + _columns(character) > room:
            pieces.append(piece)
            piece, used = "", 0
        piece += character
        used += _columns(character)
    return [*pieces, piece]


def _columns(character: str) -> int:
    return 2 if east_asian_width(character) in "WF" else 1
