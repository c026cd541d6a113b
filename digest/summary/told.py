"""Find the clause of an abstract that says what is new: "We propose X, a ..." or "We show ..."."""

import re
from collections.abc import Iterator, Sequence

from digest.ground.text.words import content, tokens
from digest.summary.clauses import is_clause
from digest.summary.cuts import cuts
from digest.summary.said import POINTS_BACK

_LONGEST = 600  # characters of a sentence
_LEAST_NOUN, _LEAST_CLAUSE = 25, 30  # characters
_AUTHORS = r"(?:we|(?:this|the|our) (?:\w+ )?(?:paper|work|study|report|article|survey)|authors)"
_MANNER = r"(?:(?:\w+ly|also|first|then|further|here|thus|therefore|next|instead) ){0,2}"
_PROPOSAL = re.compile(
    rf"\b{_AUTHORS} (?:have )?{_MANNER}"
    r"(?:propos|introduc|present|develop|design|describ|creat|construct|build|built|formulat|devis"
    r"|releas|contribut|offer|provid|unveil|curat|open-sourc)(?:e|es|s|ed|d)?"
    r"\s(?!that\b|to\b|how\b|in\b|and\b)",
    re.IGNORECASE,
)
_FINDING = re.compile(
    r"\b(?:we|results|experiments|evaluations?|findings|analys[ei]s|study|studies|paper|work)"
    rf"(?: on [\w-]+(?: [\w-]+){{0,3}})? (?:have )?{_MANNER}(?:show|find|found|demonstrat|prov"
    r"|reveal|observ|discover|confirm|establish)(?:e|es|s|ed|d|n)?(?: \w+ly)? that,?\s",
    re.IGNORECASE,
)
_CALLED = re.compile(
    r",?\s(?:which (?:we|is) )?(?:call|called|named|termed|dubbed|coined|denoted|namely) (?:as )?"
    r"[^\s,;:.]{2,40}(?: \([^()]{1,40}\))?,?(?=\s|$)"
)
_APPOSED = re.compile(
    r"(?:the )?([^,;:.(]{2,60}?(?:\.\d+[^,;:.(]{0,20})?)\s?(?:\([^()]{1,60}\)\s?)?"
    r"(?:,|:|\s?\u2014\s?|\s\u2013|\sas|\s-)\s?(?=(?:an?|the|our|two|three|four)\s)"
)
_ARTICLE = re.compile(
    r"(?:an?|the|our|this|its)\s+(?:(?:novel|new|simple yet [\w-]+|simple but [\w-]+|simple and"
    r" [\w-]+)(?:,|\s)\s?(?:and )?)?",
    re.IGNORECASE,
)
_COUNTED = re.compile(r"(?:an?|the|our|its)?\s?(?:two|three|four|five|six|seven|third)\b|\d", re.I)
_FIRST = re.compile(r"([^\s(,]{1,60})(?:\s\(|,|\sand\s)")  # "MM-OCEAN (1,104 videos), ..."
_SHAPED = re.compile(r"[A-Z\d][^A-Z\d]*[A-Z\d]|[a-z][A-Z]")
_POINTING = re.compile(
    r"\b(?:this (?!paper|work|study|is\b)|these|those (?!of|that|who)|such (?!as)|its|their|them"
    r"|above|aforementioned|former|latter|our|we|it)\b",
    re.IGNORECASE,
)
_EMPTY = re.compile(
    r"\b(?:contributions?|things|insights|recommendations|discussions?)\b|\b(?:https?://|www\.)"
    r"|[,:]\s?[\u2013\u2014,:]"
)
_VERB_FIRST = re.compile(
    r"(?:includ|compris|contain|consist|compos|which|that|and|or|whether)\w*\s"
)


def told(found: Sequence[str], name: str, limit: int) -> Iterator[str]:
    """Yield what the authors say they propose or found, or what the named thing is.

    Only sentences with the name count, if there are any; else all until something is proposed.
    """
    heads = [sentence[:_LONGEST] for sentence in found]
    naming = [sentence for sentence in heads if name and name in sentence]
    is_a = _is_a(name)
    for sentence in naming or heads:
        verb = _PROPOSAL.search(sentence) or (is_a.search(sentence) if name else None)
        if verb:
            yield from _noun(sentence[verb.end() :], name, limit)
        yield from _shown(sentence, name, limit)
        if verb and not naming:
            return


def shown(found: Sequence[str], name: str, limit: int) -> Iterator[str]:
    """Yield what the authors say they found, as a clause that is true by itself."""
    for sentence in found:
        yield from _shown(sentence[:_LONGEST], name, limit)


def _shown(sentence: str, name: str, limit: int) -> Iterator[str]:
    verb = _FINDING.search(sentence)
    if not verb or POINTS_BACK.match(sentence, verb.end()):
        return
    clause = sentence[verb.end() :].rstrip(" .")
    if name and clause.startswith(name):
        return
    for cut in cuts(clause, limit, _LEAST_CLAUSE, weak=False):
        says = cut == clause or is_clause(cut)
        if says and not _POINTING.search(cut):
            yield cut


def _is_a(name: str) -> re.Pattern[str]:
    return re.compile(
        rf"(?<!\w){re.escape(name)}(?: \([^()]{{1,40}}\))?,? (?:is|are) (?=an?\s|the\s)",
        re.IGNORECASE,
    )


def _noun(tail: str, name: str, limit: int) -> Iterator[str]:
    """Yield "what it is" from "Name, a new what it is, which ..."."""
    apposed = _APPOSED.match(tail)
    if apposed and not re.match(r"(?:an?|two|three|several)\s", apposed[1], re.IGNORECASE):
        tail = tail[apposed.end() :]
    elif _COUNTED.match(tail) or _names(tail) or (name and tail.startswith(name)):
        return
    tail = _CALLED.sub("", tail, count=1)
    if name:
        inserted = rf"(?:, |\s)(?:the )?{re.escape(name)}(?: \([^()]{{1,40}}\))?,?(?=\s|[.]|$)"
        tail = re.sub(inserted, "", tail, count=1)
    tail = tail[article.end() :] if (article := _ARTICLE.match(tail)) else tail
    if _VERB_FIRST.match(tail):
        return
    known = set(content(tokens(name)))
    for cut in cuts(tail, limit, _LEAST_NOUN):
        subject = set(content(tokens(cut)))
        empty = _POINTING.search(cut) or _EMPTY.search(cut)
        if len(subject - known) > 1 and not empty:
            yield cut


def _names(tail: str) -> bool:
    """Tell whether this begins with a name that nothing explains."""
    first = _FIRST.match(tail)
    return bool(first and _SHAPED.search(first[1]))
