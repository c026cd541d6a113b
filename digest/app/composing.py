"""From an open edition to what selects its papers and composes its mails."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from digest.app.evidence import Evidence
from digest.app.files import Files
from digest.app.identity import Identity
from digest.app.topics import CatalogueInUse, Topics
from digest.delivery.composing import Composer
from digest.editions.store.editions import OpenEdition
from digest.interests.relevance import MATCH, InterestIndex
from digest.model import Edition, Reason, Trend
from digest.render.digest.ready_papers import Evidence as FindEvidence
from digest.render.digest.ready_papers import no_evidence
from digest.render.digest.renderer import Renderer
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

    lab_of: finds the two rankings that share the mails of an edition, if a lab runs.
    """

    files: Files
    topics: Topics
    identity: Identity
    lab_of: Callable[[OpenEdition], Interleaving | None]

    def index(self, edition: OpenEdition) -> InterestIndex:
        """Return the edition ready for matching interests."""
        papers = [candidate.paper for candidate in edition.edition.candidates]
        return InterestIndex(papers, self.files.knowledge)

    def matrix(self, edition: OpenEdition, index: InterestIndex | None = None) -> CandidateMatrix:
        """Return the edition ready for selection; index: of it, made when left out."""
        index = index or self.index(edition)
        slugs = [*self._topics_of(edition.edition).topic_names]
        return CandidateMatrix(edition.edition, slugs, index, match_level=MATCH)

    def small_matrix(self, edition: OpenEdition) -> CandidateMatrix:
        """Return the edition ready for selection, for readers who have not voted: many at once."""
        papers = [candidate.paper for candidate in edition.edition.candidates]
        index = InterestIndex(papers, self.files.knowledge, kept_units=_UNITS_OF_SMALL)
        return CandidateMatrix(
            edition.edition,
            [*self._topics_of(edition.edition).topic_names],
            index,
            match_level=MATCH,
            cached_phrases=_PHRASES_OF_SMALL,
            votes=False,
        )

    def evidence(self, edition: OpenEdition, index: InterestIndex | None = None) -> Evidence:
        """Return what finds the words that speak for the reasons of picks."""
        index = index or self.index(edition)
        return Evidence(edition.edition, self._topics_of(edition.edition).classifier, index)

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
            topic_names=self._topics_of(edition).topic_names,
            signer=self.identity.signer,
            templates=self._templates(subject_mark),
            summarise=self.files.summarise,
            return_paths=self.identity.return_paths,
            dkim_keys=self.identity.dkim_keys,
            theme=self.files.theme,
            evidence=evidence,
            reply_addresses=self.identity.reply_addresses,
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
        index = self.index(edition)
        evidence = self.evidence(edition, index)
        return Composer(
            self.matrix(edition, index),
            self.renderer_set(
                edition.edition, tried=tried, evidence=evidence, subject_mark=subject_mark
            ),
            self.empty_day_renderer(edition.edition, subject_mark),
            empty=edition.empty,
            lab=self.lab_of(edition),
        )

    def reason_text(self, reason: Reason, trend: Trend, found: Sequence[str] = ()) -> str:
        """Say in a reader's words why a paper was picked, as its card in the mail does.

        found: the words in it that speak for the reason.
        """
        return why(reason, trend, self.topics.in_force.topic_names, found=found)

    def _topics_of(self, edition: Edition) -> CatalogueInUse:
        """Return the catalogue by which an edition was frozen, whichever is in force by now."""
        return self.topics.of(edition.catalogue_version)
