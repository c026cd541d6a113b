"""`App`: one object for each subject, each made when it is first asked for.

A subject's module is imported as late: `digest status` needs no numpy, and a send no HTTP client.
To add a subject: a module beside this one with a frozen dataclass and its `build`, and a property
here that hands `build` what it needs.
"""

from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from digest.app.clocks import Clock, system_clock
from digest.app.files import Files
from digest.app.foundation import Foundation
from digest.ground.database.engine import Database
from digest.settings import Settings

if TYPE_CHECKING:
    from digest.app.choosing import Explaining
    from digest.app.compiled.editions import CompiledEditions
    from digest.app.composing import Composing
    from digest.app.delivery import Delivery
    from digest.app.editions import Editions
    from digest.app.identity import Identity
    from digest.app.incoming.intake import IntakeWays
    from digest.app.installation import Installation
    from digest.app.operations import Operations
    from digest.app.preflight import PreflightChecks
    from digest.app.previews import Previews
    from digest.app.seals import Seals
    from digest.app.smtp import Smtp
    from digest.app.topics import Topics
    from digest.app.transactional import Transactional
    from digest.bounces.hooks import Hooks
    from digest.editions.store.editions import OpenEdition
    from digest.intake.reply_mails import ReplyIntake
    from digest.outbox.outbox import Outbox
    from digest.postmaster.polling import Postmaster
    from digest.selection.interleaving import Interleaving
    from digest.sources.fetching import SourceFetcher
    from digest.statistics.statistics import Statistics
    from digest.subscribers.opt_in import OptIn
    from digest.webhooks.delivering import WebhookDelivery
    from digest.webhooks.webhooks import Webhooks


# What was made by the version of the catalogue that is in force, and is made anew by another one.
_BY_TOPICS = ("transactional", "opt_in", "outbox", "replies", "checks")


@dataclass(frozen=True)
class App(Foundation):
    """The whole service: its foundation, and each subject on it."""

    @cached_property
    def identity(self) -> "Identity":
        """Who sends: names, addresses and keys."""
        from digest.app.identity import Identity

        return Identity(self.settings)

    @cached_property
    def installation(self) -> "Installation":
        """What says whether this machine may send."""
        from digest.app.installation import Installation

        return Installation(
            self.settings,
            self.identity,
            lambda: self.smtp.is_trial,
            self.database,
            self.journals,
            self.clock,
        )

    @cached_property
    def topics(self) -> "Topics":
        """The topic catalogue in force, and its versions."""
        from digest.app.topics import Topics

        return Topics(self.files, lambda: self.database, self.clock, self.settings.timezone)

    def look_at_catalogue(self) -> None:
        """Go by the version of the catalogue that is in force now; call it between two works."""
        if self.topics.look():
            for name in _BY_TOPICS:
                vars(self).pop(name, None)

    @cached_property
    def smtp(self) -> "Smtp":
        """Where mail is handed over."""
        from digest.app.smtp import Smtp

        return Smtp(self.settings, lambda: self.database, self.clock)

    @cached_property
    def transactional(self) -> "Transactional":
        """What composes mails to one person beside the digest."""
        from digest.app import transactional

        return transactional.build(self.files, self.topics, self.identity, self.smtp, self.clock)

    @cached_property
    def intake(self) -> "IntakeWays":
        """What takes the mail that comes in."""
        from digest.app.incoming import intake

        parts = (self.settings, self.identity, self.database, self.clock)
        return intake.build(*parts, lambda: self.replies)

    @cached_property
    def opt_in(self) -> "OptIn":
        """What takes new subscribers in."""
        from digest.subscribers.opt_in import OptIn

        days = self.settings.bounce_retry_days
        return OptIn(
            self.database,
            self.identity.token_signer,
            self.settings.keys,
            self.topics.in_force.vocabulary,
            self.clock,
            timedelta(days=days) if days else None,
        )

    @cached_property
    def outbox(self) -> "Outbox":
        """What sends mails to single readers and to the operator."""
        from digest.app import outbox

        return outbox.build(self)

    @cached_property
    def webhooks(self) -> "Webhooks":
        """What looks after the webhooks."""
        from digest.app import webhooks

        return webhooks.build(self.settings, self.database, self.clock)

    @cached_property
    def webhook_delivery(self) -> "WebhookDelivery":
        """What tells other systems what happens here."""
        from digest.app import webhooks

        return webhooks.build_delivery(self.webhooks)

    @cached_property
    def replies(self) -> "ReplyIntake":
        """What takes the replies of readers."""
        from digest.app.incoming import replies

        return replies.build(self.settings, self.files, self.topics, self.database, self.clock)

    @cached_property
    def hooks(self) -> "Hooks":
        """What takes the requests of mail services."""
        from digest.app.incoming import hooks

        return hooks.build(self.settings, self.database, self.clock)

    @cached_property
    def postmaster(self) -> "Postmaster":
        """What asks Gmail what it thinks of our mail."""
        from digest.postmaster.polling import Postmaster

        settings, sender = self.settings, self.settings.sender
        domain = settings.postmaster_domain or (sender and self.identity.sender_domain)
        return Postmaster(self.database, settings.postmaster_credentials, domain, self.clock)

    @cached_property
    def source_fetcher(self) -> "SourceFetcher":
        """What asks the live sources."""
        from digest.app import sources

        parts = (self.settings, self.files, self.topics.classify, self.database)
        return sources.build(*parts, self.clock)

    @cached_property
    def editions(self) -> "Editions":
        """What opens editions, or foresees them."""
        from digest.app import editions

        return editions.build(self.settings, self.identity, self.database, self.clock)

    @cached_property
    def explaining(self) -> "Explaining":
        """What explains which papers a reader gets."""
        from digest.app.choosing import Choosing, Explaining

        parts = (self.files, self.topics, self._lab_of, self.compiled)
        return Explaining(self.database, self.editions, Choosing(*parts))

    @cached_property
    def composing(self) -> "Composing":
        """What selects papers and composes mails of an edition."""
        from digest.app.composing import Composing

        return Composing(self.files, self.topics, self._lab_of, self.compiled, self.identity)

    def _lab_of(self, edition: "OpenEdition") -> "Interleaving | None":
        from digest.lab.interleaved import lab_of

        return lab_of(self.database, edition)

    @cached_property
    def compiled(self) -> "CompiledEditions":
        """What is made of an edition once, kept beside the journals."""
        from digest.app.compiled import editions

        return editions.build(self.settings, self.files, self.unchecked_database, self.journals)

    @cached_property
    def checks(self) -> "PreflightChecks":
        """What looks at an edition before it is sent."""
        from digest.app import preflight

        return preflight.build(
            self.settings,
            self.database,
            self.smtp,
            self.composing,
            lambda: self.transactional,
            self.clock,
        )

    @cached_property
    def delivery(self) -> "Delivery":
        """What sends an edition, or rehearses it."""
        from digest.app.delivery import Delivery

        return Delivery(
            self.settings,
            self.database,
            self.journals,
            self.former_journals,
            self.smtp,
            self.editions,
            self.composing,
            lambda: self.checks,
            self.clock,
        )

    @cached_property
    def previews(self) -> "Previews":
        """What shows the mails of an edition before it goes."""
        from digest.app.previews import Previews

        parts = (self.database, self.editions, self.composing)
        return Previews(*parts, lambda: self.smtp, self.clock)

    @cached_property
    def seals(self) -> "Seals":
        """What seals editions that are settled, and verifies them."""
        from digest.app.seals import Seals

        parts = (self.settings, self.database, self.files, self.topics)
        return Seals(*parts, lambda: self.composing, self.clock)

    @cached_property
    def statistics(self) -> "Statistics":
        """What makes figures over days."""
        from digest.statistics.statistics import Statistics

        names, zone = lambda: self.topics.in_force.topic_names, self.settings.timezone
        return Statistics(self.database, zone, names, self.clock)

    @cached_property
    def operations(self) -> "Operations":
        """What says how the service stands, and tells the operator."""
        from digest.app.operations import Operations

        return Operations(
            self.settings,
            self.files.readable_sources,
            self.database,
            self._look_at_mark,
            self.clock,
        )

    def _look_at_mark(self) -> None:
        if not self.read_only and self.installation.missing():
            self.installation.observes_hold()


def build_app(
    settings: Settings,
    *,
    clock: Clock = system_clock,
    read_only: bool = False,
    files: Files | None = None,
    database: Database | None = None,
) -> App:
    """Return the service for these settings; nothing is opened or read yet.

    files, database: those of another service, when they are the same; left out, its own.
    """
    return App(settings, clock, files or Files(settings), read_only, database)
