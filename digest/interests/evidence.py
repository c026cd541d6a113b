"""What in a paper speaks for a facet of an interest: facts of plain words, without meaning.

The units of a facet count together where they stand near each other; how near is near enough
depends on how common a word is (`occurrences.py`).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from digest.interests.knowledge import Learnt
from digest.interests.names import Names
from digest.interests.occurrences import Occurrences
from digest.interests.positions import NO_SPOTS, Floats, Positions, Spots
from digest.interests.reading import Facet, Unit

_APART = 0.45  # what a unit counts that the paper has elsewhere
_ABSENT = 0.03  # what is left without a unit that is needed in full
_APART_LINKED = 0.6  # the same where a word like "for" stands between: "transformers for weather"
_RARE = 3.0  # rarity from which on a unit is needed in full: one paper in twenty
_POWER = 0.5  # how fast the need falls for words that are more common
_EMPTY_NEED = 0.08  # of "LLM" and the like
_EARLY = 3.0  # sentences; how fast a mention counts less the later it comes
KEPT_UNITS = 4096  # where they occur: some KB each
_BENT = 2.0  # mentions in as many sentences are worth half of ever so many


@dataclass(frozen=True, slots=True)
class Evidence:
    """Facts about one facet: arrays with a value in [0, 1] for each paper.

    title: the best joint mention in the title. best: the best anywhere.
    early: the best in the abstract, the sooner the better. spread: in how many sentences, bent.
    covered: the share of the units, by need, that the paper has at all. titled: in its title.
    """

    title: Floats
    best: Floats
    early: Floats
    spread: Floats
    covered: Floats
    titled: Floats

    def rounded(self) -> "Evidence":
        """The facts in thousandths, so that a last bit does not change a rank."""
        return Evidence(*(np.rint(1000 * getattr(self, f.name)) / 1000 for f in fields(self)))


class Evidences:
    """Finds the facts about facets in the papers of one edition."""

    def __init__(
        self,
        positions: Positions,
        occurrences: Occurrences,
        learnt: Learnt,
        names: Names,
        *,
        kept_units: int = KEPT_UNITS,
    ) -> None:
        """Take where words stand, what finds units, how common words are, and empty names.

        kept_units: of so many at most it is remembered where they occur.
        """
        self._kept_units = kept_units
        self._positions = positions
        self._occurrences = occurrences
        self._learnt = learnt
        self._names = names
        self._seen: dict[Unit, Spots] = {}

    def of(self, facet: Facet) -> Evidence:
        """The facts about a facet, for all papers."""
        needs = self.needs(facet)
        spots = [self._spots(unit) for unit in facet.units]
        has = [self._strongest(found) for found in spots]
        share = np.array(needs) / sum(needs)
        covered = share @ np.stack([row for row, _ in has])
        titled = share @ np.stack([row for _, row in has])
        joint = self._joint(facet, needs, spots, [row for row, _ in has])
        title, best, early, spread = self._gathered(joint)
        return Evidence(title, best, early, spread, covered, titled).rounded()

    def needs(self, facet: Facet) -> list[float]:
        """How much a paper must have each unit: 1 for the rarest, little for words like "LLM"."""
        raw = [self._need(unit) for unit in facet.units]
        return [need / max(raw) for need in raw]

    def _need(self, unit: Unit) -> float:
        if unit.key in self._names.empty:
            return _EMPTY_NEED
        pairs = (f"{a} {b}" for a, b in zip(unit.key, unit.key[1:], strict=False))
        rarity = max(self._learnt.rarity(term) for term in (*unit.key, *pairs))
        return max(_EMPTY_NEED, math.pow(min(1.0, rarity / _RARE), _POWER))

    def _spots(self, unit: Unit) -> Spots:
        """Where a unit occurs, kept: many interests have the same."""
        found = self._seen.get(unit)
        if found is None:
            if len(self._seen) >= self._kept_units:
                self._seen.clear()
            found = self._occurrences.of(unit)
            self._seen[unit] = found
        return found

    def _strongest(self, spots: Spots) -> tuple[Floats, Floats]:
        """The strongest occurrence in each paper: anywhere, and in the title."""
        anywhere, in_title = np.zeros(self._positions.size), np.zeros(self._positions.size)
        papers = self._positions.papers(spots.places)
        titles = self._positions.sentences(spots.places, papers) == 0
        np.maximum.at(anywhere, papers, spots.strengths)
        np.maximum.at(in_title, papers[titles], spots.strengths[titles])
        return anywhere, in_title

    def _joint(
        self, facet: Facet, needs: Sequence[float], spots: Sequence[Spots], has: Sequence[Floats]
    ) -> Spots:
        """How well each occurrence of the most needed unit has the others near it."""
        anchor = max(range(len(needs)), key=lambda n: (needs[n], -len(spots[n])))
        found = spots[anchor]
        if not len(found):
            return NO_SPOTS
        papers = self._positions.papers(found.places)
        strengths = found.strengths.copy()
        for number, (unit, need) in enumerate(zip(facet.units, needs, strict=True)):
            if number != anchor:
                chance = min(self._learnt.share(stem) for stem in unit.key)
                near = self._occurrences.closeness(found.places, spots[number], chance)
                linked = unit.linked or facet.units[anchor].linked
                apart = (_APART_LINKED if linked else _APART) * has[number][papers]
                strengths *= np.maximum(np.maximum(near, apart), _ABSENT) ** need
        return Spots(found.places, strengths)

    def _gathered(self, joint: Spots) -> tuple[Floats, Floats, Floats, Floats]:
        size = self._positions.size
        title, best, early, total = (np.zeros(size) for _ in range(4))
        papers = self._positions.papers(joint.places)
        sentences = self._positions.sentences(joint.places, papers)
        inside = sentences == 0
        np.maximum.at(best, papers, joint.strengths)
        np.maximum.at(title, papers[inside], joint.strengths[inside])
        papers, sentences = papers[~inside], sentences[~inside]
        strengths = joint.strengths[~inside]
        np.maximum.at(early, papers, strengths * np.exp(-(sentences - 1) / _EARLY))
        order = np.lexsort((-strengths, sentences, papers))
        papers, sentences = papers[order], sentences[order]
        new = np.ones(len(papers), dtype=np.bool_)
        new[1:] = (papers[1:] != papers[:-1]) | (sentences[1:] != sentences[:-1])
        np.add.at(total, papers[new], strengths[order][new])
        return title, best, early, total / (total + _BENT)
