"""From an open edition to what selects its papers and composes its mails."""

from dataclasses import dataclass
from functools import partial

from digest.app.files import Files
from digest.app.identity import Identity
from digest.delivery.composing import Composer
from digest.editions.store.editions import OpenEdition
from digest.interests.relevance import MATCH, InterestIndex
from digest.model import Edition, Reason, Trend
from digest.render.digest.renderer import Renderer
from digest.render.digest.renderer_set import RendererSet
from digest.render.digest.wording import why
from digest.render.empty_day import EmptyDayRenderer
from digest.selection.candidate_matrix import CandidateMatrix


@dataclass(frozen=True)
class Composing:
    """Makes what selects and composes."""

    files: Files
    identity: Identity

    def matrix(self, edition: OpenEdition) -> CandidateMatrix:
        """Return the edition ready for selection."""
        papers = [candidate.paper for candidate in edition.edition.candidates]
        index = InterestIndex(papers, self.files.knowledge)
        return CandidateMatrix(edition.edition, [*self.files.topic_names], index, match_level=MATCH)

    def renderer_set(self, edition: Edition, *, tried: bool = False) -> RendererSet:
        """Return what composes the mails of an edition, in every language and layout."""
        make = partial(
            Renderer,
            letterhead=self.identity.letterhead,
            topic_names=self.files.topic_names,
            signer=self.identity.signer,
            templates=self.files.templates,
            summarise=self.files.summarise,
            return_paths=self.identity.return_paths,
            dkim_keys=self.identity.dkim_keys,
            theme=self.files.theme,
        )
        return RendererSet(edition, make, self.files.languages, tried=tried)

    def empty_day_renderer(self, edition: Edition) -> EmptyDayRenderer:
        """Return what composes the mails of an edition without anything new."""
        return EmptyDayRenderer(
            edition,
            self.identity.letterhead,
            self.identity.signer,
            self.files.templates,
            self.identity.return_paths,
            self.identity.dkim_keys,
            languages=self.files.languages,
            theme=self.files.theme,
        )

    def composer(self, edition: OpenEdition, *, tried: bool = False) -> Composer:
        """Return what turns the edition's deliveries into messages.

        tried: the check before a send looks at the layouts and languages of its readers.
        """
        return Composer(
            self.matrix(edition),
            self.renderer_set(edition.edition, tried=tried),
            self.empty_day_renderer(edition.edition),
            empty=edition.empty,
        )

    def reason_text(self, reason: Reason, trend: Trend) -> str:
        """Say in a reader's words why a paper was picked, as its card in the mail does."""
        return why(reason, trend, self.files.topic_names)
