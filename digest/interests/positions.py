"""Where each stem stands in each paper: the words of an edition as flat arrays.

A paper is a row of passages of stems: the title, then each sentence of the abstract.

Every token has a place. Places grow by one from word to word and by GAP from sentence to sentence
and from paper to paper, so that two tokens in different sentences are never near.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from digest.ground.text.sentences import sentences
from digest.ground.text.words import LONGEST_TEXT, STOP_WORDS, stem, tokens

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Passages = Sequence[Sequence[str]]  # the stems of the title, then those of each sentence

GAP = 64
STOP_STEMS = frozenset(stem(word) for word in STOP_WORDS)
_TITLE_WEIGHT = 3.0
_NOWHERE: Ints = np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Spots:
    """Occurrences of something: places in growing order, and how much each counts (0 to 1]."""

    places: Ints
    strengths: Floats

    def __len__(self) -> int:
        return len(self.places)


NO_SPOTS = Spots(_NOWHERE, np.zeros(0))


@dataclass(frozen=True, slots=True)
class WordTable:
    """The words of some papers, ready to be looked up and to be kept.

    stems: each once. places, ends: those of stem n are places[ends[n]:ends[n + 1]], in growing
    order. starts: the first place of each paper. passages: the first place of each passage.
    first_passages: the number of each paper's first passage.
    """

    stems: tuple[str, ...]
    places: Ints
    ends: Ints
    starts: Ints
    passages: Ints
    first_passages: Ints


def word_table(papers: Sequence[Passages]) -> WordTable:
    """Return the table of the passages of each paper: the title first."""
    numbers: dict[str, int] = {}
    terms: list[int] = []
    places: list[int] = []
    starts: list[int] = []
    passages_at: list[int] = []
    first_passages: list[int] = []
    place = 0
    for passages in papers:
        starts.append(place)
        first_passages.append(len(passages_at))
        for stems in passages:
            passages_at.append(place)
            terms.extend([numbers.setdefault(one, len(numbers)) for one in stems])
            places.extend(range(place, place + len(stems)))
            place += len(stems) + GAP
    found = np.array(terms, dtype=np.int64)
    order = np.argsort(found, kind="stable")
    counts = np.bincount(found, minlength=len(numbers))
    return WordTable(
        stems=tuple(numbers),
        places=np.array(places, dtype=np.int64)[order],
        ends=np.concatenate(([0], np.cumsum(counts))).astype(np.int64),
        starts=np.array(starts, dtype=np.int64),
        passages=np.array(passages_at, dtype=np.int64),
        first_passages=np.array(first_passages, dtype=np.int64),
    )


class Positions:
    """The places of all stems. Immutable, and safe in any number of threads."""

    def __init__(self, table: WordTable) -> None:
        self.size = len(table.starts)
        self._numbers = {stem: number for number, stem in enumerate(table.stems)}
        self._starts = table.starts
        self._passages = table.passages
        self._first_passages = table.first_passages
        self._places = table.places
        self._ends = table.ends.tolist()

    def __contains__(self, stem: str) -> bool:
        return stem in self._numbers

    def of(self, stem: str) -> Ints:
        """The places of a stem, in growing order."""
        number = self._numbers.get(stem)
        if number is None:
            return _NOWHERE
        return self._places[self._ends[number] : self._ends[number + 1]]

    def of_key(self, key: Sequence[str]) -> Ints:
        """The places where the stems of `key` stand in a row: those of its first stem."""
        if any(one not in self._numbers for one in key):
            return _NOWHERE
        found = self.of(key[0])
        for offset, following in enumerate(key[1:], start=1):
            if not len(found):
                break
            found = found[_among(found + offset, self.of(following))]
        return found

    def papers(self, places: Ints) -> Ints:
        """The paper of each place."""
        return np.searchsorted(self._starts, places, side="right") - 1

    def sentences(self, places: Ints, papers: Ints) -> Ints:
        """The sentence of each place, of the given paper: 0 for the title."""
        passages = np.searchsorted(self._passages, places, side="right") - 1
        return passages - self._first_passages[papers]


def _among(wanted: Ints, sorted_places: Ints) -> NDArray[np.bool_]:
    at = np.searchsorted(sorted_places, wanted)
    at[at == len(sorted_places)] = 0
    same: NDArray[np.bool_] = sorted_places[at] == wanted
    return same


def passages_of(title: str, abstract: str) -> list[list[str]]:
    """The stems of the title and of each sentence, stop words included."""
    return [stems_of(title), *map(stems_of, sentences(abstract[:LONGEST_TEXT]))]


def stems_of(text: str) -> list[str]:
    """The stems of a text as they are looked for, stop words included."""
    stems = tokens(text)
    return _benches_apart(stems) if any(map(_is_bench, stems)) else stems


def _is_bench(stem: str) -> bool:
    return stem.endswith("bench") and len(stem) > len("bench")


def _benches_apart(stems: list[str]) -> list[str]:
    """The stems with "IQBench" as two words: what it is stands in the name only."""
    apart: list[str] = []
    for one in stems:
        apart += [one.removesuffix("bench"), "bench"] if _is_bench(one) else [one]
    return apart


def terms_of(parts: Sequence[Sequence[str]]) -> dict[str, float]:
    """Count stems and pairs of neighbours without stop words; those of the title count more."""
    counts: dict[str, float] = {}
    for number, stems in enumerate(parts):
        weight = 1.0 if number else _TITLE_WEIGHT
        for one in stems:
            if one not in STOP_STEMS:
                counts[one] = counts.get(one, 0.0) + weight
        for first, second in pairwise(stems):
            if first not in STOP_STEMS and second not in STOP_STEMS:
                pair = f"{first} {second}"
                counts[pair] = counts.get(pair, 0.0) + weight
    return counts


def merged(parts: Sequence[tuple[Ints, float | Floats]]) -> Spots:
    """Bring occurrences of several forms together; at one place the strongest counts."""
    kept = [(places, strength) for places, strength in parts if len(places)]
    if not kept:
        return NO_SPOTS
    places = np.concatenate([places for places, _ in kept])
    strengths = np.concatenate(
        [np.broadcast_to(np.asarray(strength, dtype=np.float64), len(p)) for p, strength in kept]
    )
    order = np.lexsort((-strengths, places))
    places, strengths = places[order], strengths[order]
    first = np.concatenate(([True], places[1:] != places[:-1]))
    return Spots(places[first], strengths[first])
