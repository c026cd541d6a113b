"""Where a unit of an interest occurs: as its own words, under another name, or words near by."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from digest.interests.coordination import Key
from digest.interests.knowledge import Learnt
from digest.interests.names import Names
from digest.interests.positions import Floats, Ints, Positions, Spots, merged
from digest.interests.reading import Facet, Unit

# What an occurrence counts beside the reader's own words in a row, which count 1.
SAME = 0.8  # another name for the same
NEAR = 0.6  # a narrower or neighbouring name
LOOSE = 0.9  # the words of a name near each other, not in a row; times how near
APART = 0.35  # of that, for a known name with its words far apart or the other way round

WINDOW = 24  # words; farther apart is not near, and a sentence's end is farther (positions.GAP)
_BETWEEN = 3  # words from one to the next; "world dynamics model" is a world model
_ACCIDENT = 3.0  # how strongly the commonness of a word speaks against nearness by accident
_LEAST = 0.1  # what is weaker is not kept
_KEPT = 1024  # units with their strongest occurrences, some KB each
_LINKS = {"own": "", "same": ", another name for {}", "near": ", which goes with {}", "loose": ""}


@dataclass(frozen=True, slots=True)
class Form:
    """One way in which a unit occurs. kind: "own", "same", "near" or "loose"."""

    kind: str
    text: str
    spots: Spots


class Occurrences:
    """Finds units in the papers of one edition."""

    def __init__(self, positions: Positions, learnt: Learnt, names: Names) -> None:
        """Take where words stand, how common they are, and what they are also called."""
        self._positions = positions
        self._learnt = learnt
        self._names = names

    def of(self, unit: Unit) -> Spots:
        """All occurrences of a unit; at one place the strongest form counts."""
        found = merged([(form.spots.places, form.spots.strengths) for form in self.forms(unit)])
        name = self._names.get(unit.key)
        for key in name.never if name else ():
            found = self._without(found, key)
        return found

    def forms(self, unit: Unit) -> Iterator[Form]:
        """The occurrences of a unit, one form after the other."""
        yield self._form("own", unit.text, unit.key, 1.0)
        name = self._names.get(unit.key)
        if name is not None:
            for key, text in name.same.items():
                yield self._form("same", text, key, SAME)
            for key, text in name.near.items():
                yield self._form("near", text, key, NEAR)
        if len(unit.key) > 1:
            yield Form("loose", unit.text, self._loose(unit.key))

    def closeness(self, anchor: Ints, others: Spots, chance: float) -> Floats:
        """How near each place is to others: 1 side by side, 0 in another sentence.

        chance: the share of all words that the others have; "model" is near everything.
        """
        if not len(others):
            return np.zeros(len(anchor))
        nearest, distance = _nearest(anchor, others.places)
        close = np.exp(-_ACCIDENT * chance * np.maximum(0, distance - 2))
        close = np.rint(1000 * close) / 1000
        return np.where(distance <= WINDOW, close * others.strengths[nearest], 0.0)

    def _without(self, found: Spots, key: Key) -> Spots:
        """The occurrences that are no part of another name: the law in "scaling law"."""
        taken = self._positions.of_key(key)
        inside = np.isin(found.places, [taken + offset for offset in range(len(key))])
        return Spots(found.places[~inside], found.strengths[~inside])

    def _form(self, kind: str, text: str, key: Key, strength: float) -> Form:
        places = self._positions.of_key(key)
        return Form(kind, text, Spots(places, np.full(len(places), strength)))

    def _loose(self, key: Sequence[str]) -> Spots:
        words = sorted(set(key), key=lambda word: (-self._learnt.rarity(word), word))
        anchor = self._positions.of(words[0])
        strengths = np.full(len(anchor), LOOSE)
        known = self._names.get(tuple(key)) is not None
        for word in words[1:]:
            places = self._positions.of(word)
            if known and len(places):
                later = key.index(word) > key.index(words[0])
                in_order = _follows(anchor, places) if later else _follows(anchor, places, -1)
                strengths = np.where(in_order, strengths, APART * strengths)
            others = Spots(places, np.ones(len(places)))
            strengths = strengths * self.closeness(anchor, others, self._learnt.share(word))
        kept = strengths >= _LEAST
        return Spots(anchor[kept], strengths[kept])


class Shown(NamedTuple):
    """The strongest occurrence of a unit in one paper. sentence: 0 for the title. See `Form`."""

    sentence: int
    kind: str
    text: str


class Reasons:
    """Finds the occurrences that speak for a match, in the papers of one edition.

    A unit is looked up in all papers at once, since many readers ask for the same.
    """

    def __init__(self, positions: Positions, occurrences: Occurrences) -> None:
        """Take where words stand, and what finds units."""
        self._positions = positions
        self._occurrences = occurrences
        self._strongest = lru_cache(_KEPT)(self._find_strongest)

    def why(self, facet: Facet, number: int) -> str:
        """The strongest occurrence of each unit in a paper, the title's before the abstract's."""
        return "; ".join(self._reason(unit, number) for unit in facet.units)

    def words(self, facet: Facet, number: int) -> list[str]:
        """Return the names or words of the units that the paper has word for word."""
        found = [self._strongest(unit).get(number) for unit in facet.units]
        return list(dict.fromkeys(one.text for one in found if one and one.kind != "loose"))

    def _reason(self, unit: Unit, number: int) -> str:
        found = self._strongest(unit).get(number)
        if found is None:
            return f"no “{unit.text}”"
        sentence, kind, text = found
        where = "in the title" if sentence == 0 else f"in sentence {sentence} of the abstract"
        shown = f"the words of “{text}”" if kind == "loose" else f"“{text}”"
        return f"{shown} {where}{_LINKS[kind].format(f'“{unit.text}”')}"

    def _find_strongest(self, unit: Unit) -> dict[int, Shown]:
        """Return the strongest occurrence in each paper that has any; one in the title counts more.

        Of equals the one that comes sooner, then the form that comes first.
        """
        best: dict[int, tuple[float, int]] = {}
        found: dict[int, Shown] = {}
        for form in self._occurrences.forms(unit):
            papers = self._positions.papers(form.spots.places)
            sentences = self._positions.sentences(form.spots.places, papers)
            strengths = form.spots.strengths + 0.5 * (sentences == 0)
            columns = (papers.tolist(), strengths.tolist(), sentences.tolist())
            for paper, strength, sentence in zip(*columns, strict=True):
                if paper not in best or (strength, -sentence) > best[paper]:
                    best[paper] = (strength, -sentence)
                    found[paper] = Shown(sentence, form.kind, form.text)
        return found


def _follows(anchor: Ints, places: Ints, way: int = 1) -> NDArray[np.bool_]:
    """Whether one of `places` comes soon after each place of `anchor`; before it, if way is -1."""
    found = [np.isin(anchor + way * step, places) for step in range(1, _BETWEEN + 1)]
    soon: NDArray[np.bool_] = np.any(found, axis=0)
    return soon


def _nearest(anchor: Ints, places: Ints) -> tuple[Ints, Ints]:
    """For each place of `anchor` the nearest of `places`: which one, and how far away."""
    right = np.searchsorted(places, anchor)
    left = np.maximum(right - 1, 0)
    right = np.minimum(right, len(places) - 1)
    from_left, from_right = np.abs(anchor - places[left]), np.abs(places[right] - anchor)
    nearer = from_left <= from_right
    return np.where(nearer, left, right), np.where(nearer, from_left, from_right)
