"""Find in an abstract the clause that says what is new: "We propose X, a ...", "We show that ..."."""

import re
from collections.abc import Iterator, Sequence

from digest.summary.clauses import has_verb
from digest.summary.cuts import cuts
from digest.summary.said import POINTS_BACK

_LONGEST = 600  # characters of a sentence
_MANNER = r"(?:(?:\w+ly|also|first|then|further|here|thus|therefore|next|instead) ){0,2}"
_PROPOSAL = re.compile(
    rf"\b(?:we|(?:this|the|our) (?:\w+ )?(?:paper|work|study|report|article|survey|authors)"
    rf"|authors) (?:have )?{_MANNER}"
    r"(?:propos|introduc|present|develop|design|describ|creat|construct|build|built|formulat|devis"
    r"|releas|contribut|offer|provid|unveil|curat|establish)(?:e|es|s|ed|d)?\s(?!that\b|to\b|how\b)",
    re.IGNORECASE,
)
_FINDING = re.compile(
    rf"\b(?:we|results|experiments|evaluations?|findings|analys[ei]s|study|studies|paper|work)"
    rf"(?: on [\w-]+(?: [\w-]+){{0,3}})? (?:have )?{_MANNER}(?:show|find|found|demonstrat|prov"
    r"|reveal|observ|discover|confirm|establish)(?:e|es|s|ed|d|n)?(?: \w+ly)? that\s",
    re.IGNORECASE,
)
_STUDY = re.compile(
    rf"\b(?:we|(?:this|the|our) (?:paper|work|study|report|article|survey)) {_MANNER}"
    r"(?:stud|investigat|explor|examin|analy[sz]|survey|review|address|tackl|revisit|evaluat|assess"
    r"|compar|question)(?:y|e|es|s|ies|ied|ed)?\s",
    re.IGNORECASE,
)
_CALLED = re.compile(
    r"(?:,\s|\s)(?:which (?:we|is) )?(?:call|called|named|termed|dubbed|coined|denoted|namely)"
    r" (?:as )?[^\s,;:.]{2,40}(?: \([^()]{1,40}\))?,?(?=\s|$)"
)
_APPOSED = re.compile(
    r"(?:the )?([^,;:.(]{2,60}?(?:\.\d+[^,;:.(]{0,20})?)\s?(?:\([^()]{1,60}\)\s?)?"
    r"(?:,|:|\s?\u2014\s?|\s\u2013|\sas|\s-)\s?(?=(?:an?|the|our)\s)"
)
_ARTICLE = re.compile(
    r"(?:an?|the|our|this|its)\s+(?:(?:novel|new|simple yet [\w-]+|simple but [\w-]+|simple and"
    r" [\w-]+)(?:,|\s)\s?(?:and )?)?",
    re.IGNORECASE,
)
_POINTING = re.compile(
    r"\b(?:this (?!paper|work|study|is\b)|these|those (?!of|that|who)|such (?!as)|its|their|them"
    r"|above|aforementioned|former|latter|our|we|it)\b",
    re.IGNORECASE,
)
_PLURAL = re.compile(r"\b(?:models|uses|supports|designs|ranks|covers|matches|yields|features)\b")
_NUMBERED = re.compile(
    r"\b(?:two|three|four|five|several) (?:\w+ ){0,3}(?:contributions?|things)\b"
)


def proposed(found: Sequence[str], name: str, limit: int) -> Iterator[str]:
    """Yield what the authors say they propose, without article and name."""
    for sentence in _heads(found, name):
        if verb := _PROPOSAL.search(sentence):
            yield from _noun(sentence[verb.end() :], name, limit)


def is_told(found: Sequence[str], name: str, limit: int) -> Iterator[str]:
    """Yield what the abstract says the named thing is: "X is a ..."."""
    if not name:
        return
    is_a = re.compile(
        rf"{re.escape(name)}(?: \([^()]{{1,40}}\))?,? (?:is|are) (?=an?\s|the\s)", re.IGNORECASE
    )
    for sentence in _heads(found, name):
        if verb := is_a.search(sentence):
            yield from _noun(sentence[verb.end() :], name, limit)


def shown(found: Sequence[str], limit: int) -> Iterator[str]:
    """Yield what the authors say they found, as a clause that is true by itself."""
    for sentence in found:
        verb = _FINDING.search(sentence[:_LONGEST])
        if verb and not POINTS_BACK.match(sentence[verb.end() :]):
            clause = sentence[verb.end() : _LONGEST]
            for cut in cuts(clause, limit, 30, weak=False):
                if _alone(cut) and has_verb(_PLURAL.sub("", cut)):
                    yield cut


def studied(found: Sequence[str], limit: int) -> Iterator[str]:
    """Yield what the authors say they looked at."""
    for sentence in found:
        if verb := _STUDY.search(sentence[:_LONGEST]):
            yield from _noun(sentence[verb.end() : _LONGEST], "", limit)


def _heads(found: Sequence[str], name: str) -> list[str]:
    """Return the sentences, cut to a bearable length, those with the name first."""
    heads = [sentence[:_LONGEST] for sentence in found]
    return sorted(heads, key=lambda sentence: not (name and name in sentence))


def _noun(tail: str, name: str, limit: int) -> Iterator[str]:
    """Yield "what it is" from "Name, a new what it is, which ..."."""
    apposed = _APPOSED.match(tail)
    if apposed and not re.match(r"(?:an?|two|three|several)\s", apposed[1], re.IGNORECASE):
        tail = tail[apposed.end() :]
    tail = _CALLED.sub("", tail, count=1)
    if name:
        inserted = rf"(?:, |\s)(?:the )?{re.escape(name)}(?: \([^()]{{1,40}}\))?,?(?=\s|[.]|$)"
        tail = re.sub(inserted, "", tail, count=1)
    tail = tail[article.end() :] if (article := _ARTICLE.match(tail)) else tail
    for cut in cuts(tail, limit, 20):
        if _alone(cut) and len(cut.split()) > 2 and not _NUMBERED.search(cut):
            yield cut


def _alone(clause: str) -> bool:
    return not _POINTING.search(clause)
