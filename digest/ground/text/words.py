"""Words of a text in the form in which they are compared: folded, joined, stemmed.

"KV-cache" and "KV cache", "text-to-SQL" and "text2SQL", "fine-tuning", "finetuning" and "fine
tuning", "LLMs" and "LLM" become the same tokens. Every function takes any text: what has no
stemmer passes unstemmed, and what is longer than LONGEST_TEXT is read up to there.
"""

import re
import threading
import unicodedata
from functools import lru_cache

import Stemmer

LONGEST_TEXT = 20_000  # characters; a real abstract has under 2,000

# Written solid, with a hyphen or with a blank: the prefix is always joined to what follows it.
_PREFIX_TEXT = """
    anti auto bi co cross de fine hyper inter intra mega meta micro mid mini mono multi non omni
    over para post pre pseudo quasi re semi sub super trans ultra un under uni"""
PREFIXES = frozenset(_PREFIX_TEXT.split())
_PAIRS = {
    ("data", "set"): "dataset",
    ("data", "sets"): "datasets",
    ("data", "base"): "database",
    ("data", "bases"): "databases",
    ("bench", "mark"): "benchmark",
    ("code", "base"): "codebase",
    ("check", "points"): "checkpoints",
    ("e", "commerce"): "ecommerce",
    ("work", "load"): "workload",
    ("work", "loads"): "workloads",
}
_SOLID = {
    "kvcache": ("kv", "cache"),
    "keyvalue": ("key", "value"),
    "longcontext": ("long", "context"),
    "mixtureofexperts": ("mixture", "of", "experts"),
}
# Stems that mean the same to a reader, and words whose stem would throw away what they mean:
# the optimizer is not the optimum, a tokenizer not a token, reasoning not a reason.
_ALIKE = {
    "modell": "model",
    "labell": "label",
    "summari": "summar",
    "financi": "financ",
    "sparsiti": "spars",
    "theoret": "theori",
    "chemic": "chemistri",
    "mathemat": "math",
    "medicin": "medic",
    "clinician": "clinic",
}
_IRREGULAR = {
    "analyses": "analysis",
    "caches": "cache",
    "corpora": "corpus",
    "indices": "index",
    "series": "series",
    "species": "species",
}
_KEPT = {
    form: kept
    for kept, forms in {
        "tokenize": "tokenize tokenized tokenizer tokenization",
        "optimizer": "optimizer",
        "reasoning": "reasoning",
        "embedding": "embedding",
        "serving": "serving",
        "animal": "animal",  # not animation
        "communication": "communication",  # not community
        "generalize": "generalize generalized generalizing generalizable generalization",
        "personalize": "personalize personalized personalizing personalization",
        "position": "position positional positioning",  # not positive
        "trading": "trading trader",  # not a trade-off
    }.items()
    for form in forms.split()
}

_STOP_TEXT = """
    a about above across after again against all almost along also although always am among an
    and another any are as at be because been before being below between both but by can cannot
    could did do does doing done down due during each either else even ever every few for from
    further had has have having he hence her here hers him his how however i if in into is it its
    itself just least less let like many may me might more most much must my nor not of off often
    on once only onto or other our ours out own per quite rather same she should since so some
    such than that the their theirs them then there these they this those though through thus to
    too toward towards until up upon us use used using very via was we well were what when where
    whether which while who whom whose why will with within without would yet you your
    want wants interested interest interesting paper papers anything everything something stuff
    related new recent work works topic topics research study studies especially e g etc"""
STOP_WORDS = frozenset(_STOP_TEXT.split())

# Few words are joined to what follows, or taken apart.
_SPECIAL = PREFIXES.union((first for first, _ in _PAIRS), _SOLID)

_WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*")
_MARKUP = re.compile(r"<[A-Za-z/]{1,12}>|\\(?:url|href|cite\w*)\{[^}]*\}|\\[a-zA-Z]+|https?://\S+")
_TO = re.compile(r"(?<=[a-z])2(?=[a-z]{2})")
_BRITISH = re.compile(r"(?<=[a-z]{3})is(?=(?:ation|ations|e|ed|er|ers|es|ing)$)")
_POSSESSIVE = re.compile("['\u2019]")
_PLURAL_OF_LETTERS = re.compile(r"[^aeiouy\d]{2,}[aeiou]?s")


def words(text: str) -> list[str]:
    """Return the words of `text` in order, in lower case, compounds joined, not stemmed."""
    plain = text[:LONGEST_TEXT]
    if "<" in plain or "\\" in plain or "://" in plain:  # most texts have no markup
        plain = _MARKUP.sub(" ", plain)
    if not plain.isascii():
        plain = _without_accents(plain)
    plain = plain.casefold()
    if "2" in plain:
        plain = _TO.sub(" to ", plain)
    return _joined(_WORD.findall(plain))


def tokens(text: str) -> list[str]:
    """Return the stemmed words of `text` in order, stop words included."""
    return [stem(word) for word in words(text)]


def singulars(text: str) -> list[str]:
    """Return the words of `text` in order, with only plural and British spelling folded.

    The catalogue's phrases are compared in this form: a stemmer would take "adaptive" for
    "adaptation" and "benchmarking" for "benchmark", which cost measurably more than it brought.
    """
    return [singular(word) for word in words(text)]


def content(stems: list[str]) -> list[str]:
    """Return `stems` without stop words."""
    return [token for token in stems if token not in _STOP_STEMS]


@lru_cache(maxsize=65_536)
def singular(word: str) -> str:
    """Return a folded word without plural ending and possessive, in American spelling."""
    word = _BRITISH.sub("iz", _POSSESSIVE.split(word, maxsplit=1)[0] or word)
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if len(word) < 7 and _PLURAL_OF_LETTERS.fullmatch(word) and not word.endswith("ss"):
        return word[:-1]  # LLMs, GPUs, FPGAs: nothing else would take their s
    if len(word) < 4:
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "xes", "ches", "shes")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "us", "is")) else word


@lru_cache(maxsize=65_536)
def stem(word: str) -> str:
    """Return the stem of a folded word (Snowball English); spelling variants share one."""
    single = singular(word)
    if single in _KEPT:
        return _KEPT[single]
    if not hasattr(_OF_THREAD, "stemmer"):  # a stemmer must not be shared between threads
        _OF_THREAD.stemmer = Stemmer.Stemmer("english", 0)
    stemmed: str = _OF_THREAD.stemmer.stemWord(single)
    return _ALIKE.get(stemmed, stemmed)


_OF_THREAD = threading.local()
_STOP_STEMS = frozenset(stem(word) for word in STOP_WORDS)


def _without_accents(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def _joined(found: list[str]) -> list[str]:
    """Join prefixes and pairs that people write in two ways; take known solid words apart."""
    if _SPECIAL.isdisjoint(found):
        return found
    result: list[str] = []
    rest = iter(zip(found, [*found[1:], ""], strict=True))
    for word, following in rest:
        if word not in _SPECIAL:
            result.append(word)
        elif following and word in PREFIXES and following not in STOP_WORDS:
            result.append(word + following)
            next(rest)
        elif (word, following) in _PAIRS:
            result.append(_PAIRS[word, following])
            next(rest)
        else:
            result.extend(_SOLID.get(word, (word,)))
    return result
