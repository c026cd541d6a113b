"""Which papers of an edition match an interest that a reader typed, how well, and why.

The score is a logistic function of facts that can be told (`evidence.py`) and of three likenesses
(`likeness.py`); benchmarks/fit_interests.py fits its weights. See docs/why/interests.md.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from digest.errors import InputError
from digest.interests.evidence import KEPT_UNITS, Evidences
from digest.interests.knowledge import Knowledge
from digest.interests.likeness import Meanings, Topics, meanings
from digest.interests.names import Key
from digest.interests.occurrences import Occurrences, Reasons
from digest.interests.positions import (
    Floats,
    Positions,
    WordTable,
    passages_of,
    stems_of,
    word_table,
)
from digest.interests.reading import LONGEST_INTEREST, Facet, Interest, Reader
from digest.model import Paper

Bools = NDArray[np.bool_]

MATCH = 0.5  # from here on a reader would agree that a paper matches the interest

FACTS = ("title", "best", "early", "spread", "covered", "titled", "words", "papers", "topics")
WEIGHTS = (0.98, 0.15, 1.63, 1.18, 1.88, 0.75, 3.02, 2.56, 2.65)
BIAS = -6.62
_KEPT = 1024  # phrases that are taken apart
_SURE = 0.6  # of the best joint mention, from where on a paper may speak for those like it


@dataclass(frozen=True, slots=True)
class ReadPapers:
    """Papers that were read once, for any number of indexes, and ready to be kept.

    meanings: where each one points; shape (papers, width of what was learnt).
    """

    words: WordTable
    meanings: Floats


def read_papers(papers: Sequence[Paper], knowledge: Knowledge) -> ReadPapers:
    """Read papers; it takes less than 1 ms each."""
    texts = [passages_of(paper.title, paper.abstract) for paper in papers]
    return ReadPapers(word_table(texts), meanings(texts, knowledge.learnt))


class InterestIndex:
    """The papers of one edition, ready to be scored against any number of interests.

    Immutable, and safe in any number of threads.
    """

    def __init__(
        self,
        papers: Sequence[Paper],
        knowledge: Callable[[], Knowledge],
        read: ReadPapers | None = None,
        *,
        kept_units: int = KEPT_UNITS,
    ) -> None:
        """Take papers with their topics, which tell what is alike.

        knowledge: asked when the first interest is, and kept. read: the papers, if they were read
        before. kept_units: see `Evidences`.
        """
        self._size = len(papers)
        self._ask_knowledge = knowledge
        self._kept_units = kept_units
        self._papers = read or read_papers(papers, self._known)
        self._positions = Positions(self._papers.words)
        self._topics = Topics([paper.topics for paper in papers])

    @cached_property
    def _known(self) -> Knowledge:
        return self._ask_knowledge()

    @cached_property
    def _occurrences(self) -> Occurrences:
        return Occurrences(self._positions, self._known.learnt, self._known.names)

    @cached_property
    def _evidences(self) -> Evidences:
        known = self._known
        return Evidences(
            self._positions,
            self._occurrences,
            known.learnt,
            known.names,
            kept_units=self._kept_units,
        )

    @cached_property
    def _reasons(self) -> Reasons:
        return Reasons(self._positions, self._occurrences)

    @cached_property
    def _meanings(self) -> Meanings:
        return Meanings(self._papers.meanings, self._known.learnt)

    @cached_property
    def _read(self) -> Callable[[str], Interest]:
        known = self._known
        reader = Reader(known.names, self._name_at, known.foreign, self._spell)
        return lru_cache(_KEPT)(reader.read)

    def scores(self, phrase: str) -> NDArray[np.float32]:
        """How well each paper matches, in [0, 1], in the order of the papers, in thousandths.

        At least MATCH: a reader would agree that it matches. A phrase that `read` refuses for want
        of words matches nothing; a longer one is cut.
        """
        try:
            interest = self.read(" ".join(phrase.split())[:LONGEST_INTEREST])
        except InputError:
            return np.zeros(self._size, dtype=np.float32)
        return self._scored(interest)[0].astype(np.float32)

    def mentions(self, phrase: str) -> Bools:
        """Whether each paper has the phrase, stemmed, in title or abstract: the muted test."""
        return self._having(tuple(stems_of(phrase)))

    def why(self, phrase: str, number: int) -> str:
        """What in a paper speaks for a phrase that `read` takes, as words for people."""
        return self._reasons.why(self._facet(phrase, number), number)

    def words(self, phrase: str, number: int) -> list[str]:
        """Return the names and words in a paper that speak for a phrase that `read` takes."""
        return self._reasons.words(self._facet(phrase, number), number)

    def read(self, phrase: str) -> Interest:
        """Take an interest apart; InputError, worded for the reader, when it says nothing."""
        return self._read(phrase)

    def facts(self, facet: Facet) -> Floats:
        """The facts that speak for a facet, one row for each of FACTS, a column for each paper."""
        found = self._evidences.of(facet)
        words = self._meanings.to_words([stem for unit in facet.units for stem in unit.key])
        sure = 0.5 * found.title + 0.3 * found.best + 0.4 * found.spread + 0.3 * words
        sure = np.where(found.best >= _SURE, sure, 0.0)
        told = (getattr(found, name) for name in FACTS[:-3])
        alike = (self._meanings.to_papers(sure), self._topics.to_papers(sure))
        return np.stack([*told, words, *alike])

    def _facet(self, phrase: str, number: int) -> Facet:
        """The facet of a phrase that a paper's score is from."""
        interest = self.read(phrase)
        which = self._scored(interest)[1][number] if len(interest.facets) > 1 else 0
        found: Facet = interest.facets[which]
        return found

    def _scored(self, interest: Interest) -> tuple[Floats, NDArray[np.intp]]:
        """The score of each paper, and which facet it is from: the best one's."""
        if not self._size:
            return np.zeros(0), np.zeros(0, dtype=np.intp)
        odds = np.stack([BIAS + np.array(WEIGHTS) @ self.facts(f) for f in interest.facets])
        scores = np.round(1 / (1 + np.exp(-odds.max(axis=0))), 3)
        return np.where(self._allowed(interest), scores, 0.0), odds.argmax(axis=0)

    def _allowed(self, interest: Interest) -> Bools:
        """Where all quoted phrases occur and none of the excluded ones."""
        allowed = np.ones(self._size, dtype=np.bool_)
        for key in interest.quoted:
            allowed &= self._having(key)
        for key in interest.excluded:
            allowed &= ~self._having(key)
        return allowed

    def _having(self, key: Key) -> Bools:
        having = np.zeros(self._size, dtype=np.bool_)
        if key:
            having[self._positions.papers(self._positions.of_key(key))] = True
        return having

    def _name_at(self, stems: Sequence[str], start: int) -> Key:
        """The longest known name at a place, else two words that are often side by side."""
        names, pair = self._known.names, tuple(stems[start : start + 2])
        key = names.longest_at(stems, start)
        if key or len(pair) < 2 or names.longest_at(stems, start + 1):
            return key
        return pair if self._known.learnt.is_name(*pair) and not self._is_empty(pair) else ()

    def _is_empty(self, pair: Key) -> bool:
        return any((stem,) in self._known.names.empty for stem in pair)

    def _spell(self, stem: str) -> str | None:
        return None if stem in self._positions else self._known.speller.correct(stem)
