"""Tell a withdrawn paper from one that speaks of withdrawal.

arXiv puts a notice in the place of the abstract or behind it, or leaves the abstract and writes it
into the comment; publishers put a word before the title. A notice is about the paper itself: it
opens the text with "This paper has been withdrawn", or opens a later sentence and says by whom or
why. What is said of other papers, of money or of heroin is none.
"""

import re

_PAPER = (
    r"(?:(?:conference |research |working |arxiv )?(?:paper|article)|submission|manuscript|"
    r"pre-?print|e-?print|contribution)"
)
_OTHER = r"(?:work|study|report|version|note|document|thesis|chapter|draft|letter)"
_GONE = r"(?:withdrawn|retracted)"
_ADVERB = r"(?:(?:now|hereby|being|temporarily|voluntarily|formally|also|already) ){0,2}"
_IS = rf"(?:(?:has|have) {_ADVERB}been|is|was) {_ADVERB}"
_IS_NOW = rf"(?:(?:has|have) {_ADVERB}been|is) {_ADVERB}"
_PEOPLE = (
    r"(?:(?:the|its|their|all|our|both|this|an?|arxiv) )?"
    r"(?:(?:first|corresponding|submitting|original) )?"
    r"(?:(?:co-?)?authors?|author\(s\)|submitters?|publishers?|editors?|journal|administrators?|"
    r"admins?|arxiv|biorxiv|medrxiv|ssrn|me|us|myself|ourselves)\b"
)
_WHY = (
    rf"(?:by {_PEOPLE}|(?:at|on|upon) the (?:request|wish)|(?:due|owing) to|because|since\b|"
    r"pending|"
    r"as (?:it|we|the|i)\b|for (?:now|revisions?|further|major|technical|legal|personal|copyright)|"
    r"until|in (?:order|view|light|favou?r)|from (?:arxiv|publication|consideration)|"
    r"and (?:replaced|superseded|merged|will be)|after (?:we|the authors?|finding))"
)
_END = r"(?=\s*(?:[.;:,!)\]*]|$))"
_LABEL = (
    r"(?:(?:arxiv )?(?:admin(?:istrator)?(?:'?s)? )?(?:note|comments?|notice|abstract|remark): )?"
)
_SAYS = (  # who has withdrawn what
    rf"(?:the |all |both )?(?:authors?|we|i|arxiv(?: administrators?)?) "
    rf"(?:(?:has|have|had) {_ADVERB})?(?:wish(?:es)? to |would like to )?"
    r"(?:withdr(?:aw|awn|ew|aws)|retract(?:s|ed)?) (?:this|their|our|his|her|my|its) "
    rf"(?:{_PAPER}|{_OTHER})\b"
)
_OPENING = re.compile(
    rf"[\[(*\s]{{0,6}}{_LABEL}(?:"
    rf"this {_PAPER} {_IS}{_GONE}\b"
    rf"|(?:(?:the|our|present|the present) )?{_PAPER} {_IS_NOW}{_GONE}(?:{_END}| {_WHY})"
    rf"|this {_OTHER} {_IS}{_GONE} (?:by {_PEOPLE}|(?:due|owing) to an? (?:\w+ )?(?:error|mistake))"
    rf"|(?:(?:this )?(?:{_PAPER}|version) )?{_GONE}(?: {_WHY}|{_END})"
    rf"|(?:due to|because of) [^.;]{{1,200}}, (?:this|the) {_PAPER} {_IS}{_GONE}\b"
    rf"|{_SAYS})",
    re.IGNORECASE,
)
_LATER = re.compile(
    rf"(?<=[.!?;:)\]*] )[\[(*]{{0,3}}{_LABEL}(?:"
    rf"this {_PAPER} {_IS_NOW}(?:withdrawn(?:{_END}| {_WHY})|retracted by {_PEOPLE})"
    rf"|the {_PAPER} {_IS_NOW}{_GONE} by {_PEOPLE}"
    rf"|{_SAYS})",
    re.IGNORECASE,
)
_IN_COMMENT = re.compile(
    rf"(?<=[.;,:] )(?:(?:this )?(?:{_PAPER}|version) (?:{_IS})?)?{_GONE}(?: {_WHY}|{_END})",
    re.IGNORECASE,
)
_TITLE = re.compile(
    r"[\[(*\s]{0,3}(?:"
    r"(?:WITHDRAWN|RETRACTED|RETRACTION|WITHDRAWAL)(?: [A-Z]+){0,2}\s*(?:[:\])*\u2013\u2014]|-\s|$)"
    r"|(?i:(?:withdrawn|retracted|retraction)(?: article| paper| chapter)?\s*[:\])])"
    r"|(?i:(?:(?:retraction|withdrawal) (?:note|notice)|(?:note|notice|statement) of "
    r"(?:retraction|withdrawal))(?: to\b| for\b|\s*[:\"\u201c]|$)))"
)
_TITLE_ENDING = re.compile(
    r"(?:[\[(](?i:(?:withdrawn|retracted)(?: article| paper)?)[\])]"
    r"|\s[-\u2013\u2014] ?RETRACTED)\.?$"
)
_LONGEST = 10_000  # characters in which a notice is looked for
WORDS = ("withdr", "retract")  # one is in every notice


def is_withdrawn(title: str, abstract: str) -> bool:
    """Whether a paper is withdrawn or retracted, by its title or by a text of its own."""
    return _is_title(title) or _is_notice(abstract)


def notice_of(title: str, abstract: str, comment: str) -> str:
    """Return the notice that has to take the place of an abstract which does not say it itself.

    It is the title or the part of the comment that says it; empty if none does. All texts have
    single blanks between words.
    """
    if not _has_words(title) and not _has_words(comment):
        return ""
    if _is_notice(abstract):
        return ""
    if _is_notice(comment):
        return comment
    if found := _IN_COMMENT.search(comment[:_LONGEST]):
        return comment[found.start() :]
    return title if _is_title(title) else ""


def _is_title(title: str) -> bool:
    return _has_words(title) and bool(_TITLE.match(title) or _TITLE_ENDING.search(title))


def _is_notice(text: str) -> bool:
    text = text[:_LONGEST]
    return _has_words(text) and bool(_OPENING.match(text) or _LATER.search(text))


def _has_words(text: str) -> bool:
    lowered = text.lower()
    return any(word in lowered for word in WORDS)
