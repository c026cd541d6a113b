"""Text that may be shown: cleaned of what could do harm, cut and wrapped to a width."""

import re
from itertools import chain
from unicodedata import east_asian_width, normalize

# Controls, halves of surrogate pairs and non-characters, which no mail may carry; the marks that
# turn the direction of whatever follows them (Unicode Standard Annex 9, section 2); and zero-width
# characters that only hide something (the joiners stay: emoji and Persian need them).
_LAST_TWO = "".join(chr(plane * 0x10000 + end) for plane in range(17) for end in (0xFFFE, 0xFFFF))
_HARMFUL = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef"
    f"\u202a-\u202e\u2066-\u2069\u00ad\u200b\u2060\ufeff{_LAST_TWO}]"
)
# Characters of which none takes two columns (Unicode Standard Annex 11): most texts have no others.
_NARROW = re.compile("[\x00-\u10ff\u2010-\u2027]*")
_WIDTH = 72  # columns of the plain text part


def clean(text: str) -> str:
    """Return one line of `text`: no harmful characters, single blanks between words, NFC.

    Composed characters (Unicode Standard Annex 15) are what fonts and searches know.
    """
    if not (text.isascii() and text.isprintable()):
        text = normalize("NFC", _HARMFUL.sub("", text))
    return " ".join(text.split())


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
    if text.isascii() or _NARROW.fullmatch(text):
        return len(text)
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)


def wrap(text: str, *, indent: int = 0, width: int = _WIDTH) -> str:
    """Break a clean text into lines of at most `width` columns.

    Every line but the first gets `indent` blanks; the caller writes what stands before the first,
    as wide as that. A word that is wider than a line is broken, since it may be a whole sentence
    of a script without blanks.
    """
    room = width - indent
    whole = columns(text)
    if whole <= room:
        return text
    if whole == len(text) and (quickly := _wrap_narrow(text, room)):
        return ("\n" + " " * indent).join(quickly)  # nearly every text
    lines: list[str] = []
    used = room  # columns of the last line
    for word in chain.from_iterable(_pieces(word, room) for word in text.split()):
        wide = columns(word)
        if lines and used + 1 + wide <= room:
            lines[-1] += f" {word}"
            used += 1 + wide
        else:
            lines.append(word)
            used = wide
    return ("\n" + " " * indent).join(lines)


def _wrap_narrow(text: str, room: int) -> list[str]:
    """Return lines of a text without wide characters; none if a word is longer than a line."""
    lines, start = [], 0
    while len(text) - start > room:
        end = text.rfind(" ", start, start + room + 1)
        if end < 0:
            return []
        lines.append(text[start:end])
        start = end + 1
    lines.append(text[start:])
    return lines


def _pieces(word: str, room: int) -> list[str]:
    """The word, or its pieces of at most `room` columns."""
    if columns(word) <= room:
        return [word]
    pieces = [""]
    used = 0
    for character in word:
        wide = columns(character)
        if used + wide > room:
            pieces.append("")
            used = 0
        pieces[-1] += character
        used += wide
    return pieces
