"""What a sentence of an abstract says by itself: its words, and facts that tell its part."""

import re
from bisect import bisect_left
from collections.abc import Sequence

_LINK = re.compile(
    r"https?://|\b(?:code|datasets?|data|models?|weights|demo|page|github)\b[^.]{0,60}\bavailable\b"
    r"|\bcode\b.{0,40}\b(?:released?|found)\b|\bopen-sourced? (?:at|the)\b",
    re.IGNORECASE,
)
_LINKING = re.compile(r"http|vailable|ode\b|pen-source")  # what a link hardly does without
_NUMBER = re.compile(
    r"\d\s?(?:%|\u00d7|x\b|-?fold\b|points?\b|times\b|percent\b|BLEU|WER)|\d\.\d", re.IGNORECASE
)
PROPOSES = re.compile(
    r"\b(?:we|paper|work|study|authors|article)\b(?: \w+ly| also| first| then| further)*"
    r" (?:propos|introduc|present|develop|design|describ|creat|construct|build|formulat|devis)",
    re.IGNORECASE,
)
# Stems.
_PROPOSING_TEXT = """
    propos introduc present develop design describ creat construct build formul devis"""
_PROPOSING = frozenset(_PROPOSING_TEXT.split())
_SHOWING_TEXT = """
    outperform surpass achiev improv demonstr show shown experi experiment result evalu
    superior effect"""
_SHOWING = frozenset(_SHOWING_TEXT.split())
_AUTHORS = frozenset(("we", "paper", "studi"))
_ADVERBS_TEXT = """
    also first then further here thus therefor have has can will both extens systemat theoret
    empir final formal care"""
_ADVERBS = frozenset(_ADVERBS_TEXT.split())
_ASIDE = frozenset(("addit", "furthermor", "moreov", "further", "besid", "also", "last"))
_TRIALS_TEXT = """
    experi experiment evalu result analys analysi ablat find on across"""
_TRIALS = frozenset(_TRIALS_TEXT.split())
_DEFINED = re.compile(
    r"(?:(?<![\w-])(?:(?=[\w-]*[A-Z][\w-]*[A-Z\d])[\w-]++|(?=[\w-]*[A-Z][\w-]*[A-Z])[\w-]++\))"
    r"|[A-Z][a-z]\w{1,60}), (?:an?|the|which)\b"
)
_ACRONYM = re.compile(r"\([A-Z][\w-]*[A-Z][\w-]*\)|\b(?:termed|dubbed|named|called|coined)\b")
_BY_DOING = re.compile(r"\bby \w+ing\b")
ITEM = re.compile(r"\(?(?:\d{1,2}|[ivx]{1,4}|[a-h])[.)]\s", re.IGNORECASE)
POINTS_BACK = re.compile(
    r"(?:it|they|these|those|such|this (?:\w+s|is|can)|both|the (?:latter|former|resulting)|their"
    r"|its)\b",
    re.IGNORECASE,
)
_LENGTHS = (60, 100, 150, 200, 260, 360)
_LENGTH_NAMES = (*(f"length to {limit}" for limit in _LENGTHS), "length over 360")
_EARLY = 6  # words


_FACTS = (
    ("number", _NUMBER.search),
    ("item", ITEM.match),
    ("points back", POINTS_BACK.match),
    ("defines a name", _DEFINED.search),
    ("gives a name", _ACRONYM.search),
    ("by doing", _BY_DOING.search),
)


def proposes(sentence: str, stems: Sequence[str]) -> bool:
    """Tell whether the authors propose something; the stems are looked at first, as is quicker."""
    return not _PROPOSING.isdisjoint(stems) and bool(PROPOSES.search(sentence))


def shows(stems: Sequence[str]) -> bool:
    """Tell whether a word for results is among the stems."""
    return not _SHOWING.isdisjoint(stems)


def facts_of(sentence: str, stems: list[str]) -> set[str]:
    """Return what the sentence says by itself."""
    names = {"word " + stem for stem in stems}
    names.update(["early " + stem for stem in stems[:_EARLY]])
    if stems:
        names.update((f"starts {stems[0]}", "starts " + " ".join(stems[:2])))
        names.add("starts " + " ".join(stems[:3]))
    names.add(_LENGTH_NAMES[bisect_left(_LENGTHS, len(sentence))])
    for name, tells in _FACTS:
        if tells(sentence):
            names.add(name)
    if _LINKING.search(sentence) and _LINK.search(sentence):
        names.add("link")
    if sentence.endswith("?"):
        names.add("question")
    names.update(_deed(stems))
    return names


def _deed(stems: list[str]) -> list[str]:
    """Return what the authors do in the sentence, and whether it is an aside or about trials."""
    names = []
    at = next((n for n, stem in enumerate(stems) if stem in _AUTHORS), len(stems)) + 1
    verb = next((n for n in range(at, len(stems)) if stems[n] not in _ADVERBS), None)
    if verb is not None:
        names.append(f"we {stems[verb]}")
    if not _ASIDE.isdisjoint(stems[:1]) or stems[:2] in (["we", "also"], ["we", "further"]):
        names.append("aside")
    if not _TRIALS.isdisjoint(stems[:4]):
        names.append("trials")
    return names
