"""Editions: opened, ready for selection, ready for composing."""

from datetime import date, timedelta
from functools import cached_property, partial
from typing import TYPE_CHECKING

from digest.app.transactional import Correspondence
from digest.delivery.composing import Composer
from digest.delivery.preflight import Preflight, approve
from digest.editions import editions
from digest.editions.editions import EditionRules
from digest.editions.open_edition import Freshness
from digest.editions.store.editions import OpenEdition
from digest.interests.relevance import MATCH, InterestIndex
from digest.model import Edition, Layout
from digest.render.digest.renderer import Renderer
from digest.render.digest.renderer_set import RendererSet
from digest.render.empty_day import EmptyDayRenderer
from digest.render.lint.finding import Finding, ServiceIdentity
from digest.selection.candidate_matrix import CandidateMatrix
from digest.subscribers.store import subscribers

if TYPE_CHECKING:
    from digest.editions.summaries import SummaryReport


class Editions(Correspondence):
    """Makes what selects and composes."""

    _composer: tuple[OpenEdition, Composer] | None = None  # of the edition last asked for

    @cached_property
    def rules(self) -> EditionRules:
        """What an edition is made by."""
        return EditionRules(
            window_days=self.settings.window_days,
            size=self.settings.edition_size,
            send_hour=self.settings.send_hour,
            timezone=self.settings.timezone,
            domain=self.letterhead.sender_address.rpartition("@")[2],
            model=self.settings.summary_model if self.settings.summary_url else "",
        )

    @property
    def fresh(self) -> Freshness:
        """How old an edition may be when the clock has it mailed."""
        return Freshness(timedelta(hours=self.settings.stale_after), self.settings.timezone)

    def edition(self, on: date | None) -> OpenEdition:
        """Return the edition of a date, opened if need be."""
        return editions.open_edition(self.database, on, self.rules, now=self.clock())

    def foresee(self, on: date | None) -> OpenEdition:
        """Return the edition of a date as it is, or would be, without opening it."""
        return editions.foresee(self.database, on, self.rules, now=self.clock())

    def write_summaries(self, on: date | None) -> "SummaryReport":
        """Have an edition summarised before it is opened; SettingsError without an endpoint."""
        from digest.editions import summaries  # httpx takes a quarter of a second to import
        from digest.editions.endpoint import endpoint_of

        endpoint = endpoint_of(self.settings)
        return summaries.write_summaries(self.database, on, self.rules, endpoint, now=self.clock())

    def matrix(self, edition: OpenEdition) -> CandidateMatrix:
        """Return the edition ready for selection."""
        papers = [candidate.paper for candidate in edition.edition.candidates]
        topics = [topic.slug for topic in self.catalogue.topics]
        index = InterestIndex(papers, self.catalogue)
        return CandidateMatrix(edition.edition, topics, index, match_level=MATCH)

    def renderer_set(self, edition: Edition, *, tried: bool = False) -> RendererSet:
        """Return what composes the mails of an edition, in every language and layout."""
        make = partial(
            Renderer,
            letterhead=self.letterhead,
            topic_names=self.topic_names,
            signer=self.signer,
            templates=self.templates,
            summarise=self.summarise,
            return_paths=self.return_paths,
            dkim_keys=self.dkim_keys,
            theme=self.theme,
        )
        return RendererSet(edition, make, self.languages, tried=tried)

    def notes(self, edition: Edition) -> EmptyDayRenderer:
        """Return what composes the notes of an edition without anything new."""
        return EmptyDayRenderer(
            edition,
            self.letterhead,
            self.signer,
            self.templates,
            self.return_paths,
            self.dkim_keys,
            languages=self.languages,
            theme=self.theme,
        )

    def composer(self, edition: OpenEdition, *, tried: bool = False) -> Composer:
        """Return what turns the edition's deliveries into messages; it is kept for a next call.

        tried: the check before a send looks at the layouts and languages of its readers.
        """
        if self._composer is None or self._composer[0] is not edition:
            self._composer = (edition, self._new_composer(edition, tried=tried))
        return self._composer[1]

    def _new_composer(self, edition: OpenEdition, *, tried: bool) -> Composer:
        renderers = self.renderer_set(edition.edition, tried=tried)
        notes = self.notes(edition.edition)
        return Composer(self.matrix(edition), renderers, notes, empty=edition.empty)

    def preflight(self, *, everything: bool = False) -> Preflight:
        """Return what looks at sample mails of an edition before it is sent.

        everything: at every layout and language, and at the mails beside the digest; else at those
        that active readers have, and at the other mails only when they are not as shipped.
        """
        postal_address = self.settings.postal_address
        identity = ServiceIdentity(
            base_url=self.settings.base_url,
            sender_address=self.letterhead.sender_address,
            postal_address=postal_address,
            trial=all(url.is_loopback for url in self.smtp_urls),
        )
        return Preflight(
            partial(self.renderer_set, tried=True),
            identity,
            [topic.slug for topic in self.catalogue.topics],
            self._variants(everything),
            self.specimens if everything or self._has_own_look else tuple,
        )

    def _variants(self, everything: bool) -> list[tuple[Layout, str]]:
        found = set()
        if not everything:
            with self.database.read() as session:
                found = subscribers.variants(session)
        return [
            (layout, tag)
            for tag in self.languages
            for layout in Layout
            if not found or (layout, tag) in found
        ]

    @property
    def _has_own_look(self) -> bool:
        return bool(self.settings.templates or self.settings.theme)

    def approve(
        self, edition: OpenEdition, *, force: bool = False, sends: bool = False
    ) -> list[Finding]:
        """Check an open edition before it is sent; HeldError when there are errors in it.

        sends: this process goes on to send it, so what composes it is made here and kept.
        """
        whole = (lambda: self.composer(edition, tried=True).renderer) if sends else None
        findings = self.preflight().check(edition.edition, whole)
        approve(self.database, edition, findings, force=force, now=self.clock())
        return findings
