"""Cut the plain text of an abstract into sentences."""

import re
from collections.abc import Iterator

_CLOSERS = "\"'\u201d\u2019)\\]}"
_OPENERS = "\"'\u201c\u2018([{`"
_CAPITAL = "A-Z\u00c0-\u00d6\u00d8-\u00de\u0391-\u03a9"
# Words that begin a sentence and hardly ever follow an abbreviation within one.
_STARTERS = (
    r"(?:We|Our|The|This|These|Those|They|It|In|To|On|For|From|With|At|By|As|An?|Here|How|What|When"
    r"|While|Although|Though|Because|Since|Thus|Hence|However|But|And|Yet|Instead|Moreover"
    r"|Furthermore|Additionally|Also|Finally|First(?:ly)?|Second(?:ly)?|Third(?:ly)?|Next|Then"
    r"|Recently|Recent|Despite|Given|Through|Using|Such|There|Experiments?|Experimental|Extensive"
    r"|Empirically|Existing|Specifically|Unlike|Compared|Code|Results?|Despite|Notably|Beyond)"
)
_END = re.compile(
    rf"(?<![.!?\u2026])[.!?\u2026]++[{_CLOSERS}]*+(?=\s|$)"
    r"|[\u3002\uff01\uff1f]"
    rf"|(?<=[a-z)%][a-z)%])[.!?](?={_STARTERS}\s)"  # the blank is missing: "is hard.We show"
    rf"|(?<=[a-z)]\d)[.!?](?={_STARTERS}\s)"
)
_STARTS = re.compile(rf"[{_OPENERS}]*{_STARTERS}\b")
# A small letter goes on with the sentence, but vLLM, mPLUG or k-NN may begin one.
_GOES_ON = re.compile(rf"[{_OPENERS}]*(?![a-z]{{1,3}}-?[A-Z])[^\W\d_{_CAPITAL}]|[,;:]")
_NEVER = re.compile(  # an abbreviation that something always follows
    r"(?:^|[^\w.])(?:e\.\s?g|i\.\s?e|cf|vs|v\.s|viz|approx|resp|figs?|eqs?|eqn|secs?|sect|tabs?|refs?"
    r"|app|def|thm|prop|dr|prof|mr|mrs|ms|st|ca|no|nos|vol|pp|arxiv)\.$",
    re.IGNORECASE,
)
_NUMBERED = re.compile(r"(?:^|\W)(?:no|nos|vol|app|def|thm|prop|st|secs?|tabs?|refs?)\.$", re.I)
_SOMETIMES = re.compile(  # ... that may be a sentence's last word: what follows decides
    r"(?:^|[^\w.])(?:et\.?\s?al|(?:[A-Za-z]\.)+[A-Za-z]|[A-Za-z]|inc|ltd|corp|co|jr|sr|ph\.d|univ"
    r"|dept|yahoo|jeopardy|w\.r\.t|a\.k\.a)[.!]$",
    re.IGNORECASE,
)
_NUMERAL = re.compile(rf"[{_OPENERS}]*(?:\d{{1,2}}|[ivx]{{1,4}}|[a-h])\.$")
_LONGEST_ABBREVIATION = 12
_LONGEST_BRACKET = 200


def sentences(text: str) -> Iterator[str]:
    """Yield the sentences of `text` in order, blanks folded; a rest without a full stop counts.

    "e.g.", "et al.", "Fig. 3", initials, decimals and addresses end no sentence; neither does what
    stands in brackets that close soon, nor a full stop before a small letter. The time is linear in
    the length of the text.
    """
    plain = " ".join(text.split())
    start = 0
    for end in _END.finditer(plain):
        if not _ends(plain, start, end.end()):
            continue
        yield plain[start : end.end()].strip()
        start = end.end()
    if rest := plain[start:].strip():
        yield rest


def _ends(plain: str, start: int, end: int) -> bool:
    """Tell whether the marks before `end` close the sentence that began at `start`."""
    following = plain[end : end + 24].lstrip()
    if not following:
        return True
    tail = plain[max(start, end - _LONGEST_ABBREVIATION) : end].lstrip()
    if plain[end - 1] in "\u3002\uff01\uff1f":
        return True
    if _GOES_ON.match(following) or _numeral(plain, start, end):
        return False
    if _NEVER.search(tail) and (following[0].isdigit() or not _NUMBERED.search(tail)):
        return False
    if _SOMETIMES.search(tail) and not _STARTS.match(following):
        return False
    return not _in_brackets(plain, start, end)


def _numeral(plain: str, start: int, end: int) -> bool:
    """Tell whether the sentence so far is only the number of an item: "1." or "(ii)."."""
    return end - start <= 8 and bool(_NUMERAL.match(plain[start:end].lstrip()))


def _in_brackets(plain: str, start: int, end: int) -> bool:
    """Tell whether `end` stands in a round bracket opened and closed not far away."""
    opened = plain.rfind("(", max(start, end - _LONGEST_BRACKET), end)
    if opened < 0 or plain.find(")", opened, end) >= 0:
        return False
    closed = plain.find(")", end, end + _LONGEST_BRACKET)
    return closed >= 0 and plain.find("(", end, closed) < 0
