"""Cut the plain text of an abstract into sentences."""

import re
from collections.abc import Iterator

_END = re.compile(r"[.!?\u2026]+[\"'\u201d\u2019)\]}]*(?=\s|$)|[\u3002\uff01\uff1f]")
_ABBREVIATION = re.compile(
    r"(?:(?:\b(?:e\.g|i\.e|al|etc|cf|vs|w\.r\.t|resp|approx|figs?|eqs?|secs?|tab|ref|no|dr|prof"
    r"|mr|ms|st|inc|ltd|corp|u\.s|ca|viz)|\b[a-z])\.|^\W*\d{1,2}\.)$",
    re.IGNORECASE,
)
_LONGEST_ABBREVIATION = 12


def sentences(text: str) -> Iterator[str]:
    """Yield the sentences of `text` in order, blanks folded; a rest without a full stop counts.

    "e.g.", "et al.", initials and decimals end no sentence; neither does a full stop before a
    small letter. The time is linear in the length of the text.
    """
    plain = " ".join(text.split())
    start = 0
    for end in _END.finditer(plain):
        following = plain[end.end() : end.end() + 2].strip()
        tail = plain[max(start, end.end() - _LONGEST_ABBREVIATION) : end.end()]
        if following[:1].islower() or (following and _ABBREVIATION.search(tail)):
            continue
        yield plain[start : end.end()].strip()
        start = end.end()
    if rest := plain[start:].strip():
        yield rest
