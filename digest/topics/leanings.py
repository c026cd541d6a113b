"""What the plain words of a paper say about its topics, beyond the phrases of the catalogue.

Every word, and every pair of words that stand together, leans towards some topics and away from
others by a learnt weight: a linear model, fitted to what the phrases leave unexplained
(benchmarks/fit_topics.py). It knows only the topics of the shipped catalogue; a topic that an
operator adds is recognised by its phrases alone.
"""

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence

from digest.errors import InputError
from digest.ground.text.phrases import Key
from digest.ground.text.words import STOP_WORDS

_TITLE = 3  # a word of the title counts as often as three in the abstract
_SHORTEST = 12.0  # length below which a text is not scaled up: a title alone says little
_MOST = 50  # more often than this counts no more
_DAMPED = [0.0, *(1 + math.log(count) for count in range(1, _MOST + 1))]
_UNIT = 100  # weights are written in hundredths


def grams(parts: Sequence[Sequence[str]]) -> dict[Key, float]:
    """The words and pairs of a paper: word or pair -> how much of the paper; numbers left out.

    parts: the tokens of the title and of each sentence. Damped counts, divided by their
    Euclidean length, so that long and short abstracts weigh alike.
    """
    counts: dict[Key, int] = {}
    for number, part in enumerate(parts):
        times = 1 if number else _TITLE
        plain = [token for token in part if token not in STOP_WORDS]
        for gram in itertools.chain(zip(plain), itertools.pairwise(plain)):
            counts[gram] = counts.get(gram, 0) + times
    damped = {
        gram: _DAMPED[min(count, _MOST)]
        for gram, count in counts.items()
        if not (gram[0].isdigit() and gram[-1].isdigit())
    }
    length = max(_SHORTEST, math.sqrt(sum(value * value for value in damped.values())))
    return {gram: value / length for gram, value in damped.items()}


class Leanings:
    """Weights of words for topics, in odds; immutable."""

    def __init__(self, weights: Mapping[Key, Mapping[str, float]]) -> None:
        self._weights = {gram: tuple(topics.items()) for gram, topics in weights.items()}

    def of(self, parts: Sequence[Sequence[str]]) -> dict[str, float]:
        """How far the words of a paper move the odds of each topic; 0 for topics left out."""
        moved: dict[str, float] = {}
        if not self._weights:
            return moved
        for gram, value in grams(parts).items():
            for slug, weight in self._weights.get(gram, ()):
                moved[slug] = moved.get(slug, 0.0) + value * weight
        return moved


NO_LEANINGS = Leanings({})


def parse_leanings(data: bytes) -> Leanings:
    """Read a file of write_leanings; InputError names the first line that is wrong."""
    weights: dict[Key, dict[str, float]] = {}
    slugs: dict[str, str] = {}  # each is there a few hundred times
    for number, line in enumerate(data.decode("utf-8", "replace").splitlines(), start=1):
        if not line or line.startswith("#"):
            continue
        gram, _, listed = line.partition(":")
        try:
            pairs = [entry.split("=") for entry in listed.split()]
            weights[tuple(gram.split())] = {
                slugs.setdefault(slug, slug): int(n) / _UNIT for slug, n in pairs
            }
        except ValueError:
            raise InputError(f"Word weights: line {number} is not 'word: topic=number'.") from None
    return Leanings(weights)


def write_leanings(heading: Iterable[str], weights: Mapping[Key, Mapping[str, float]]) -> bytes:
    """The file for these weights, words in alphabetical order; weights that round to 0 left out."""
    lines = [f"# {line}" for line in heading]
    for gram in sorted(weights):
        rounded = {slug: round(weight * _UNIT) for slug, weight in weights[gram].items()}
        listed = " ".join(f"{slug}={number}" for slug, number in rounded.items() if number)
        if listed:
            lines.append(f"{' '.join(gram)}: {listed}")
    return ("\n".join(lines) + "\n").encode()
