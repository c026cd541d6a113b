"""Likeness of papers as far as it was learnt: by the words that go together, and by topics.

All numbers are whole (held in float64, where sums of that size are exact), so that every machine
finds the same whatever the order in which it adds.
"""

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np

from digest.interests.knowledge import Learnt
from digest.interests.positions import Floats, Passages, terms_of

_WEIGHT_SCALE = 16
_UNIT_SCALE = 4096  # a direction's length, before its parts are rounded
_FEEDBACK = 8  # papers at most that answer an interest for sure, and tell what is like them


class Meanings:
    """The papers of one edition as directions in the space that was learnt."""

    def __init__(self, papers: Floats, learnt: Learnt) -> None:
        """Take the `meanings` of the papers."""
        self._papers = papers
        self._sums = _Sums(learnt)

    def to_words(self, stems: Sequence[str]) -> Floats:
        """How much each paper points the way of some words, in [-1, 1]."""
        return _alike(self._papers, self._sums.of(terms_of([(), stems])))

    def to_papers(self, sure: Floats) -> Floats:
        """How much each paper points the way of those that answer best, in [-1, 1].

        sure: how sure each paper answers; 0 for one that shall not speak. All 0 without any.
        """
        return _alike(self._papers, _best(sure) @ self._papers)


def meanings(papers: Sequence[Passages], learnt: Learnt) -> Floats:
    """Return where papers with these passages point; shape (papers, width of what was learnt)."""
    sums = _Sums(learnt)
    rows = [sums.of(terms_of(paper)) for paper in papers]
    return _direction(np.array(rows).reshape(len(papers), learnt.vectors.shape[1]))


class _Sums:
    """Adds up what was learnt of terms."""

    def __init__(self, learnt: Learnt) -> None:
        self._learnt = learnt
        self._weight = lru_cache(65_536)(self._weight_of)

    def of(self, terms: Mapping[str, float]) -> Floats:
        row_of = self._learnt.rows
        known = [term for term in terms if term in row_of]
        weights = np.array([self._weight(term, terms[term]) for term in known], dtype=np.float64)
        vectors = self._learnt.vectors[[row_of[term] for term in known]]
        found: Floats = weights @ vectors.astype(np.float64)
        return found

    def _weight_of(self, term: str, count: float) -> int:
        return round(_WEIGHT_SCALE * (1 + math.log(count)) * self._learnt.rarity(term))


class Topics:
    """The topics of the papers of one edition as directions; a rare topic tells more."""

    def __init__(self, papers: Sequence[Mapping[str, float]]) -> None:
        """Take each paper's topics: slug -> confidence."""
        slugs = sorted({slug for topics in papers for slug in topics})
        rows = [[round(100 * topics.get(slug, 0.0)) for slug in slugs] for topics in papers]
        found = np.array(rows, dtype=np.float64).reshape(len(papers), len(slugs))
        given = found.sum(axis=0) / 100
        rare = np.log(np.maximum(1.0, len(papers) / (1 + given)))
        self._papers = _direction(found * np.rint(_WEIGHT_SCALE * rare))

    def to_papers(self, sure: Floats) -> Floats:
        """How much each paper has the topics of those that answer best, in [0, 1]."""
        return _alike(self._papers, _best(sure) @ self._papers)


def _best(sure: Floats) -> Floats:
    """The papers that answer best, by how sure that is, in whole numbers; 0 for all others."""
    best = np.argsort(-sure, kind="stable")[:_FEEDBACK]
    weights = np.zeros(len(sure))
    weights[best] = np.rint(100 * sure[best])
    return weights


def _alike(papers: Floats, way: Floats) -> Floats:
    return (papers @ _direction(way)) / _UNIT_SCALE**2


def _direction(vectors: Floats) -> Floats:
    """Vectors of the length _UNIT_SCALE in whole numbers; zeros stay zeros."""
    lengths = np.sqrt((vectors * vectors).sum(axis=-1, keepdims=True))
    found: Floats = np.rint(_UNIT_SCALE * vectors / np.maximum(lengths, 1.0))
    return found
