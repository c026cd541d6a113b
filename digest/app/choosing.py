"""From an open edition to what selects its papers, and says why: nothing here composes a mail."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from digest.app.editions import Editions
from digest.app.evidence import Evidence
from digest.app.files import Files
from digest.app.topics import CatalogueInUse, Topics
from digest.delivery.forecast import explaining
from digest.editions.store.editions import OpenEdition
from digest.ground.database.engine import Database
from digest.interests.relevance import MATCH, InterestIndex
from digest.model import Edition, Reason, Trend
from digest.render.digest.wording import why
from digest.selection.candidate_matrix import CandidateMatrix
from digest.selection.explanation import Explanation
from digest.selection.interleaving import Interleaving

_PHRASES_OF_SMALL, _UNITS_OF_SMALL = 64, 256


@dataclass(frozen=True)
class IndexOnDemand:
    """An edition that is made ready for matching interests when the first one is to be matched.

    Half of what it takes to explain the papers of a reader who typed none.
    """

    make: Callable[[], InterestIndex]

    @cached_property
    def _index(self) -> InterestIndex:
        return self.make()

    def scores(self, phrase: str) -> NDArray[np.float32]:
        """Like that of `InterestIndex`."""
        return self._index.scores(phrase)

    def mentions(self, phrase: str) -> NDArray[np.bool_]:
        """Like that of `InterestIndex`."""
        return self._index.mentions(phrase)

    def words(self, phrase: str, number: int) -> list[str]:
        """Like that of `InterestIndex`."""
        return self._index.words(phrase, number)


@dataclass(frozen=True)
class Choosing:
    """Makes what selects.

    lab_of: finds the two rankings that share the mails of an edition, if a lab runs.
    """

    files: Files
    topics: Topics
    lab_of: Callable[[OpenEdition], Interleaving | None]

    def index(self, edition: OpenEdition) -> InterestIndex:
        """Return the edition ready for matching interests."""
        papers = [candidate.paper for candidate in edition.edition.candidates]
        return InterestIndex(papers, self.files.knowledge)

    def matrix(
        self, edition: OpenEdition, index: InterestIndex | IndexOnDemand | None = None
    ) -> CandidateMatrix:
        """Return the edition ready for selection; index: of it, made when left out."""
        index = index or self.index(edition)
        slugs = [*self.topics_of(edition.edition).topic_names]
        return CandidateMatrix(edition.edition, slugs, index, match_level=MATCH)

    def small_matrix(self, edition: OpenEdition) -> CandidateMatrix:
        """Return the edition ready for selection, for readers who have not voted: many at once."""
        papers = [candidate.paper for candidate in edition.edition.candidates]
        index = InterestIndex(papers, self.files.knowledge, kept_units=_UNITS_OF_SMALL)
        return CandidateMatrix(
            edition.edition,
            [*self.topics_of(edition.edition).topic_names],
            index,
            match_level=MATCH,
            cached_phrases=_PHRASES_OF_SMALL,
            votes=False,
        )

    def evidence(
        self, edition: OpenEdition, index: InterestIndex | IndexOnDemand | None = None
    ) -> Evidence:
        """Return what finds the words that speak for the reasons of picks."""
        index = index or self.index(edition)
        return Evidence(edition.edition, self.topics_of(edition.edition).classifier, index)

    def reason_text(self, reason: Reason, trend: Trend, found: Sequence[str] = ()) -> str:
        """Say in a reader's words why a paper was picked, as its card in the mail does.

        found: the words in it that speak for the reason.
        """
        return why(reason, trend, self.topics.in_force.topic_names, found=found)

    def topics_of(self, edition: Edition) -> CatalogueInUse:
        """Return the catalogue by which an edition was frozen, whichever is in force by now."""
        return self.topics.of(edition.catalogue_version)


@dataclass(frozen=True)
class Explaining:
    """Explains which papers a reader gets, or would get."""

    database: Database
    editions: Editions
    choosing: Choosing

    def explain(self, address: str, on: date | None) -> tuple[date, list[Explanation]]:
        """Return the edition's date, and how each candidate looks to a subscriber."""
        return self.explain_with_words(address, on)[:2]

    def explain_with_words(
        self, address: str, on: date | None
    ) -> tuple[date, list[Explanation], Evidence]:
        """Return the same, and what finds the words in a paper that speak for a reason."""
        edition = self.editions.foresee(on)
        index = IndexOnDemand(lambda: self.choosing.index(edition))
        matrix, lab = self.choosing.matrix(edition, index), self.choosing.lab_of(edition)
        found = explaining.explain_to(self.database, edition, matrix, address, lab)
        return edition.edition.date, found, self.choosing.evidence(edition, index)
