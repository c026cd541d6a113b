"""The check of an edition before it is sent."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from digest.app.clocks import Clock
from digest.app.composing import Composing
from digest.app.smtp import Smtp
from digest.app.transactional import Transactional
from digest.delivery.composing import Composer
from digest.delivery.preflight import Preflight, approve
from digest.editions.store.editions import OpenEdition
from digest.ground.database.engine import Database
from digest.model import Layout
from digest.render.lint.finding import Finding, ServiceIdentity
from digest.settings import Settings
from digest.subscribers.store import subscribers


@dataclass(frozen=True)
class PreflightChecks:
    """Looks at sample mails.

    identity: what is right in a mail of this service. has_own_look: its mails are not as shipped.
    """

    database: Database
    identity: ServiceIdentity
    has_own_look: bool
    composing: Composing
    transactional: Callable[[], Transactional]
    clock: Clock

    def preflight(self, *, everything: bool = False) -> Preflight:
        """Return what looks at sample mails of an edition before it is sent.

        everything: at every layout and language, and at the mails beside the digest; else at those
        that active readers have, and at the other mails only when they are not as shipped.
        """
        return Preflight(
            partial(self.composing.renderer_set, tried=True),
            self.identity,
            [*self.composing.topic_names],
            self._variants(everything),
            lambda: self.transactional().samples() if everything or self.has_own_look else (),
            self.composing.compiled.findings,
        )

    def approve(
        self,
        edition: OpenEdition,
        *,
        force: bool = False,
        composer: Callable[[], Composer] | None = None,
    ) -> list[Finding]:
        """Check an open edition before it is sent; BlockedError when there are errors in it.

        composer: what this process goes on to send it with, so that it is made once; without one,
        others send it, and find ready what all of them need.
        """
        preflight = self.preflight()
        tags = {tag for _, tag in preflight.variants}

        def whole() -> None:
            if composer is None:
                self.composing.prepare(edition, tags)
            else:
                composer().renderer.prepare(tags)

        findings = preflight.check(edition.edition, whole)
        approve(self.database, edition, findings, force=force, now=self.clock())
        return findings

    def _variants(self, everything: bool) -> list[tuple[Layout, str]]:
        found = set()
        if not everything:
            with self.database.read() as session:
                found = subscribers.variants(session)
        return [
            (layout, tag)
            for tag in self.composing.files.languages
            for layout in Layout
            if not found or (layout, tag) in found
        ]


def build(
    settings: Settings,
    database: Database,
    smtp: Smtp,
    composing: Composing,
    transactional: Callable[[], Transactional],
    clock: Clock,
) -> PreflightChecks:
    """Return what checks the editions of this service."""
    identity = ServiceIdentity(
        base_url=settings.base_url,
        sender_address=composing.identity.letterhead.sender_address,
        postal_address=settings.postal_address,
        trial=smtp.is_trial,
    )
    has_own_look = bool(settings.templates or settings.theme)
    return PreflightChecks(database, identity, has_own_look, composing, transactional, clock)
