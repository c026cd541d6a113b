"""What all public pages share: the service, the templates, reading the tokens of links."""

import copy
import hashlib
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse
from jinja2 import FileSystemLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from digest.app import App
from digest.delivery.forecast.lookback import Lookbacks
from digest.editions.store.editions import OpenEdition
from digest.errors import NotFoundError, UnreachableError
from digest.ground import shipped
from digest.ground.languages.language import ENGLISH, Language, negotiate
from digest.ground.text.plain_text import clean
from digest.ground.tokens.links import LinkSigner, Purpose
from digest.ground.tokens.signed_numbers import TokenSigner
from digest.model import Candidate, Paper, Pick, Reason, Subscriber, Trend
from digest.operations.doctor.servers import instance
from digest.operations.metrics import registry
from digest.render.cards import Card, make_card
from digest.render.digest.standing import standing
from digest.render.digest.wording import (
    count_text,
    long_date,
    schedule_text,
    section_title,
    short_date,
    votes_text,
    why,
)
from digest.selection.arrangement import arrange
from digest.setting_kinds import time_zones
from digest.subscribers.links import bindings
from digest.web.limits import Buckets, Rates
from digest.web.page_queues import PageQueues
from digest.web.sign_in_limits import SignInLimits
from digest.web.signup_limits import SignUpLimits
from digest.web.site.library import Library
from digest.web.site.proofs import Proofs
from digest.web.site.quick.asking import Asking
from digest.web.site.quick.kept_pages import KeptPages
from digest.web.site.readiness import Readiness
from digest.web.topic_names import TopicNames

_log = logging.getLogger(__name__)
PUBLIC = {"Cache-Control": "public, max-age=60", "Vary": "Accept-Language"}


class Site:
    """The service as its pages see it."""

    def __init__(self, app: App, rates: Rates, wake: Callable[[], None] | None = None) -> None:
        self.app = app
        self.kept = KeptPages(app.clock)
        self.options: dict[str, dict[str, list[tuple[str, str]]]] = {}  # of forms, by language
        self.folder = shipped.templates_dir() / "web" / "site"
        self.root = urlsplit(app.settings.base_url).path
        self.links = LinkSigner(app.settings.keys)
        self.tokens = TokenSigner(app.settings.keys)
        self.bindings = bindings(app.database)
        self.asking = Asking(app, self.links, self.tokens)
        self.library = Library(app.database, app.editions.foresee, app.composing.matrix, app.clock)
        self.lookbacks = Lookbacks(
            app.database, app.composing.small_matrix, self.today, app.editions.freshness
        )
        names = sorted(time_zones())  # 600, the same on each preferences page
        self.zones = Markup("").join(Markup('<option value="{}">').format(each) for each in names)
        self.instance = instance(app.settings.keys[0])
        self.readiness = Readiness(app.database, self.library)
        self.figures = registry(app.database, app.clock)
        self.queues = PageQueues(app) if wake is None else None  # None: of another process
        self._wake = wake
        self.signup_limits = SignUpLimits(rates, app.clock)
        self.preview_visitor_limit = Buckets(rates.preview_visitor, app.clock)
        self.preview_overall_limit = Buckets(rates.preview_overall, app.clock)
        self.api_visitor_limit = Buckets(rates.api_visitor, app.clock)
        self.api_overall_limit = Buckets(rates.api_overall, app.clock)
        self.test_mail_limit = Buckets(rates.test_mail, app.clock)
        self.hook_limit = Buckets(rates.hook_failure, app.clock)
        self.sign_in_limits = SignInLimits(rates, app.clock)
        self.api_key_limit = Buckets(rates.api_key, app.clock)
        wanted = app.settings.proof_of_work
        self.proofs = Proofs(app.settings.keys[0], app.clock) if wanted else None
        self.language = ENGLISH
        self._pages = {tag: self._environment(each) for tag, each in app.files.languages.items()}

    @property
    def topic_names(self) -> Mapping[str, str]:
        """What the topics are called, by slug."""
        return self.app.topics.in_force.topic_names

    def look_at_catalogue(self) -> None:
        """Go by the version of the catalogue that is in force.

        When the database does not answer, the pages that need none go on by the one before.
        """
        try:
            self.app.look_at_catalogue()
        except UnreachableError as exc:
            _log.warning("Which version of the catalogue is in force is not known: %s", exc)

    def wake(self) -> None:
        """Send what a request may have written: mails to single readers, news for webhooks."""
        if self.queues is not None:
            self.queues.wake()
        elif self._wake is not None:
            self._wake()

    def speaking(self, tag: str) -> "Site":
        """Return the same service in a language; in its own when there is no such catalogue."""
        if tag == self.language.tag or tag not in self.app.files.languages:
            return self
        other = copy.copy(self)
        other.language = self.app.files.languages[tag]
        return other

    def for_reader(self, reader: Subscriber) -> "Site":
        """Return the same service in the language of a reader."""
        return self.speaking(reader.preferences.language)

    def page(self, name: str, status: int = 200, **values: object) -> HTMLResponse:
        """Render somebody's own page: it is neither kept nor found."""
        template = self._pages[self.language.tag].get_template(name)
        page = template.render({"public": False, **values})
        language = {"Content-Language": self.language.tag}
        return HTMLResponse(page.encode("utf-8", "replace"), status, language)

    def piece(self, name: str, key: tuple[object, ...], values: Mapping[str, object]) -> Markup:
        """Return a part of a page, kept by `key`, from which its values follow."""

        def make() -> bytes:
            made = self._pages[self.language.tag].get_template(name).render(values)
            return made.encode("utf-8", "replace")

        kept = self.kept.get_quickly((self.language.tag, name, key), make)
        return Markup(kept.decode())  # noqa: S704 -- a template that escapes has made it

    def public_page(self, name: str, **values: object) -> HTMLResponse:
        """Render a page that is the same for everybody."""
        response = self.page(name, 200, **{**values, "public": True})
        response.headers.update(PUBLIC)
        return response

    def card(self, paper: Paper, *, absolute: bool = False) -> Card:
        """Return a paper as pages show it. absolute: with addresses that hold elsewhere, too."""
        base = self.app.identity.letterhead.base_url if absolute else self.root
        return make_card(paper, base, self.app.files.summarise, self.language)

    def candidate_card(self, candidate: Candidate) -> Card:
        """Return a paper of an edition as pages show it, with the editors' words on it."""
        card = self.card(candidate.paper)
        return replace(card, claim=clean(candidate.claim), note=clean(candidate.note))

    def sections(
        self, edition: OpenEdition, picks: Sequence[Pick], leads: int
    ) -> list[tuple[str, list[tuple[Card, str]]]]:
        """Return the headings of a mail, each with its cards and why they are there.

        "" heads the papers that share no reason, and the `leads` best.
        """
        papers = {each.paper.id: each for each in edition.edition.candidates}
        return [
            (
                section_title(heading, self.topic_names, self.language) if heading else "",
                [self._picked(papers[paper_id], reason) for paper_id, reason in together],
            )
            for heading, together in arrange(picks, leads)
        ]

    def ranked(self, candidates: Sequence[Candidate]) -> list[tuple[Card, str]]:
        """Return the cards of candidates, each with what is known of its success."""
        return [(self.candidate_card(each), self._success(each.trend)) for each in candidates]

    def today(self) -> OpenEdition | None:
        """Return the newest edition; None before the first paper has come."""
        try:
            return self.library.today()
        except NotFoundError:
            return None

    def why(self, reason: Reason, trend: Trend) -> str:
        """Say why a paper was picked, as its card in the mail does."""
        return why(reason, trend, self.topic_names, self.language)

    def _picked(self, candidate: Candidate, reason: Reason) -> tuple[Card, str]:
        return self.candidate_card(candidate), self.why(reason, candidate.trend)

    def _success(self, trend: Trend) -> str:
        said = (standing(trend, self.language), votes_text(trend, self.language))
        return ", ".join(filter(None, said))

    def _version(self, name: str) -> str:
        """What stands in the address of a file, so that it may be kept for as long as one likes."""
        return hashlib.sha256((self.folder / name).read_bytes()).hexdigest()[:12]

    def reader(self, purpose: Purpose, token: str) -> int:
        """Return the subscriber that a link of a mail names; LinkError when it is not valid."""
        return self.reader_and_edition(purpose, token)[0]

    def reader_and_edition(self, purpose: Purpose, token: str) -> tuple[int, date | None]:
        """Return the subscriber and the edition that a link of a mail names."""
        claim = self.links.read(purpose, token, self.bindings)
        return claim.subscriber_id, claim.edition

    def link(self, purpose: Purpose, reader: Subscriber) -> str:
        """Return the token of a reader for one purpose."""
        return self.links.token(purpose, reader.id, reader.nonce)

    def _environment(self, language: Language) -> ImmutableSandboxedEnvironment:
        """The templates in one language: the operator's own, then ours."""
        own = self.app.settings.web_templates
        pages = ImmutableSandboxedEnvironment(
            loader=FileSystemLoader([own, self.folder] if own else [self.folder]),
            autoescape=True,
            auto_reload=False,  # else each page looks at the files of all its templates
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            extensions=["jinja2.ext.i18n"],
        )
        pages.install_gettext_callables(  # type: ignore[attr-defined]
            **language.callables(), newstyle=True
        )
        pages.filters |= {
            "long_date": partial(long_date, language=language),
            "short_date": partial(short_date, language=language),
            "papers": partial(count_text, language=language),
            "emails": partial(_emails_text, language=language),
            "schedule": partial(schedule_text, language=language),
        }
        pages.globals |= {
            "root": self.root,
            "name": self.app.identity.letterhead.name,
            "postal_address": self.app.settings.postal_address,
            "style_version": self._version("style.css"),
            "icon_version": self._version("icon.svg"),
            "script_version": self._version("proof.js"),
            "zone_version": self._version("zone.js"),
            "topic_names": TopicNames(lambda: self.topic_names, language),
            "language": language,
            "proofs": self.proofs is not None,
        }
        return pages


def _emails_text(count: int, language: Language) -> str:
    return language.ngettext("%(count)s email", "%(count)s emails", count)


def site_of(request: Request) -> Site:
    """Return the service in the language that a browser asks for (no cookie remembers it)."""
    site: Site = request.app.state.site
    accepted = request.headers.get("accept-language", "")
    return site.speaking(negotiate(accepted, site.app.files.languages.keys()))


async def here(request: Request) -> Site:
    """Return the service for a request, by the catalogue that is in force."""
    site = site_of(request)  # not worth a thread
    if site.app.topics.is_due:
        await run_in_threadpool(site.look_at_catalogue)
    return site


Here = Annotated[Site, Depends(here)]
