"""Take a title apart: what people call the paper, and what it says."""

import re
from dataclasses import dataclass

from digest.ground.text.words import content, tokens
from digest.summary.cuts import balanced

_LONGEST_NAME = 36
_LONGEST_CALLED = 44  # of a title that is its paper's only name
_COLON = re.compile(r"\s?:\s+|\s?\uff1a\s*|:(?=[A-Z][a-z]* )|\s[\u2013\u2014-]{1,3}\s")
_QUESTION = re.compile(r"([^?]{8,}\?[\"'\u201d\u2019)]*)\s+(\S.*)")
_KINDS = (
    r"(?:surveys?|reviews?|stud(?:y|ies)|perspectives?|analys[ie]s|approach|reports?|overview|lens"
    r"|investigations?|primer|tutorial|(?:position|vision|white) paper|evaluations?|roadmap"
    r"|taxonomy|opportunities|challenges|directions|findings|lessons|insights|exploration|anthology)"
)
_THINGS = (
    r"(?:models?|framework|system|method|cards?|toolkit|library|baseline|benchmarks?|datasets?)"
)
_PLAIN = (
    r"(?:an?|the|some|our|new|novel|simple|unified|comprehensive|general|open|efficient|effective"
    r"|strong|large|large-scale|scalable|powerful|first|systematic|technical)"
)
_GENERIC = re.compile(
    rf"(?:[\w'\u2019,&/-]+\s){{0,5}}{_KINDS}(?:\s(?:and|of|on)\s[\w-]+(?:\sand\s[\w-]+)?)?"
    rf"(?:\s(?:19|20)\d\d)?|(?:{_PLAIN}\s){{0,4}}{_THINGS}",
    re.IGNORECASE,
)
_SLOGAN = re.compile(
    r"\b(?:all|what) you need\b|\bis worth \w+ \w+|\bconsidered harmful\b"
    r"|\bonce upon\b|\ba tale of\b|\bthe (?:curious|strange) case\b|^(?:on |towards? )?the (?:good"
    r"|devil|rise|art|secrets?|hidden|road|path|quest|illusion|myth)\b",
    re.IGNORECASE,
)
_REPORT = re.compile(
    r"\s(?:technical|system|evaluation) (?:report|card)|\smodel card\b", re.IGNORECASE
)
_CALLED = re.compile(r"\S*\d\S*|[^\sA-Za-z]*+[A-Za-z]\S*[A-Z]\S*|[A-Z][a-z]\S+")
_FEW_WORDS = 3
_PUN = 0.4  # of a title's words that its abstract has


@dataclass(frozen=True, slots=True)
class Heading:
    """A title in parts.

    title: all of it. name: what people call the paper, or "". says: what the title says. vague:
    that is so little that the abstract has to say it. asks: the title is a question.
    """

    title: str
    name: str
    says: str
    vague: bool = False
    asks: bool = False


def heading_of(title: str, abstract: str) -> Heading:
    """Take the title apart; the abstract tells whether it is a play on words."""
    lead, rest = _parts(title)
    if not lead:
        return _whole(title, abstract)
    if asks(lead):
        return _question(title, lead, rest)
    if len(lead) > _LONGEST_NAME:
        return Heading(title, "", title)
    if asks(rest):
        return Heading(title, lead, rest, vague=True, asks=True)
    if _generic(rest):
        called = bool(_CALLED.fullmatch(lead))
        return Heading(title, lead, rest, vague=True) if called else Heading(title, "", title)
    return Heading(title, lead, rest, vague=len(rest.split()) < _FEW_WORDS)


def asks(text: str) -> bool:
    """Tell whether the title, or a part of it, is a question."""
    return text.rstrip("\"'\u201d\u2019)").endswith(("?", "\uff1f"))


def _question(title: str, lead: str, rest: str) -> Heading:
    """Judge a title that asks, and goes on."""
    if len(lead) > _LONGEST_CALLED:
        return Heading(title, "", title, vague=True, asks=True)
    return Heading(title, lead, rest, vague=_generic(rest), asks=True)


def _whole(title: str, abstract: str) -> Heading:
    """Judge a title that has no parts."""
    if report := _REPORT.search(title):
        return Heading(title, title[: report.start()], title, vague=True)
    name = title if len(title) <= _LONGEST_CALLED else ""
    if asks(title):
        return Heading(title, name, title, vague=True, asks=True)
    few = len(title.split()) <= _FEW_WORDS
    if name and (few or _SLOGAN.search(title) or _pun(title, abstract)):
        return Heading(title, name, title, vague=True)
    return Heading(title, "", title)


def _parts(title: str) -> tuple[str, str]:
    """Return what stands before and after the colon or the question mark; "" and the title."""
    asked = _QUESTION.match(title)
    found = _COLON.search(title, 0, 200)
    if found and not (asked and asked.end(1) <= found.start()):
        lead, rest = title[: found.start()].strip(), title[found.end() :].strip()
        if lead and rest and balanced(lead):
            return lead, rest
    return (asked[1], asked[2]) if asked and balanced(asked[1]) else ("", title)


def _generic(rest: str) -> bool:
    """Tell whether this is a kind of paper rather than what one says: "An Empirical Study"."""
    return bool(_GENERIC.fullmatch(rest))


def _pun(title: str, abstract: str) -> bool:
    subject = set(content(tokens(title)))
    return len(subject) > 1 and len(subject & set(tokens(abstract))) < _PUN * len(subject)
