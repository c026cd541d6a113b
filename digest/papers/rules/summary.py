"""Two lines of an abstract that a reader can decide on: what is new, and what was shown.

Extractive: the abstract's own sentences, chosen by what they say of themselves ("we introduce",
"outperforms"), by the title's words and by their place. Nothing is rephrased; only markup goes.
"""

import re
from collections.abc import Sequence

from digest.ground.text.sentences import sentences
from digest.ground.text.words import LONGEST_TEXT, STOP_WORDS, content, tokens

_TIMES = "\u00d7"  # the multiplication sign
_MARKUP = (
    (re.compile(r"<[A-Z]{1,8}>"), " "),
    (re.compile(r"\\(?:url|href|footnote|cite\w*)\s*\{[^{}]*\}"), " "),
    (re.compile(r"\\times\b"), _TIMES),
    (re.compile(r"(?<=\d)times\b"), _TIMES),  # "3times" is what a page leaves of 3\times
    (re.compile(r"\\(?:em|emph|textbf|textit|textsc|texttt|textrm|mathbf|mathrm|mathcal)\b"), " "),
    (re.compile(r"\\[a-zA-Z]+"), " "),
    (re.compile(r"\\([%&_#$\"'])"), r"\1"),
    (re.compile(r"[{}$]"), ""),
    (re.compile(r"~"), " "),
    (re.compile(r"\s+"), " "),
    (re.compile(r" (?=[,.;:!?)])"), ""),
)
_NEW = re.compile(
    r"\b(?:we|this (?:paper|work|study|article|survey|report|research|thesis|survey)|authors)\b"
    r"(?: \w+ly| also| first| then| further)* (?:propose|introduce|present|develop|design|describe"
    r"|release|create|construct|build|formulate|devise|explore|investigate|study|studies|examine"
    r"|survey|review|analy[sz]e|revisit|address|tackle|propos|introduc|evaluate|aim|offer|provide"
    r"|extend|advocate|train|conduct|report|contribute|unveil|adopt|seek|initiate|question|argue"
    r"|demonstrate|show|discuss|leverage|employ|take|compare|reveal|find|apply)\w*"
    r"|\bis (?:introduced|proposed|presented|developed)\b",
    re.IGNORECASE,
)
_NAMED = re.compile(r"\b(?:called|named|termed|dubbed|namely|coined|novel|the first)\b", re.I)
_SHOWN = re.compile(
    r"\b(?:outperform|surpass|achiev|improv|reduc|speed|faster|accura|state[- ]of[- ]the[- ]art"
    r"|show|demonstrat|reveal|find|found|result|experiment|evaluation|reach|exceed|match|retain"
    r"|preserv|sav(?:es|ing)|gain|conclude|suggest|highlight|indicate|enabl|allow)\w*",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\d+(?:\.\d+)?\s?(?:%|\u00d7|x\b|-fold|points?\b|times\b|percent\b|BLEU|WER)")
_BACKGROUND = re.compile(
    r"^(?:however|despite|given|motivated|instead|since|although|while|recent(?:ly)?|existing|traditional|previous|prior|current"
    r"|large language models|LLMs|with the|as |in recent|unfortunately|nevertheless)\b",
    re.IGNORECASE,
)
_LINK = re.compile(
    r"https?://|\b(?:code|dataset|data|models?|weights|demo|page|github)\b[^.]{0,60}\bavailable\b"
    r"|\bcode\b.{0,40}\b(?:released?|found)\b|\bopen-sourced? (?:at|the)\b",
    re.IGNORECASE,
)
_DANGLING = re.compile(
    r"^(?:it|they|these|those|such|this (?:allows|enables|is|makes|leads|results)|first|second"
    r"|secondly|third|finally|moreover|furthermore|additionally|in addition|also|then|for example"
    r"|for instance|to address this|to this end|\(?[ivx1-9]+\))\b",
    re.IGNORECASE,
)
_CLAUSE = re.compile(
    r"[,;:]\s|\s[\u2013\u2014-]+\s|\s\(|\s(?=(?:which|while|whereas|because|although)\b)"
)
_ELLIPSIS = "\u2026"
_PUNCTUATION = " ,;:(-\u2013\u2014"
_LOOSE_ENDS = STOP_WORDS - {"more", "most", "less", "least", "us", "it", "ours"}
_SHORTEST = 40  # characters of a part that is worth showing


def summarise(title: str, abstract: str, limit: int = 280) -> str:
    """At most `limit` characters out of the abstract; empty for an empty abstract.

    One or two of its sentences in their order. One that is too long ends at a clause, or else
    after a word, with an ellipsis. Raises ValueError when limit < 1.
    """
    if limit < 1:
        raise ValueError(f"summarise: limit={limit}")
    found = list(sentences(_plain(abstract)))
    if not found:
        return ""
    subject = set(content(tokens(title)))
    overlaps = [_overlap(sentence, subject) for sentence in found]
    places = range(len(found))
    new = max(places, key=lambda n: (_newness(found, n, overlaps[n]), -n))
    rest = [n for n in places if n != new and not _LINK.search(found[n])]
    shown = max(rest, key=lambda n: (_result(found, n, new, overlaps[n]), -n), default=new)
    if shown == new or _result(found, shown, new, overlaps[shown]) <= 0:
        return _cut(found[new], limit)
    return _both(found[min(new, shown)], found[max(new, shown)], limit, prefer_first=new < shown)


def _plain(abstract: str) -> str:
    text = abstract[:LONGEST_TEXT]
    for pattern, replacement in _MARKUP:
        text = pattern.sub(replacement, text)
    return text.strip()


def _newness(found: Sequence[str], n: int, overlap: float) -> float:
    """How much a sentence says what the paper does."""
    sentence = found[n]
    score = 3.0 * bool(_NEW.search(sentence)) + 1.5 * bool(_NAMED.search(sentence))
    score += 2.0 * overlap - 1.5 * bool(_BACKGROUND.search(sentence))
    score -= 1.0 * bool(_DANGLING.search(sentence)) + 4.0 * bool(_LINK.search(sentence))
    score -= 1.0 * bool(_NUMBER.search(sentence)) + 2.0 * n / len(found)
    return score - 2.0 * (len(sentence) < _SHORTEST) - 4.0 * sentence.endswith("?")


def _result(found: Sequence[str], n: int, new: int, overlap: float) -> float:
    """How much a sentence says what came out; more when it follows the sentence of what is new."""
    sentence = found[n]
    score = 1.0 * min(2, len(_SHOWN.findall(sentence))) + 2.0 * bool(_NUMBER.search(sentence))
    score += 1.0 * (n > new) + 1.0 * n / len(found) + 0.5 * overlap
    score -= 3.0 * bool(_BACKGROUND.search(sentence)) + 1.0 * bool(_DANGLING.search(sentence))
    score -= 2.0 * (n < new) + 2.0 * (len(sentence) < _SHORTEST) + 4.0 * sentence.endswith("?")
    return score - len(sentence) / 200 - 1.0


def _overlap(sentence: str, subject: set[str]) -> float:
    """Which part of the title's words a sentence has."""
    return len(subject & set(tokens(sentence))) / max(1, len(subject))


def _both(first: str, second: str, limit: int, *, prefer_first: bool) -> str:
    """Both sentences with a blank between; when they are too long, what is new gets more room."""
    room = limit - 1
    if len(first) + len(second) <= room:
        return f"{first} {second}"
    wanted, other = (first, second) if prefer_first else (second, first)
    share = max(room * 6 // 10, room - len(other))
    kept = _cut(wanted, share)
    addition = _cut(other, room - len(kept))
    if len(addition) < _SHORTEST:
        return _cut(wanted, limit)
    return f"{kept} {addition}" if prefer_first else f"{addition} {kept}"


def _cut(sentence: str, limit: int) -> str:
    """The sentence if it fits, else its beginning up to a clause or a word, and an ellipsis."""
    if len(sentence) <= limit:
        return sentence
    window = sentence[:limit]  # the ellipsis takes the place of the blank after the last word
    clauses = [m.start() for m in _CLAUSE.finditer(window) if m.start() >= limit * 0.75]
    kept = window[: clauses[-1] if clauses else max(0, window.rfind(" "))]
    while (last := kept.rpartition(" ")[2].lower()) in _LOOSE_ENDS and last:
        kept = kept[: -len(last)].rstrip()
    kept = kept.rstrip(_PUNCTUATION)
    return f"{kept}{_ELLIPSIS}" if kept else ""
