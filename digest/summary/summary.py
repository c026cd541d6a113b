"""One or two whole sentences of an abstract to decide on: the new idea, and what came of it.

Extractive: the abstract's own words. Only markup is rewritten (tex.py), openers go (openers.py),
and a closing remark goes where idea and result would not fit together otherwise (clauses.py):
what is shown is always a sentence that is complete and true by itself.
"""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from digest.ground.text.sentences import sentences
from digest.ground.text.tex import readable
from digest.ground.text.words import LONGEST_TEXT
from digest.summary.clauses import beginnings, is_torn, is_whole, last_resort
from digest.summary.cues import POINTS_BACK, Weights, chances, features
from digest.summary.openers import without_opener

_MOST_SENTENCES = 40  # that are looked at; a real abstract has up to 25
_MOST_CANDIDATES = 6  # the best ones, of which pairs are made
_MOST_CUTS = 2  # of a sentence
_SHARPNESS = 1.1
_IDEA_BEFORE_RESULT = 1.25
_BOTH = 2.0
_LONE = 0.2  # of value lost by a sentence that points back to one that is not shown
_LEAST_GAIN = 0.1  # of value by a second sentence
_NO_MARK = 0.4  # ... by an end without a full stop
_CUT = 0.15  # ... of its value by a sentence whose remark is gone
_ITEMS = tuple(
    (re.compile(rf"(?:^|\s)\(?{first}\)"), re.compile(rf"(?:^|\s)\(?{second}\)"))
    for first, second in (("1", "2"), ("i", "ii"), ("I", "II"), ("a", "b"))
)


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A sentence as it may be shown. loss: of value; back: what of it is for pointing back."""

    n: int
    text: str
    idea: float
    result: float
    loss: float
    back: float


@dataclass(frozen=True, slots=True)
class Summariser:
    """Makes summaries with learnt weights; immutable, safe in any number of threads."""

    weights: Weights

    def summarise(self, title: str, abstract: str, limit: int = 360) -> str:
        """Return one or two whole sentences of at most `limit` characters, or nothing.

        Raises ValueError when limit < 1.
        """
        if limit < 1:
            raise ValueError(f"summarise: limit={limit}")
        found = list(sentences(readable(abstract[:LONGEST_TEXT])))[:_MOST_SENTENCES]
        return " ".join(self.choose(readable(title), found, limit))

    def choose(self, title: str, found: Sequence[str], limit: int) -> list[str]:
        """Return the sentences to show, as they are to be shown, in their order."""
        names = features(found, title)
        idea = _sharp(chances(names, self.weights.idea))
        result = _sharp(chances(names, self.weights.result))
        values = [_IDEA_BEFORE_RESULT * a + b for a, b in zip(idea, result, strict=True)]
        order = sorted(range(len(found)), key=lambda n: -values[n])

        def candidates(chosen: Sequence[int]) -> list[_Candidate]:
            return [c for n in chosen for c in _candidates(found, n, idea[n], result[n], limit)]

        best = candidates(order[:_MOST_CANDIDATES]) or candidates(order[_MOST_CANDIDATES:])
        if not best:
            cuts = (last_resort(_as_shown(found[n]), limit) for n in order)
            return [cut for cut in cuts if cut][:1]
        return _best(best, limit)


def _candidates(
    found: Sequence[str], n: int, idea: float, result: float, limit: int
) -> Iterator[_Candidate]:
    """Yield the sentence as it is, if it fits, and then without its closing remarks."""
    whole = _as_shown(found[n])
    if not whole:
        return
    back = _LONE * bool(POINTS_BACK.match(whole))
    loss = _LEAST_GAIN + back + _NO_MARK * (not is_whole(found[n]))
    if len(whole) <= limit:
        yield _Candidate(n, whole, idea, result, loss, back)
    for _, cut in zip(range(_MOST_CUTS), beginnings(whole, limit), strict=False):
        yield _Candidate(n, cut, idea, result, loss + _CUT * (idea + result), back)


def _best(candidates: Sequence[_Candidate], limit: int) -> list[str]:
    """Return the one or two that are worth most of those that fit, in their order."""
    highest, chosen = -math.inf, [""]
    for one in candidates:
        value = _worth(one.idea, one.result) - one.loss
        if value > highest:
            highest, chosen = value, [one.text]
    for one, other in combinations(candidates, 2):
        if one.n == other.n or len(one.text) + len(other.text) >= limit:
            continue
        value = _worth(one.idea + other.idea, one.result + other.result) - one.loss - other.loss
        if abs(one.n - other.n) == 1:
            value += max(one, other, key=_place).back
        if value > highest:
            highest, chosen = value, [pick.text for pick in sorted((one, other), key=_place)]
    return chosen


def _worth(idea: float, result: float) -> float:
    return _IDEA_BEFORE_RESULT * idea + result + _BOTH * idea * result


def _place(candidate: _Candidate) -> int:
    return candidate.n


def _as_shown(sentence: str) -> str:
    """Return a sentence without its opener; one that the abstract does not end is none."""
    if is_torn(sentence) or _torn_list(sentence):
        return ""
    text = without_opener(sentence)
    return text if is_whole(text) else f"{text}."


def _torn_list(sentence: str) -> bool:
    """Tell whether a list goes on in the next sentence, or began in the one before."""
    return ")" in sentence and any(
        bool(first.search(sentence)) != bool(second.search(sentence)) for first, second in _ITEMS
    )


def _sharp(likely: Sequence[float]) -> list[float]:
    powers = [chance**_SHARPNESS for chance in likely]
    total = sum(powers) or 1.0
    return [power / total for power in powers]
