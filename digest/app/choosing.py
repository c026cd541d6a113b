"""From an open edition to what selects its papers, and says why: nothing here composes a mail."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from digest.app.compiled.editions import CompiledEditions
from digest.app.compiled.evidence import Evidence
from digest.app.editions import Editions
from digest.app.files import Files
from digest.app.topics import CatalogueInUse, Topics
from digest.delivery.forecast import explaining
from digest.editions.store.editions import OpenEdition
from digest.ground.database.engine import Database
from digest.interests.evidence import KEPT_UNITS
from digest.interests.relevance import MATCH, InterestIndex
from digest.model import Edition, Reason, Trend
from digest.render.digest.wording import why
from digest.selection.candidate_matrix import CandidateMatrix
from digest.selection.explanation import Explanation
from digest.selection.interleaving import Interleaving

_PHRASES_OF_SMALL, _UNITS_OF_SMALL = 64, 256


@dataclass(frozen=True)
class Choosing:
    """Makes what selects.

    lab_of: finds the two rankings that share the mails of an edition, if a lab runs. compiled: has
    what is made of an edition once.
    """

    files: Files
    topics: Topics
    lab_of: Callable[[OpenEdition], Interleaving | None]
    compiled: CompiledEditions

    def index(self, edition: OpenEdition, kept_units: int = KEPT_UNITS) -> InterestIndex:
        """Return the edition ready for matching interests."""
        papers = [candidate.paper for candidate in edition.edition.candidates]
        matching = self.compiled.matching(edition.edition)
        return InterestIndex(
            papers, lambda: self.files.knowledge, matching.read, kept_units=kept_units
        )

    def matrix(self, edition: OpenEdition, index: InterestIndex | None = None) -> CandidateMatrix:
        """Return the edition ready for selection; index: of it, made when left out."""
        content = edition.edition
        return CandidateMatrix(
            content,
            [*self.topic_names_of(content)],
            index or self.index(edition),
            match_level=MATCH,
            terms=self.compiled.matching(content).terms,
        )

    def small_matrix(self, edition: OpenEdition) -> CandidateMatrix:
        """Return the edition ready for selection, for readers who have not voted: many at once."""
        content = edition.edition
        return CandidateMatrix(
            content,
            [*self.topic_names_of(content)],
            self.index(edition, _UNITS_OF_SMALL),
            match_level=MATCH,
            cached_phrases=_PHRASES_OF_SMALL,
            votes=False,
            terms=self.compiled.matching(content).terms,
        )

    def evidence(self, edition: OpenEdition, index: InterestIndex | None = None) -> Evidence:
        """Return what finds the words that speak for the reasons of picks."""
        content = edition.edition
        return Evidence(
            content,
            lambda: self.compiled.topic_words(content, self.topics_of(content)),
            index or self.index(edition),
        )

    @property
    def topic_names(self) -> Mapping[str, str]:
        """What the topics of the catalogue in force are called, by slug and in their order."""
        return self.compiled.topic_names(self.topics.in_force)

    def topic_names_of(self, edition: Edition) -> Mapping[str, str]:
        """What the topics of an edition are called, likewise."""
        return self.compiled.topic_names(self.topics_of(edition))

    def reason_text(self, reason: Reason, trend: Trend, found: Sequence[str] = ()) -> str:
        """Say in a reader's words why a paper was picked, as its card in the mail does.

        found: the words in it that speak for the reason.
        """
        return why(reason, trend, self.topic_names, found=found)

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
        index = self.choosing.index(edition)
        matrix, lab = self.choosing.matrix(edition, index), self.choosing.lab_of(edition)
        found = explaining.explain_to(self.database, edition, matrix, address, lab)
        return edition.edition.date, found, self.choosing.evidence(edition, index)
