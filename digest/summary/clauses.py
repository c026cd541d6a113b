"""Shorten a sentence to a beginning that is whole and true by itself.

Only a closing remark goes (", which ...", ", achieving ...", "; ..."), never a condition, an
exception, a cost or the other side of a contrast, and only where a main clause stands before it.
"""

import re
from collections.abc import Iterator

_WHOLE = re.compile(r"[.!?\u3002\uff01\uff1f][\"'\u201d\u2019)\]}]*$")
_TORN = re.compile(r"(?:\.\.|\u2026)[\"'\u201d\u2019)\]}]*$|[:;,\u2013\u2014-]$")
_DOING = (
    r"(?:leading|making|achieving|attaining|enabling|allowing|showing|demonstrating|outperforming"
    r"|exceeding|resulting|improving|reducing|providing|yielding|ensuring|offering|highlighting"
    r"|suggesting|establishing|surpassing|facilitating|supporting|addressing|covering|spanning"
    r"|indicating|revealing|giving|delivering|underscoring|paving|setting|opening|bringing"
    r"|exhibiting|confirming|validating|emphasizing|maintaining|preserving|keeping|retaining"
    r"|requiring|using|avoiding|enhancing)\b"
)
_REMARK = re.compile(
    r";\s"
    rf"|,\s(?:(?:and |or )?(?:thereby|thus|hence)\s(?=\w+ing\b)|(?:while|whilst) (?:\w+ly )?"
    rf"(?:also |still )?(?={_DOING})|(?:\w+ly )?(?={_DOING})|which\b|where\b|with\b|including\b"
    r"|such as\b|ranging\b|particularly\b|especially\b|as well as\b|and (?:we|it|they|our|this)\s)"
)
_WEAK_CLAUSE = re.compile(
    r"[,:]\s(?!(?:and|or|nor|but|yet|if|unless|except|only|not|without|when|provided|although|though"
    r"|rather|however|albeit|until|because|since)\b)"
)
# A remark with one of these may be what limits the claim before it.
_LIMITS = re.compile(
    r"\b(?:but|unless|except|only|if|provided|although|though|albeit|not|nor|however|expense|costs?"
    r"|degrad\w*|drops?|limit\w*|yet|despite|assum\w+|when|whereas|respectively|rather|instead"
    r"|fails?|worse)\b",
    re.IGNORECASE,
)
_VERB = re.compile(
    r"\b(?:(?:we|it|they|you|one) [a-z]|(?:is|are|was|were|has|have|can|could|will|may|does|do)\b"
    r"|(?:achiev|outperform|improv|surpass|show|demonstrat|introduc|propos|present|us|leverag"
    r"|combin|enabl|provid|reduc|consist|exceed|reveal|indicat|suggest|integrat|employ|produc"
    r"|generat|learn|serv|support|deliver|yield|compris|contain|address|allow|requir|lead|perform"
    r"|obtain|attain|reach|remain|rank|match|decompos|formulat|treat|extend|enhanc|optimiz|align"
    r"|adapt|model|captur|predict|incorporat|utiliz|adopt|exhibit|establish|offer|cover|maintain)"
    r"e?s\b)",
    re.IGNORECASE,
)
# What looks like a main verb and is none: plurals, and what a relative clause says.
_PLURAL = re.compile(
    r"\b(?:models|uses|supports|designs|ranks|covers|matches|yields|features)\b", re.IGNORECASE
)
_RELATIVE = re.compile(r"\b(?:that|which|who|to) (?:\w+ly )?(?:can |is |are )?\w+", re.IGNORECASE)
_BASE_TEXT = """
    agree beat benefit boost break cannot close collapse converge deceive depend don't emerge enable
    encode exhibit fail flip forget generalize get give go hack help hurt improve increase keep know
    lack lead learn lie lose make match matter need outperform overestimate pass plan predict prefer
    raise read reason reduce remember repeat require reveal say see show solve struggle take tell
    tend think transfer underestimate understand unlock use win work write"""
_BASE_VERB = re.compile(  # "small models match large ones"
    r"\b(?:\w{2,}s|models?|AI|people|data) (?:\w+ly |often |still |never )?"
    rf"(?:{'|'.join(_BASE_TEXT.split())})\b",
    re.IGNORECASE,
)
_GOES_ON = re.compile(  # the main verb comes only after the remark
    r",\s(?:\w+ly )?(?:is|are|was|were|has|have|can|will|we|it|they|(?:achiev|outperform|show"
    r"|demonstrat|improv|reveal|indicat|perform|provid|enabl|remain|surpass)e?s)\b",
    re.IGNORECASE,
)
_UNFINISHED = re.compile(
    r"\bnot only\b|\b(?:both|either|neither|and|or|of|the|with|between)$"
    r"|\b(?:two|three|four|five|six|seven|several|\d+) [\w-]+(?: [\w-]+){0,2}:|^(?:what|how|why)\b",
    re.IGNORECASE,
)
_LISTED = re.compile(r"\((?:\d|[ivx]{1,3}|[a-c])\)|\b(?:\d|i{1,3})\)")
_OPEN_START = re.compile(
    r"(?:while|although|when|if|since|by|with|given|to|despite|because|as|unlike|through|using|for"
    r"|in|on|based|built|building|motivated|inspired|compared|beyond|from|at|across|under|after"
    r"|during|rather|instead|unlike|driven|leveraging|whereas|though|even|once)\b",
    re.IGNORECASE,
)
_SUBJECT = re.compile(r",\s(?:we|our|it|this|the|these|an?|they|each|all|[A-Z][\w-]*)\b")
_SHORTEST = 60
_SHORTEST_REMARK = 25  # shorter ones give no room
_TAIL = 8  # characters in which a mark and its brackets are
_LEAST_PART = 0.4  # of a sentence that must be left for it to say what it said
_STRIPPED = " ,;:\u2013\u2014-"


def is_whole(sentence: str) -> bool:
    """Tell whether a mark ends the sentence."""
    return bool(_WHOLE.search(sentence[-_TAIL:]))


def is_torn(sentence: str) -> bool:
    """Tell whether the sentence breaks off."""
    return bool(_TORN.search(sentence[-_TAIL:]))


def beginnings(sentence: str, limit: int) -> Iterator[str]:
    """Yield what the sentence is without its closing remarks, the longest first, each whole."""
    if len(sentence) < _SHORTEST + _SHORTEST_REMARK:
        return
    if sentence.count(";") > 1 or _LISTED.search(sentence):
        return
    for found in reversed(list(_REMARK.finditer(sentence, 0, limit + 10))):
        kept, gone = sentence[: found.start()], sentence[found.start() :].lstrip(_STRIPPED)
        if len(kept) < _LEAST_PART * len(sentence) or len(gone) < _SHORTEST_REMARK or ";" in gone:
            continue
        if _LIMITS.search(gone) or _GOES_ON.search(gone):
            continue
        if has_verb(kept) and (cut := _cut(kept, limit)):
            yield cut


def last_resort(sentence: str, limit: int) -> str:
    """Return any beginning of an endless sentence that is whole; "" when there is none."""
    if len(sentence) <= limit and not is_torn(sentence):
        return sentence
    if cut := next(beginnings(sentence, limit), ""):
        return cut
    for pattern in (_REMARK, _WEAK_CLAUSE):
        for found in reversed(list(pattern.finditer(sentence, 0, limit + 10))):
            limited = _LIMITS.match(sentence[found.start() :].lstrip(_STRIPPED))
            if not limited and (cut := _cut(sentence[: found.start()], limit)):
                return cut
    return ""


def has_verb(kept: str) -> bool:
    """Tell whether a main clause stands in what is kept, after what the sentence opens with."""
    if not _OPEN_START.match(kept):
        return bool(_VERB.search(kept))
    subject = _SUBJECT.search(kept)
    return bool(subject and _VERB.search(kept, subject.start()))


def is_clause(phrase: str) -> bool:
    """Tell whether the phrase, which may be a noun with all that describes it, has a main verb."""
    main = _RELATIVE.sub("", phrase)
    return bool(_BASE_VERB.search(main)) or has_verb(_PLURAL.sub("", main))


def _cut(kept: str, limit: int) -> str:
    kept = kept.rstrip(_STRIPPED)
    complete = not _OPEN_START.match(kept) or _SUBJECT.search(kept)
    if not (_SHORTEST <= len(kept) < limit and complete and _balanced(kept)):
        return ""
    if is_torn(kept) or _UNFINISHED.search(kept):
        return ""
    return kept if is_whole(kept) else f"{kept}."


def _balanced(text: str) -> bool:
    pairs = (("(", ")"), ("[", "]"), ("{", "}"), ("\u201c", "\u201d"))
    return all(text.count(a) == text.count(b) for a, b in pairs) and text.count('"') % 2 == 0
