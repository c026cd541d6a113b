"""Compute how similar papers are: the cosine of TF-IDF vectors over stems of title and abstract.

    weight of a term in a paper = (1 + ln count) x ln((1 + papers) / papers that have it)

A word of the title counts twice. Similarities are whole thousandths: in the real dumps half of all
pairs have under 35, one in a hundred more than 130, and of those above 200 nearly all are on the
same narrow subject (docs/why/selection.md).
"""

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from digest.ground.text.words import content, tokens
from digest.model import Paper

_THOUSAND = 1000
_TITLE_COUNTS = 2


@dataclass(frozen=True, slots=True)
class TermTable:
    """The terms of some papers, ready to compare them with others and to be kept.

    size: how many papers. terms: each once. positions, weights: those of the papers with term n are
    between ends[n] and ends[n + 1], in growing order. pairs: two positions in each row, the lower
    one first, of papers with a similarity of at least the level.
    """

    size: int
    terms: tuple[str, ...]
    ends: NDArray[np.int64]
    positions: NDArray[np.int64]
    weights: NDArray[np.float64]
    pairs: NDArray[np.int64]


def term_table(papers: Sequence[Paper], level: int) -> TermTable:
    """Return the terms of papers; it takes about a millisecond each. level: thousandths."""
    counts = [_counts(paper) for paper in papers]
    having = Counter(term for terms in counts for term in terms)
    numbers = {term: number for number, term in enumerate(having)}
    ends = np.concatenate(([0], np.cumsum([*having.values()]))).astype(np.int64)
    vectors = [_unit(terms, having, len(papers)) for terms in counts]
    positions, weights = np.zeros(ends[-1], np.int64), np.zeros(ends[-1])
    filled = ends[:-1].tolist()
    for position, vector in enumerate(vectors):
        for term, weight in vector.items():
            number = numbers[term]
            positions[filled[number]], weights[filled[number]] = position, weight
            filled[number] += 1
    none = np.zeros((0, 2), dtype=np.int64)
    similarity = Similarity(TermTable(len(papers), (*having,), ends, positions, weights, none))
    pairs = np.concatenate([none, *similarity.pairs(vectors, level)])
    return TermTable(len(papers), (*having,), ends, positions, weights, pairs)


class Similarity:
    """The papers of one edition by position, ready to be compared with any paper.

    alike: for each position that has any, the others that are a pair with it. A comparison with all
    papers takes half a millisecond.
    """

    def __init__(self, table: TermTable) -> None:
        self._table = table
        self._ends = table.ends.tolist()
        found: dict[int, set[int]] = {}
        for one, other in table.pairs.tolist():
            found.setdefault(one, set()).add(other)
            found.setdefault(other, set()).add(one)
        self.alike = {position: frozenset(others) for position, others in found.items()}

    def to(self, paper: Paper) -> NDArray[np.float64]:
        """Return how similar each paper of the edition is to `paper`; its topics do not matter.

        Shape (papers,), whole numbers from 0 to 1000.
        """
        return self._to(_unit(_counts(paper), self._having, self._table.size))

    def pairs(
        self, vectors: Sequence[Mapping[str, float]], level: int
    ) -> Iterator[NDArray[np.int64]]:
        """Yield pairs of positions of the papers with these vectors; see `TermTable`."""
        for position, vector in enumerate(vectors):
            later = self._to(vector)[position + 1 :] >= level  # each pair once, so both agree
            others = np.flatnonzero(later) + position + 1
            yield np.stack([np.full(len(others), position), others], axis=1)

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {term: number for number, term in enumerate(self._table.terms)}

    @cached_property
    def _having(self) -> dict[str, int]:
        """How many papers have each term."""
        return dict(zip(self._table.terms, np.diff(self._table.ends).tolist(), strict=True))

    def _to(self, vector: Mapping[str, float]) -> NDArray[np.float64]:
        table, ends = self._table, self._ends
        sums = np.zeros(table.size)
        for term, weight in vector.items():
            number = self._numbers.get(term)
            if number is not None:
                having = slice(ends[number], ends[number + 1])
                sums[table.positions[having]] += weight * table.weights[having]
        whole: NDArray[np.float64] = np.rint(sums * _THOUSAND)
        return whole


def _unit(counts: Mapping[str, int], having: Mapping[str, int], size: int) -> dict[str, float]:
    """Return the vector of length 1 of a text; a term that no paper has counts as the rarest."""
    weights = {
        term: (1 + math.log(count)) * math.log((1 + size) / having.get(term, 1))
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
