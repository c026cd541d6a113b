"""From an open edition to what selects its papers and composes its mails."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from digest.app.compiled.editions import CompiledEditions, Matching
from digest.app.compiled.evidence import Evidence
from digest.app.files import Files
from digest.app.identity import Identity
from digest.app.topics import CatalogueInUse, Topics
from digest.delivery.composing import Composer
from digest.editions.store.editions import OpenEdition
from digest.interests.evidence import KEPT_UNITS
from digest.interests.relevance import MATCH, InterestIndex
from digest.model import Edition, Reason, Trend
from digest.render.digest.renderer import Evidence as FindEvidence
from digest.render.digest.renderer import Renderer, no_evidence
from digest.render.digest.renderer_set import RendererSet
from digest.render.digest.wording import why
from digest.render.empty_day import EmptyDayRenderer
from digest.selection.candidate_matrix import CandidateMatrix
from digest.selection.interleaving import Interleaving

_SUBJECTS = ("digest/subject.txt", "empty_day/subject.txt")
_PHRASES_OF_SMALL, _UNITS_OF_SMALL = 64, 256


@dataclass(frozen=True)
class Composing:
    """Makes what selects and composes.

    lab_of: finds the two rankings that share the mails of an edition, if a lab runs. compiled: has
    what is made of an edition once.
    """

    files: Files
    topics: Topics
    identity: Identity
    lab_of: Callable[[OpenEdition], Interleaving | None]
    compiled: CompiledEditions

    def index(self, edition: OpenEdition) -> InterestIndex:
        """Return the edition ready for matching interests."""
        return self._index(edition, self.compiled.matching(edition.edition))

    def _index(
        self, edition: OpenEdition, matching: Matching, kept_units: int = KEPT_UNITS
    ) -> InterestIndex:
        papers = [candidate.paper for candidate in edition.edition.candidates]
        return InterestIndex(
            papers, lambda: self.files.knowledge, matching.read, kept_units=kept_units
        )

    def matrix(self, edition: OpenEdition) -> CandidateMatrix:
        """Return the edition ready for selection."""
        return self._matrix_and_index(edition)[0]

    def _matrix_and_index(self, edition: OpenEdition) -> tuple[CandidateMatrix, InterestIndex]:
        matching = self.compiled.matching(edition.edition)
        index = self._index(edition, matching)
        slugs = [*self._topic_names(edition.edition)]
        matrix = CandidateMatrix(
            edition.edition, slugs, index, match_level=MATCH, terms=matching.terms
        )
        return matrix, index

    def small_matrix(self, edition: OpenEdition) -> CandidateMatrix:
        """Return the edition ready for selection, for readers who have not voted: many at once."""
        matching = self.compiled.matching(edition.edition)
        return CandidateMatrix(
            edition.edition,
            [*self._topic_names(edition.edition)],
            self._index(edition, matching, _UNITS_OF_SMALL),
            match_level=MATCH,
            cached_phrases=_PHRASES_OF_SMALL,
            votes=False,
            terms=matching.terms,
        )

    def evidence(self, edition: OpenEdition, index: InterestIndex | None = None) -> Evidence:
        """Return what finds the words that speak for the reasons of picks."""
        content = edition.edition
        return Evidence(
            content,
            lambda: self.compiled.topic_words(content, self._topics_of(content)),
            index or self.index(edition),
        )

    def renderer_set(
        self,
        edition: Edition,
        *,
        tried: bool = False,
        evidence: FindEvidence = no_evidence,
        subject_mark: str = "",
    ) -> RendererSet:
        """Return what composes the mails of an edition, in every language and layout.

        subject_mark: stands before every subject.
        """
        make = partial(
            Renderer,
            letterhead=self.identity.letterhead,
            topic_names=self._topic_names(edition),
            signer=self.identity.signer,
            templates=self._templates(subject_mark),
            summarise=lambda title, abstract: self.files.summarise(title, abstract),
            return_paths=self.identity.return_paths,
            dkim_keys=self.identity.dkim_keys,
            theme=self.files.theme,
            evidence=evidence,
            reply_addresses=self.identity.reply_addresses,
            compiled=self.compiled.mails,
        )
        return RendererSet(edition, make, self.files.languages, tried=tried)

    def empty_day_renderer(self, edition: Edition, subject_mark: str = "") -> EmptyDayRenderer:
        """Return what composes the mails of an edition without anything new."""
        return EmptyDayRenderer(
            edition,
            self.identity.letterhead,
            self.identity.signer,
            self._templates(subject_mark),
            self.identity.return_paths,
            self.identity.dkim_keys,
            languages=self.files.languages,
            theme=self.files.theme,
            reply_addresses=self.identity.reply_addresses,
        )

    def _templates(self, subject_mark: str) -> Mapping[str, str]:
        templates = self.files.templates
        marked = {name: subject_mark + templates[name] for name in _SUBJECTS if name in templates}
        return {**templates, **marked} if subject_mark else templates

    def composer(
        self, edition: OpenEdition, *, tried: bool = False, subject_mark: str = ""
    ) -> Composer:
        """Return what turns the edition's deliveries into messages.

        tried: the check before a send looks at the layouts and languages of its readers.
        subject_mark: stands before every subject.
        """
        matrix, index = self._matrix_and_index(edition)
        evidence = self.evidence(edition, index)
        return Composer(
            matrix,
            self.renderer_set(
                edition.edition, tried=tried, evidence=evidence, subject_mark=subject_mark
            ),
            self.empty_day_renderer(edition.edition, subject_mark),
            empty=edition.empty,
            lab=self.lab_of(edition),
        )

    @property
    def topic_names(self) -> Mapping[str, str]:
        """What the topics of the catalogue in force are called, by slug and in their order."""
        return self.compiled.topic_names(self.topics.in_force)

    def prepare(self, edition: OpenEdition, tags: Iterable[str]) -> None:
        """Make what is made of an edition once, so that other processes find it.

        tags: the languages of its mails.
        """
        content = edition.edition
        self.compiled.matching(content)
        self.compiled.topic_words(content, self._topics_of(content))
        self.renderer_set(content, tried=True).prepare(tags)

    def reason_text(self, reason: Reason, trend: Trend, found: Sequence[str] = ()) -> str:
        """Say in a reader's words why a paper was picked, as its card in the mail does.

        found: the words in it that speak for the reason.
        """
        return why(reason, trend, self.topic_names, found=found)

    def _topic_names(self, edition: Edition) -> Mapping[str, str]:
        return self.compiled.topic_names(self._topics_of(edition))

    def _topics_of(self, edition: Edition) -> CatalogueInUse:
        """Return the catalogue by which an edition was frozen, whichever is in force by now."""
        return self.topics.of(edition.catalogue_version)
