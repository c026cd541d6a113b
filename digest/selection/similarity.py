"""Compute how similar papers are: the cosine of TF-IDF vectors over stems of title and abstract.

    weight of a term in a paper = (1 + ln count) x ln((1 + papers) / papers that have it)

A word of the title counts twice. Similarities are whole thousandths: in the real dumps half of all
pairs have under 35, one in a hundred more than 130, and of those above 200 nearly all are on the
same narrow subject (docs/why/selection.md).
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from digest.ground.text.words import content, tokens
from digest.model import Paper

_THOUSAND = 1000
_TITLE_COUNTS = 2


class Similarity:
    """The papers of one edition by position, ready to be compared with any paper.

    alike: for each position that has any, the others with a similarity of at least `level`
    (thousandths). Making it takes about a millisecond per paper, a comparison with all papers half.
    """

    def __init__(self, papers: Sequence[Paper], level: int) -> None:
        self.size = len(papers)
        counts = [_counts(paper) for paper in papers]
        having = Counter(term for terms in counts for term in terms)
        self._rarity = {term: math.log((1 + self.size) / n) for term, n in having.items()}
        vectors = [self._unit(terms) for terms in counts]
        found: dict[str, list[int]] = {}
        for position, vector in enumerate(vectors):
            for term in vector:
                found.setdefault(term, []).append(position)
        self._postings = {
            term: (np.array(at), np.array([vectors[position][term] for position in at]))
            for term, at in found.items()
        }
        self.alike = self._pairs(vectors, level)

    def to(self, paper: Paper) -> NDArray[np.float64]:
        """Return how similar each paper of the edition is to `paper`; its topics do not matter.

        Shape (papers,), whole numbers from 0 to 1000.
        """
        return self._to(self._unit(_counts(paper)))

    def _pairs(
        self, vectors: Sequence[Mapping[str, float]], level: int
    ) -> dict[int, frozenset[int]]:
        found: dict[int, set[int]] = {}
        for position, vector in enumerate(vectors):
            later = self._to(vector)[position + 1 :] >= level  # each pair once, so both agree
            for other in (np.flatnonzero(later) + position + 1).tolist():
                found.setdefault(position, set()).add(other)
                found.setdefault(other, set()).add(position)
        return {position: frozenset(others) for position, others in found.items()}

    def _to(self, vector: Mapping[str, float]) -> NDArray[np.float64]:
        sums = np.zeros(self.size)
        for term, weight in vector.items():
            if term in self._postings:
                positions, weights = self._postings[term]
                sums[positions] += weight * weights
        whole: NDArray[np.float64] = np.rint(sums * _THOUSAND)
        return whole

    def _unit(self, counts: Mapping[str, int]) -> dict[str, float]:
        """Return the vector of length 1; terms that are not in the edition count as the rarest."""
        rarest = math.log(1 + self.size)
        weights = {
            term: (1 + math.log(count)) * self._rarity.get(term, rarest)
            for term, count in counts.items()
        }
        length = math.sqrt(math.fsum(weight**2 for weight in weights.values()))
        return {term: weight / length for term, weight in weights.items()} if length else {}


def _counts(paper: Paper) -> dict[str, int]:
    counts: dict[str, int] = {}
    for text, times in ((paper.title, _TITLE_COUNTS), (paper.abstract, 1)):
        for stem in content(tokens(text)):
            counts[stem] = counts.get(stem, 0) + times
    return counts
