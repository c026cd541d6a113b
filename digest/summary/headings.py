"""Take a title apart: what people call the paper, and what it says."""

import re
from dataclasses import dataclass

from digest.ground.text.words import content, tokens

_LONGEST_NAME = 36
_COLON = re.compile(r"(?<!\d)\s?:\s+|\s?\uff1a\s*|:(?=[A-Z][a-z]* )|\s[\u2013\u2014-]{1,3}\s")
_QUESTION = re.compile(r"([^?]{8,}\?[\"'\u201d\u2019)]*)\s+(\S.*)")
_GENERIC = re.compile(
    r"(?:(?:an?|the|some|our)\s)?(?:[\w'\u2019,&/-]+\s){0,6}?(?:surveys?|reviews?|stud(?:y|ies)"
    r"|perspectives?|analys[ie]s|approach|reports?|benchmarks?|overview|datasets?|investigations?"
    r"|primer|tutorial|papers?|evaluations?|roadmap|taxonomy|opportunities|challenges|directions"
    r"|findings|lessons|insights|models?|framework|system|method|cards?|toolkit|library|baseline)"
    r"(?:\s(?:19|20)\d\d)?$",
    re.IGNORECASE,
)
_ASKING = re.compile(
    r"(?:what|how|why|when|where|which|who|whose|can|could|do|does|did|is|are|was|should|will)\b"
    r"[^:]*\?",
    re.IGNORECASE,
)
_SLOGAN = re.compile(
    r"\b(?:is|are) (?:all|what|worth|not all|not enough)\b|\ball you need\b|\bconsidered harmful\b"
    r"|\bonce upon\b|\ba tale of\b|\bthe (?:curious|strange) case\b|\bgoes? to\b|\bmeets?\b"
    r"|\bthe (?:good|devil|rise|art|power|secrets?|hidden|road|path|quest)\b",
    re.IGNORECASE,
)
_REPORT = re.compile(
    r"\s(?:technical|system|evaluation) (?:report|card)|\smodel card\b", re.IGNORECASE
)
_GENERIC_WORDS = 6
_FEW_WORDS = 3
_PUN = 0.4  # of a title's words that its abstract has


@dataclass(frozen=True, slots=True)
class Heading:
    """A title in parts. name: "" if there is none; says: what it says; vague: that is little."""

    name: str
    says: str
    vague: bool
    asks: bool


def heading_of(title: str, abstract: str) -> Heading:
    """Take the title apart; what it says is vague if only the abstract tells what is meant."""
    asks = bool(_ASKING.match(title) or title.rstrip("\"'\u201d)").endswith("?"))
    lead, rest = _parts(title)
    if not lead:
        return _whole(title, abstract, asks)
    if len(lead) > _LONGEST_NAME:
        return Heading("", lead if _generic(rest) else title, lead.endswith("?"), asks)
    if _generic(rest) or rest.endswith("?") or _ASKING.match(lead):
        return Heading(lead, rest, True, asks or rest.endswith("?"))
    slogan = bool(_SLOGAN.search(rest)) and len(rest.split()) <= _GENERIC_WORDS
    return Heading(lead, rest, slogan or len(rest.split()) < _FEW_WORDS, asks)


def _whole(title: str, abstract: str, asks: bool) -> Heading:
    """Judge a title without a colon."""
    if report := _REPORT.search(title):
        return Heading(title[: report.start()], title, True, False)
    short = len(title) <= _LONGEST_NAME + 8
    few = len(title.split()) <= _FEW_WORDS
    if asks or few or _SLOGAN.search(title) or _pun(title, abstract):
        return Heading(title if short else "", title, True, asks)
    return Heading("", title, False, asks)


def _parts(title: str) -> tuple[str, str]:
    """Return what stands before and after the colon (or a question's mark), "" and the title."""
    for found in _COLON.finditer(title, 0, 200):
        lead, rest = title[: found.start()].strip(), title[found.end() :].strip()
        if lead and rest and lead.count("(") == lead.count(")") and lead.count('"') % 2 == 0:
            return lead, rest
        break
    asked = _QUESTION.match(title)
    return (asked[1], asked[2]) if asked else ("", title)


def _generic(rest: str) -> bool:
    """Tell whether this is a kind of paper rather than what one says: "An Empirical Study"."""
    return len(rest.split()) <= _GENERIC_WORDS and bool(_GENERIC.fullmatch(rest))


def _pun(title: str, abstract: str) -> bool:
    subject = set(content(tokens(title)))
    return len(subject) > 1 and len(subject & set(tokens(abstract))) < _PUN * len(subject)
