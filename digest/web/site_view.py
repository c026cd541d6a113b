"""What all public pages share: the service, the templates, reading the tokens of links."""

import hashlib
from collections.abc import Sequence
from datetime import date
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from digest import shipped
from digest.app import App
from digest.core.cards import Card, make_card
from digest.core.links import LinkSigner, Purpose
from digest.core.sections import sections_of
from digest.core.stamps import Stamper
from digest.core.wording import (
    count_text,
    long_date,
    rhythm_text,
    section_title,
    standing,
    votes_text,
)
from digest.db.editions import OpenEdition
from digest.errors import NotFoundError
from digest.model import Candidate, Paper, Pick, Reason, Trend
from digest.services.doctor.servers import instance
from digest.services.library import Library
from digest.services.metrics import registry
from digest.web.clerk import Clerk
from digest.web.kept_pages import KeptPages
from digest.web.limits import Buckets, Rates
from digest.web.proofs import Proofs

PUBLIC = {"Cache-Control": "public, max-age=60"}


class Site:
    """The service as its pages see it."""

    def __init__(self, app: App, rates: Rates) -> None:
        self.app = app
        self.kept = KeptPages(app.clock)
        self.folder = shipped.templates_dir() / "web" / "site"
        self.root = urlsplit(app.settings.base_url).path
        self.links = LinkSigner(app.settings.keys)
        self.stamps = Stamper(app.settings.keys)
        self.topic_names = {topic.slug: topic.name for topic in app.catalogue.topics}
        self.library = Library(app.database, app.foresee, app.slate, app.clock)
        names = sorted(app.vocabulary.timezones)  # 600, the same on each preferences page
        self.zones = Markup("").join(Markup('<option value="{}">').format(each) for each in names)
        self.instance = instance(app.settings.keys[0])
        self.figures = registry(app.database, app.clock)
        self.clerk = Clerk()
        self.visitor_limit = Buckets(rates.form_visitor, app.clock)
        self.overall_limit = Buckets(rates.form_overall, app.clock)
        self.api_visitor_limit = Buckets(rates.api_visitor, app.clock)
        self.api_overall_limit = Buckets(rates.api_overall, app.clock)
        self.api_key_limit = Buckets(rates.api_key, app.clock)
        wanted = app.settings.proof_of_work
        self.proofs = Proofs(app.settings.keys[0], app.clock) if wanted else None
        self._pages = Environment(
            loader=FileSystemLoader(self.folder),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._pages.filters |= {
            "long_date": long_date,
            "papers": count_text,
            "rhythm": rhythm_text,
        }
        self._pages.globals |= {
            "root": self.root,
            "name": app.letterhead.name,
            "postal_address": app.settings.postal_address,
            "style_version": self._version("style.css"),
            "icon_version": self._version("icon.svg"),
            "script_version": self._version("proof.js"),
            "topic_names": self.topic_names,
            "proofs": wanted,
        }

    def page(self, name: str, status: int = 200, **values: object) -> HTMLResponse:
        """Render somebody's own page: it is neither kept nor found."""
        page = self._pages.get_template(name).render({"public": False, **values})
        return HTMLResponse(page.encode("utf-8", "replace"), status)

    def public_page(self, name: str, **values: object) -> HTMLResponse:
        """Render a page that is the same for everybody."""
        response = self.page(name, 200, **{**values, "public": True})
        response.headers.update(PUBLIC)
        return response

    def card(self, paper: Paper) -> Card:
        """Return a paper as pages show it."""
        return make_card(paper, self.app.letterhead.search_url)

    def sections(
        self, edition: OpenEdition, picks: Sequence[Pick]
    ) -> list[tuple[str, list[tuple[Card, str]]]]:
        """Return the headings of a mail, each with its cards and why they are there."""
        papers = {each.paper.id: each for each in edition.edition.candidates}
        return [
            (
                section_title(section.reason, self.topic_names),
                [self._picked(papers[id_], section.reason) for id_ in section.paper_ids],
            )
            for section in sections_of(picks)
        ]

    def ranked(self, candidates: Sequence[Candidate]) -> list[tuple[Card, str]]:
        """Return the cards of candidates, each with what is known of its success."""
        return [(self.card(each.paper), _success(each.trend)) for each in candidates]

    def today(self) -> OpenEdition | None:
        """Return the newest edition; None before the first paper has come."""
        try:
            return self.library.today()
        except NotFoundError:
            return None

    def _picked(self, candidate: Candidate, reason: Reason) -> tuple[Card, str]:
        return self.card(candidate.paper), self.app.reason_text(reason, candidate.trend)

    def _version(self, name: str) -> str:
        """What stands in the address of a file, so that it may be kept for as long as one likes."""
        return hashlib.sha256((self.folder / name).read_bytes()).hexdigest()[:12]

    def reader(self, purpose: Purpose, token: str) -> int:
        """Return the subscriber that a link of a mail names; LinkError when it is not valid."""
        return self.links.read(purpose, token).subscriber_id

    def reader_and_edition(self, purpose: Purpose, token: str) -> tuple[int, date | None]:
        """Return the subscriber and the edition that a link of a mail names."""
        claim = self.links.read(purpose, token)
        return claim.subscriber_id, claim.edition


def _success(trend: Trend) -> str:
    return ", ".join(filter(None, (standing(trend), votes_text(trend))))


async def _site(request: Request) -> Site:
    site: Site = request.app.state.site
    return site


Here = Annotated[Site, Depends(_site)]
