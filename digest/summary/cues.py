"""What a sentence of an abstract shows of its part: the new idea, or the result.

Plain facts (place, first words, cue words, numbers, what stands before and after) with learnt
weights, whole numbers in a file that can be read (weights.txt, written by fit.py).
"""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from digest.ground.text.words import content, tokens

_LINK = re.compile(
    r"https?://|\b(?:code|datasets?|data|models?|weights|demo|page|github)\b[^.]{0,60}\bavailable\b"
    r"|\bcode\b.{0,40}\b(?:released?|found)\b|\bopen-sourced? (?:at|the)\b",
    re.IGNORECASE,
)
_NUMBER = re.compile(
    r"\d\s?(?:%|\u00d7|x\b|-?fold\b|points?\b|times\b|percent\b|BLEU|WER)|\d\.\d", re.IGNORECASE
)
_PROPOSES = re.compile(
    r"\b(?:we|paper|work|study|authors|article)\b(?: \w+ly| also| first| then| further)*"
    r" (?:propos|introduc|present|develop|design|describ|creat|construct|build|formulat|devis)",
    re.IGNORECASE,
)
_SHOWS = re.compile(
    r"\b(?:outperform|surpass|achiev|improv|demonstrat|show|state[- ]of|experiment|results?|evaluat"
    r"|superior|effective)",
    re.IGNORECASE,
)
_ITEM = re.compile(r"\(?(?:\d{1,2}|[ivx]{1,4}|[a-h])[.)]\s", re.IGNORECASE)
POINTS_BACK = re.compile(
    r"(?:it|they|these|those|such|this (?:\w+s|is|can)|both|the (?:latter|former|resulting)|their"
    r"|its)\b",
    re.IGNORECASE,
)
_LENGTHS = (60, 100, 150, 200, 260, 360)
_LONGEST_WORD = 24
_LONGEST_NAME = 30
_LONGEST_INTRODUCTION = 80
_NAME = re.compile(r"\S+(?:\s\S+)?\s?")


@dataclass(frozen=True, slots=True)
class Weights:
    """Hundredths of log-odds that a sentence with a feature is the one, by feature."""

    idea: Mapping[str, int]
    result: Mapping[str, int]


def parse_weights(lines: Iterable[str]) -> Weights:
    """Read lines such as "after proposal: idea=-20 result=35"; raise ValueError for any other."""
    read = Weights({}, {})
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith("#"):
            continue
        feature, _, values = line.rpartition(":")
        for value in values.split():
            kind, _, weight = value.partition("=")
            number_like = weight.removeprefix("-").isdecimal()
            if not feature or kind not in ("idea", "result") or not number_like:
                raise ValueError(f"weights, line {number}: {line.strip()!r}")
            table = read.idea if kind == "idea" else read.result
            table[feature] = int(weight)  # type: ignore[index]  # being made
    return read


def chances(features: Sequence[set[str]], weights: Mapping[str, int]) -> list[float]:
    """Return for each sentence how likely it is the one of its abstract; the sum is 1."""
    sums = [sum(weights.get(name, 0) for name in names) / 100 for names in features]
    highest = max(sums, default=0.0)
    powers = [math.exp(value - highest) for value in sums]
    total = math.fsum(powers)
    return [power / total for power in powers]


def features(found: Sequence[str], title: str) -> list[set[str]]:
    """Return the names of what is true of each sentence."""
    proposes = [bool(_PROPOSES.search(sentence)) for sentence in found]
    shows = [bool(_SHOWS.search(sentence)) for sentence in found]
    stems = [tokens(sentence) for sentence in found]
    first = proposes.index(True) if True in proposes else None
    last = len(found) - 1 - shows[::-1].index(True) if True in shows else None
    subject = set(content(tokens(title)))
    name = _name(title)
    return [
        _own(sentence, stems[n])
        | _titled(sentence, name, _share(subject, stems[n]), proposes=proposes[n])
        | _place(n, len(found))
        | _near(n, proposes, shows, first, last)
        | _neighbours(n, found, stems)
        for n, sentence in enumerate(found)
    ]


def _own(sentence: str, stems: list[str]) -> set[str]:
    """Return what the sentence says by itself."""
    names = {f"word {stem}" for stem in stems if stem.isalpha() and len(stem) <= _LONGEST_WORD}
    if stems:
        names |= {f"starts {stems[0]}", "starts " + " ".join(stems[:2])}
    length = next((limit for limit in _LENGTHS if len(sentence) <= limit), None)
    names.add(f"length to {length}" if length else "length over 360")
    facts = {
        "number": _NUMBER.search(sentence),
        "link": _LINK.search(sentence),
        "question": sentence.endswith("?"),
        "item": _ITEM.match(sentence),
        "points back": POINTS_BACK.match(sentence),
    }
    return names | {name for name, true in facts.items() if true}


def _share(subject: set[str], stems: list[str]) -> float:
    return len(subject.intersection(stems)) / len(subject) if subject else 0.0


def _titled(
    sentence: str, name: re.Pattern[str] | None, share: float, *, proposes: bool
) -> set[str]:
    """Return what the sentence has of the title: its words, the name before its colon."""
    facts = {
        "title over 25%": share > 0.25,
        "title over 50%": share > 0.5,
        "proposes half of the title": proposes and share >= 0.5,
        "proposes the title's method": name and _proposes(sentence, name),
    }
    return {fact for fact, true in facts.items() if true}


def _proposes(sentence: str, name: re.Pattern[str]) -> bool:
    """Tell whether the name comes soon after "we propose"."""
    verb = _PROPOSES.search(sentence)
    return bool(verb and name.search(sentence, verb.end(), verb.end() + _LONGEST_INTRODUCTION))


def _name(title: str) -> re.Pattern[str] | None:
    """Return what finds the name before the title's colon."""
    name, colon, _ = title.partition(":")
    if not colon or not 2 <= len(name) <= _LONGEST_NAME or not _NAME.fullmatch(name):
        return None
    return re.compile(rf"(?<!\w){re.escape(name.strip())}(?!\w)", re.IGNORECASE)


def _place(n: int, count: int) -> set[str]:
    tenth = min(9, int((n + 0.5) / count * 10))
    return {f"tenth {tenth}", f"from start {min(n, 7)}", f"from end {min(count - n, 7)}"}


def _near(
    n: int, proposes: list[bool], shows: list[bool], first: int | None, last: int | None
) -> set[str]:
    """Return how the sentence stands to those that propose and that show something."""
    nearest = {f"proposal {max(-3, min(3, n - first)):+d}"} if first is not None else None
    names = nearest or {"no proposal"}
    if last is not None and n >= last:
        names.add("last to show" if n == last else "after all that shows")
    facts = {
        "proposes": proposes[n],
        "shows": shows[n],
        "after proposing": n > 0 and proposes[n - 1],
        "before proposing": n + 1 < len(proposes) and proposes[n + 1],
        "after showing": n > 0 and shows[n - 1],
        "before showing": n + 1 < len(shows) and shows[n + 1],
    }
    return names | {name for name, true in facts.items() if true}


def _neighbours(n: int, found: Sequence[str], stems: list[list[str]]) -> set[str]:
    following = stems[n + 1][:2] if n + 1 < len(found) else []
    before = stems[n - 1][:2] if n else []
    names = {f"next starts {stem}" for stem in following if stem.isalpha()}
    names |= {f"last starts {stem}" for stem in before if stem.isalpha()}
    if n + 1 < len(found) and _ITEM.match(found[n + 1]):
        names.add("before item")
    return names
