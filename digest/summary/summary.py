"""One or two whole sentences of an abstract to decide on: the new idea, and what came of it.

Extractive: the abstract's own words. Only markup is rewritten (tex.py) and openers go (openers.py);
no sentence is cut, but for one that is longer than the room there is and better than all others:
it ends at a clause that leaves it complete and true. See REPORT.md for how it was measured.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from digest.ground.text.sentences import sentences
from digest.ground.text.tex import readable
from digest.ground.text.words import LONGEST_TEXT
from digest.summary.cues import POINTS_BACK, Weights, chances, features
from digest.summary.openers import without_opener

_MOST_SENTENCES = 40  # that are looked at; a real abstract has up to 25
_SHARPNESS = 1.5
_IDEA_BEFORE_RESULT = 1.3
_BOTH = 1.0
_LONE = 0.2  # of value lost by a sentence that points back to one that is not shown
_LEAST_GAIN = 0.1  # of value by a second sentence
_NO_MARK = 0.4  # ... by an end without a full stop
_WHOLE = re.compile(r"[.!?\u3002\uff01\uff1f][\"'\u201d\u2019)\]}]*$")
_TORN = re.compile(r"(?:\.\.|\u2026)[\"'\u201d\u2019)\]}]*$|[:;,\u2013\u2014-]$")
_ITEMS = tuple(
    (re.compile(rf"(?:^|\s)\(?{first}\)"), re.compile(rf"(?:^|\s)\(?{second}\)"))
    for first, second in (("1", "2"), ("i", "ii"), ("I", "II"), ("a", "b"))
)
# What may follow a cut: a remark, never a condition, an exception or the other side of a contrast.
_CLAUSE = re.compile(
    r";\s|\s\u2014\s?|\s\u2013\s|\u2014"
    r"|,\s(?:(?:and |or )?(?:thereby|thus|hence|while|whereas|so that)\b|which|who|where|whose"
    r"|(?:with|leading|making|achieving|enabling|allowing|showing|demonstrating|outperforming"
    r"|resulting|improving|reducing|providing|yielding|ensuring|offering|including|highlighting"
    r"|suggesting|establishing|surpassing|facilitating|supporting|addressing|covering|spanning"
    r"|indicating|revealing|giving|delivering)\b|(?:and|so) (?:we|it|they|our|this|that)\b"
    r"|such as|e\.g\.|i\.e\.|ranging|particularly|especially|as well as|respectively)"
)
_WEAK_CLAUSE = re.compile(
    r"[,:]\s(?!(?:and|or|nor|but|yet|if|unless|except|only|not|without|when|provided|although|though"
    r"|rather|however|albeit|until|because|since)\b)"
)
_LIMITS = re.compile(
    r"\b(?:but|unless|except|only if|if|provided|although|though|albeit|not)\b", re.I
)
_OPEN_START = re.compile(
    r"(?:while|although|when|if|since|by|with|given|to|despite|because|as|unlike|through|using|for"
    r"|in|on|based|built|building|motivated|inspired|compared|beyond|from|at|across|under|after"
    r"|during|rather|instead|unlike|driven|leveraging|whereas|though|even|once)\b",
    re.IGNORECASE,
)
_SUBJECT = re.compile(r",\s(?:we|our|it|this|the|these|an?|they|each|all|[A-Z][\w-]*)\b")
_SHORTEST_CUT = 60


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
        shown = [_as_shown(found, n) for n in range(len(found))]
        names = features(found, title)
        idea = _sharp(chances(names, self.weights.idea))
        result = _sharp(chances(names, self.weights.result))
        values = [_IDEA_BEFORE_RESULT * idea[n] + result[n] for n in range(len(found))]
        best = max(range(len(found)), key=lambda n: values[n], default=0)
        if found and len(shown[best]) > limit:
            shown[best] = shorter(shown[best], limit)
        fitting = [n for n, text in enumerate(shown) if text and len(text) <= limit]
        if not fitting:
            cuts = (_last_resort(_as_shown(found, n), limit) for n in _by(values))
            return [cut for cut in cuts if cut][:1]
        penalties = [_LONE * bool(POINTS_BACK.match(text)) for text in shown]

        def value(chosen: tuple[int, ...]) -> float:
            new = sum(idea[n] for n in chosen)
            came = sum(result[n] for n in chosen)
            loss = sum(penalties[n] for n in chosen if n - 1 not in chosen)
            loss += sum(_NO_MARK for n in chosen if not _WHOLE.search(found[n]))
            loss += _LEAST_GAIN * len(chosen)
            return _IDEA_BEFORE_RESULT * new + came + _BOTH * new * came - loss

        chosen = max(_sets(fitting, shown, limit), key=value)
        return [shown[n] for n in chosen]


def shorter(sentence: str, limit: int) -> str:
    """Return the sentence up to a clause that can be left out, with a full stop; "" if none can."""
    ends = [found.start() for found in _CLAUSE.finditer(sentence[: limit + 10])]
    return next((cut for end in reversed(ends) if (cut := _cut(sentence, end, limit))), "")


def _last_resort(sentence: str, limit: int) -> str:
    """Return any beginning of an endless sentence that is whole; "" when there is none."""
    if len(sentence) <= limit and not _TORN.search(sentence):
        return sentence
    if cut := shorter(sentence, limit):
        return cut
    ends = [found.start() for found in _WEAK_CLAUSE.finditer(sentence[: limit + 10])]
    return next((cut for end in reversed(ends) if (cut := _cut(sentence, end, limit))), "")


def _cut(sentence: str, end: int, limit: int) -> str:
    kept = sentence[:end].rstrip(" ,;:\u2013\u2014-")
    complete = not _OPEN_START.match(kept) or _SUBJECT.search(kept)
    if not (_SHORTEST_CUT <= len(kept) < limit and complete and _balanced(kept)):
        return ""
    if _LIMITS.match(sentence[end:].lstrip(" ,;:\u2013\u2014-")):
        return ""
    if _TORN.search(kept):
        return ""
    return kept if _WHOLE.search(kept) else f"{kept}."


def _balanced(text: str) -> bool:
    pairs = (("(", ")"), ("[", "]"), ("{", "}"), ("\u201c", "\u201d"))
    return all(text.count(a) == text.count(b) for a, b in pairs) and text.count('"') % 2 == 0


def _as_shown(found: Sequence[str], n: int) -> str:
    """Return a sentence without its opener; one that the abstract does not end is none."""
    if _TORN.search(found[n]) or _torn_list(found[n]):
        return ""
    text = without_opener(found[n])
    return text if _WHOLE.search(text) else f"{text}."


def _torn_list(sentence: str) -> bool:
    """Tell whether a list goes on in the next sentence, or began in the one before."""
    return any(
        bool(first.search(sentence)) != bool(second.search(sentence)) for first, second in _ITEMS
    )


def _sets(fitting: Sequence[int], shown: Sequence[str], limit: int) -> Iterator[tuple[int, ...]]:
    yield from ((n,) for n in fitting)
    for pair in combinations(fitting, 2):
        if len(shown[pair[0]]) + 1 + len(shown[pair[1]]) <= limit:
            yield pair


def _sharp(likely: Sequence[float]) -> list[float]:
    powers = [chance**_SHARPNESS for chance in likely]
    total = sum(powers) or 1.0
    return [power / total for power in powers]


def _by(values: Sequence[float]) -> list[int]:
    return sorted(range(len(values)), key=lambda n: -values[n])
