"""The words and pairs of words of a paper, by place, with whole numbers for how often.

A gram is a stem or two neighbouring stems ("kv cach") without stop words. It is there for the
whole paper, and once more, marked, for the title, the claim and the first sentence: a topic
that is only mentioned seldom stands there.
"""

import itertools
import math
from collections.abc import Mapping, Sequence

from digest.ground.text.words import content, stem
from digest.topics.parts import Part

MARKS = {"title": "^", "claim": "!", "first": "<"}
UNIT = 100  # counts are in hundredths
_TITLE = 3  # a word of the title counts as often as three in the abstract
_MOST = 50  # more often than this counts no more
_DAMPED = [0, *(round(UNIT * (1 + math.log(count))) for count in range(1, _MOST + 1))]
_SHORTEST = 10 * UNIT  # length below which a text is not scaled up: a title alone says little


def grams_of(parts: Sequence[Part]) -> dict[str, int]:
    """Count the grams of a paper: gram -> damped count in hundredths; numbers left out."""
    counts: dict[str, int] = {}
    for part in parts:
        stems = content([stem(word) for word in part.words])
        found = [token for token in stems if not token.isdigit()]
        found += [
            f"{first} {second}"
            for first, second in itertools.pairwise(stems)
            if not (first.isdigit() and second.isdigit())
        ]
        times = _TITLE if part.place == "title" else 1
        mark = MARKS.get(part.place)
        for gram in found:
            counts[gram] = counts.get(gram, 0) + times
            if mark:
                marked = mark + gram
                counts[marked] = counts.get(marked, 0) + 1
    return {gram: _DAMPED[min(count, _MOST)] for gram, count in counts.items()}


def length_of(grams: Mapping[str, int]) -> float:
    """Return the Euclidean length by which counts are divided, so that all texts weigh alike."""
    return max(float(_SHORTEST), math.sqrt(sum(value * value for value in grams.values())))
