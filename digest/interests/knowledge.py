"""What is known before any paper is read: names, how common words are, what goes together.

The learnt part is one file of whole numbers, which benchmarks/learn_interests.py writes and every
version of NumPy reads; names and German words are readable files.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digest.interests.names import Key, Names, parse_names, parse_words

Int8s = NDArray[np.int8]

_NAME_PAPERS = 8  # papers that have two words side by side, so that the two may be one name
_NAME_SHARE = 0.12  # of the papers that have the rarer of the two
_SHORTEST = 6  # letters; a shorter word that nobody knows is rather a name than a slip
_COMMON = 5  # papers that a word must be in to be what was meant


@dataclass(frozen=True, slots=True)
class Learnt:
    """Facts about stems and pairs of neighbouring stems ("a b") in the abstracts read.

    papers: how many were read. words: how many tokens. found_in: term -> papers that have it.
    counts: stem -> occurrences. rows: term -> row of `vectors`.
    vectors: the meaning of each term; terms that go together point the same way.
    """

    papers: int
    words: int
    found_in: Mapping[str, int]
    counts: Mapping[str, int]
    rows: Mapping[str, int]
    vectors: Int8s

    def rarity(self, term: str) -> float:
        """ln of papers / papers that have the term: 0 for one that all have."""
        return math.log(self.papers / max(1, self.found_in.get(term, 1)))

    def share(self, stem: str) -> float:
        """The share of a stem in all words: how likely the next word is this one by chance."""
        return self.counts.get(stem, 1) / self.words

    def is_name(self, first: str, second: str) -> bool:
        """Whether two stems stand side by side so often that they are one name."""
        together = self.found_in.get(f"{first} {second}", 0)
        rarer = min(self.found_in.get(first, 0), self.found_in.get(second, 0))
        return together >= _NAME_PAPERS and together >= _NAME_SHARE * rarer


def parse_learnt(file: Mapping[str, NDArray[Any]]) -> Learnt:
    """Read the file of learnt numbers."""
    terms = str(file["terms"].tobytes(), "utf-8").split("\n")
    found_in = file["found_in"].tolist()
    counts = file["counts"].tolist()
    papers, words = file["totals"].tolist()
    vectors = file["vectors"]
    return Learnt(
        papers=papers,
        words=words,
        found_in=dict(zip(terms, found_in, strict=True)),
        counts={t: n for t, n in zip(terms, counts, strict=True) if " " not in t},
        rows={term: row for row, term in enumerate(terms[: len(vectors)])},
        vectors=vectors,
    )


class Speller:
    """Corrects a misspelt word: one slip away from a word that papers use."""

    def __init__(self, found_in: Mapping[str, int]) -> None:
        """Take stem -> papers that have it."""
        self._known = found_in
        self._by_start: dict[str, list[str]] = {}
        for stem, papers in found_in.items():
            if papers >= _COMMON and " " not in stem and len(stem) >= _SHORTEST - 1:
                self._by_start.setdefault(stem[0], []).append(stem)
        self.correct = lru_cache(4096)(self._correct)

    def _correct(self, stem: str) -> str | None:
        """The stem that was meant, or None when the word is known or nothing is near."""
        if len(stem) < _SHORTEST or not stem.isalpha() or not stem.isascii():
            return None
        if stem in self._known:
            return None
        near = (other for other in self._by_start.get(stem[0], ()) if _one_slip(stem, other))
        return _commonest(near, self._known)


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What does not depend on the papers: read once, shared by all indexes."""

    learnt: Learnt
    names: Names
    foreign: Mapping[Key, str]
    speller: Speller


def parse_knowledge(learnt: Mapping[str, NDArray[Any]], names: str, foreign: str) -> Knowledge:
    """Read the files of learnt numbers, of names and abbreviations, and of foreign words."""
    known = parse_learnt(learnt)
    return Knowledge(known, parse_names(names), parse_words(foreign), Speller(known.found_in))


def _commonest(stems: Iterable[str], found_in: Mapping[str, int]) -> str | None:
    return max(stems, key=lambda stem: (found_in[stem], stem), default=None)


def _one_slip(word: str, other: str) -> bool:
    """Whether one letter more, less or other, or two swapped, turns one into the other."""
    short, long = sorted((word, other), key=len)
    if len(long) - len(short) > 1:
        return False
    start = 0
    while start < len(short) and short[start] == long[start]:
        start += 1
    if len(short) < len(long):
        return short[start:] == long[start + 1 :]
    if short[start + 1 :] == long[start + 1 :]:
        return True
    swapped = short[start : start + 2][::-1] == long[start : start + 2]
    return swapped and short[start + 2 :] == long[start + 2 :]
