"""Cut a phrase where a clause ends, so that it is whole: no open bracket, no loose end."""

import re
from collections.abc import Iterator

_PAIRS = (("(", ")"), ("[", "]"), ("{", "}"), ("\u201c", "\u201d"), ("\u00ab", "\u00bb"))
_STRIPPED = " ,;:.\u2013\u2014-"
_LOOSE_TEXT = """
    a an the of for with without in on at to by from via into onto over under across through using
    between among against towards toward per than as and or nor but not that which who whose where
    when while whether if how why what is are was were be been being can could will would may might
    should must has have had do does did its their our your his her this these those such both
    either neither more most less very so yet only also upon within beyond during based called
    named because since until unless about around like vs it we they he she you i s all any each
    every some no one two three four five six seven eight nine ten no new novel"""
_LOOSE = frozenset(_LOOSE_TEXT.split())
_UNSPACED = "\u2e80"  # scripts that write words without blanks begin here
_SEEN = 40  # characters beyond the limit that tell whether a clause ends there
_LAST_WORD = re.compile(r"([^\W\d_]+)[^\w\s?!]{0,3}$")
_LIMITS = (
    r"(?:but|without|unless|except|only|if|provided|although|though|albeit|not|nor|however|despite"
    r"|when|whereas|rather|instead|yet|at the (?:cost|expense)|than|as|under|given|until|before)\b"
)
# What may follow a comma that ends a clause; within a list, nothing ends.
_REMARK = (
    r"(?:which|where|whose|who|with|including|such as|thereby|thus|hence|while|as well as|along"
    r" with|together with|(?:\w+ly )?\w+ing|and (?:we|it|they|our|this|the \w+)|an?|the|based|built"
    r"|designed|trained|to|for|by|from|via|through|in|on|across|enabled|driven|guided|dubbed"
    r"|termed|called|named|consistently|both|respectively|so that|offering|even)\s"
)
_LISTED = re.compile(
    r"(?!(?:which|where|whose|who|with|thereby|thus|while|based|by|to|via)\s"
    r"|\w+ing\s(?:with|the|an?|to|from|on|in|by|for|all|its|their)\s)"
    r"(?:[^\s,;]+\s){0,5}[^\s,;]+,?\s(?:and|or|&)\s"
)
_STRONG = re.compile(
    rf",\s(?!{_LIMITS})(?={_REMARK})|(?:[;:]|\s[\u2013\u2014]|(?<=\w)\u2014)\s?(?!{_LIMITS})(?=\S)"
    r"|\s(?=\([^()]{1,80}\)$)|[.]\s(?=[A-Z])|(?<=[?!])\s(?=[A-Z])|\s(?=and (?:propose|present"
    r"|introduce|show|develop|use|demonstrate|evaluate|find|release|then|further|analy[sz]e|apply"
    r"|conduct)\s)"
)
_WEAK = re.compile(
    r"\s(?=(?:for|with|via|by|in|on|through|using|from|across|towards?|over|into|based on|within|at"
    r"|against|among|called|named|termed|dubbed|powered|guided|driven|designed|built|trained"
    r"|tailored|as|under)\s)"
)
_OPEN = re.compile(
    r"\b(?:between|both|either|neither|not only|from|ranging|rather|more|less|fewer|better|faster"
    r"|not|no|without|only|beyond)\b[^,;]{0,120}$",
    re.IGNORECASE,
)
_PARTICIPLE = re.compile(
    r"(?:\w{2}ed|excelling|operating|working|running|relying|focusing|consisting|ranging|built"
    r"|performing|depending|drawing|given|known|capable|able"
    r"|\b(?:that|which|to|can|not) \w+|\bof \w+ing)$"
)


def ends_well(text: str) -> bool:
    """Tell whether a phrase may end here: its brackets closed, no loose small word at the end."""
    return bool(text) and text[-1] not in _STRIPPED and balanced(text) and not loose(text)


def balanced(text: str) -> bool:
    """Tell whether every bracket, quotation mark and formula that opens is closed."""
    if ('"' in text and text.count('"') % 2) or ("$" in text and text.count("$") % 2):
        return False
    return all(text.count(a) == text.count(b) for a, b in _PAIRS)


def cuts(text: str, limit: int, least: int, *, weak: bool = True) -> Iterator[str]:
    """Yield what the phrase is up to the end of a clause, at most `limit` characters long.

    The whole first, if it fits; then what ends at a mark, then (`weak`) what ends before "for",
    "with" and the like; the longest first, none shorter than `least`.
    """
    whole = text.rstrip(_STRIPPED) if not text.endswith("...") else text
    if whole and len(whole) <= limit:
        yield whole  # as its author ended it
    if text.endswith(("?", "\uff1f")):
        return  # half of a question asks something else
    for pattern in (_STRONG, _WEAK) if weak else (_STRONG,):
        for found in reversed(list(pattern.finditer(text, 0, limit + _SEEN))):
            kept = text[: found.start()].rstrip(_STRIPPED)
            if least <= len(kept) <= limit and ends_well(kept):
                rest = text[found.end() :]
                if not (_needs(kept, rest) if pattern is _WEAK else _lists(found, rest)):
                    yield kept


def torn(text: str, limit: int) -> str:
    """Return at most `limit` characters with an ellipsis, cut between words; the last resort."""
    if len(text) <= limit:
        return text
    for end in range(max(0, limit - 1), 0, -1):
        kept = text[:end].rstrip(_STRIPPED + "\u2026")
        unspaced = kept[-1:] >= _UNSPACED and balanced(kept)
        if (text[end].isspace() and ends_well(kept)) or unspaced:
            return f"{kept}\u2026"
    return _anywhere(text, limit)


def _anywhere(text: str, limit: int) -> str:
    """Cut one endless word, or what has no good place."""
    kept = text[: limit - 1].rstrip(_STRIPPED)
    while kept and not balanced(kept):
        kept = kept[: max(map(kept.rfind, '([{\u201c\u00ab"$'))].rstrip(_STRIPPED)
    return f"{kept}\u2026"


def _needs(kept: str, rest: str) -> bool:
    """Tell whether what goes would leave something open: "between X | and Y", "tailored | for"."""
    if _PARTICIPLE.search(kept[-30:]):
        return True
    return bool(_OPEN.search(kept[-140:]) and rest.startswith(("and ", "to ", "than ", "as ")))


def _lists(found: re.Match[str], rest: str) -> bool:
    """Tell whether the comma is one of a list: "speed, memory, and cost"."""
    return found[0][0] == "," and bool(_LISTED.match(rest[:120]))


def loose(text: str) -> bool:
    """Tell whether the last word wants another after it."""
    last = _LAST_WORD.search(text[-40:])
    return bool(last and last[1].lower() in _LOOSE)
