"""From an open edition to what selects its papers and composes its mails."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial

from digest.app.choosing import Choosing
from digest.app.identity import Identity
from digest.delivery.composing import Composer
from digest.editions.store.editions import OpenEdition
from digest.model import Edition
from digest.render.digest.ready_papers import Evidence as FindEvidence
from digest.render.digest.ready_papers import no_evidence
from digest.render.digest.renderer import Renderer
from digest.render.digest.renderer_set import RendererSet
from digest.render.empty_day import EmptyDayRenderer

_SUBJECTS = ("digest/subject.txt", "empty_day/subject.txt")


@dataclass(frozen=True)
class Composing(Choosing):
    """Makes what selects and composes."""

    identity: Identity

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
            topic_names=self.topic_names_of(edition),
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
        index = self.index(edition)
        matrix, evidence = self.matrix(edition, index), self.evidence(edition, index)
        return Composer(
            matrix,
            self.renderer_set(
                edition.edition, tried=tried, evidence=evidence, subject_mark=subject_mark
            ),
            self.empty_day_renderer(edition.edition, subject_mark),
            empty=edition.empty,
            lab=self.lab_of(edition),
        )

    def prepare(self, edition: OpenEdition, tags: Iterable[str]) -> None:
        """Make what is made of an edition once, so that other processes find it.

        tags: the languages of its mails.
        """
        content = edition.edition
        self.compiled.matching(content)
        self.compiled.topic_words(content, self.topics_of(content))
        self.renderer_set(content, tried=True).prepare(tags)
