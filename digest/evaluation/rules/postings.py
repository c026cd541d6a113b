"""Which term occurs in which paper, and how much: BM25 impacts in NumPy arrays.

A term is a stem or a pair of neighbouring stems. The impact of a term in a paper is the BM25
term-frequency part, tf (k1 + 1) / (tf + k1 (1 - b + b length / mean length)); the weight of a term
is ln(1 + (N - n + 0.5) / (n + 0.5)) for n of N papers (Robertson and Zaragoza, The Probabilistic
Relevance Framework: BM25 and Beyond, 2009, section 3).
"""

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


class Postings:
    """An immutable matrix of terms and papers, read term by term."""

    def __init__(self, papers: Sequence[Mapping[str, float]], *, k1: float, b: float) -> None:
        """Take each paper's terms and how often each occurs (a title may count several times)."""
        self.size = len(papers)
        vocabulary: dict[str, int] = {}
        terms: list[int] = []
        counts: list[float] = []
        sizes = [len(paper) for paper in papers]
        for paper in papers:
            for term, count in paper.items():
                terms.append(vocabulary.setdefault(term, len(vocabulary)))
                counts.append(count)
        self._vocabulary = vocabulary
        owners = np.repeat(np.arange(self.size), sizes)
        numbers = np.array(terms, dtype=np.int64)
        order = np.argsort(numbers, kind="stable")
        self._owners = owners[order]
        self._impacts = _impacts(np.array(counts), owners, self.size, k1, b)[order]
        frequencies = np.bincount(numbers, minlength=len(vocabulary))
        self._ends = np.concatenate(([0], np.cumsum(frequencies)))
        rare = [math.log1p((self.size - n + 0.5) / (n + 0.5)) for n in range(self.size + 1)]
        self._rare = np.array(rare, dtype=np.float32)
        self._weights = self._rare[frequencies]

    def weight(self, term: str) -> float:
        """How much a term tells papers apart; that of a term in no paper is the highest."""
        number = self._vocabulary.get(term)
        if number is None:
            return float(self._rare[0])
        return float(self._weights[number])

    def score(self, query: Mapping[str, float]) -> Floats:
        """The weighted sum of impacts for each paper; terms that no paper has add nothing."""
        scores = np.zeros(self.size, dtype=np.float32)
        for term, amount in query.items():
            number = self._vocabulary.get(term)
            if number is not None:
                found = slice(self._ends[number], self._ends[number + 1])
                scores[self._owners[found]] += (
                    np.float32(amount) * self._weights[number] * self._impacts[found]
                )
        return scores


def _impacts(
    counts: NDArray[np.float64], owners: NDArray[np.int64], size: int, k1: float, b: float
) -> Floats:
    lengths = np.bincount(owners, weights=counts, minlength=size)
    relative = lengths / max(float(lengths.mean()) if size else 0.0, 1e-9)
    bent = counts + k1 * (1 - b + b * relative[owners])
    return (counts * (k1 + 1) / bent).astype(np.float32)


def terms_of(
    title: Sequence[str], abstract: Sequence[str], *, title_weight: float
) -> dict[str, float]:
    """Count the stems of a paper and the pairs of neighbours; those of the title count more."""
    counts: dict[str, float] = {}
    for stems, weight in ((title, title_weight), (abstract, 1.0)):
        for term in (*stems, *(f"{a} {b}" for a, b in pairwise(stems))):
            counts[term] = counts.get(term, 0.0) + weight
    return counts
