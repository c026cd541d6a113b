"""Cut the plain text of an abstract into sentences."""

import re
from collections.abc import Iterator

_ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|et al|etc|cf|vs|w\.r\.t|resp|approx|Fig|Figs|Eq|Eqs|Sec|Tab|Ref|No|Dr|Prof"
    r"|Mr|Ms|St|Inc|Ltd|Corp|[A-Z])|^\W*\d{1,2})\.$"
)
_END = re.compile(r"[.!?…。！？]+[\"'”’)\]}]*(?=\s|$)|[。！？]")


def sentences(text: str) -> Iterator[str]:
    """Yield the sentences of `text` in order, blanks folded; a rest without a full stop counts.

    "e.g.", "et al.", initials and decimals end no sentence; neither does a full stop before a
    small letter.
    """
    plain = " ".join(text.split())
    start = 0
    for end in _END.finditer(plain):
        following = plain[end.end() :end.end() + 2].strip()
        candidate = plain[start : end.end()].strip()
        if following.islower() or _ABBREVIATION.search(candidate[-12:]):
            continue
        if candidate:
            yield candidate
        start = end.end()
    if rest := plain[start:].strip():
        yield rest
