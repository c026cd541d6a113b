"""The page of a paper: all that is known of it, where it trended, and how to cite it."""

from urllib.parse import urlsplit

from fastapi import APIRouter, Request, Response

from digest.ground.text.plain_text import clean
from digest.ground.text.tex import readable
from digest.render.cards import shown_names
from digest.render.citations import BIBTEX_TYPE, RIS_TYPE, bibtex, ris
from digest.render.destinations import (
    all_shown,
    code_text,
    paper_page,
    project_text,
    search_address,
    web_address,
)
from digest.render.rank_plot import plot
from digest.web.site.conditional import tagged
from digest.web.site.paper_facts import PaperFacts, find
from digest.web.site.view import PUBLIC, Here, Site

pages = APIRouter()
_HTML = "text/html; charset=utf-8"


@pages.get("/papers/{paper_id}.bib")
def as_bibtex(paper_id: str, request: Request, site: Here) -> Response:
    """Hand out the paper for BibTeX."""
    facts = find(site.app.database, paper_id)
    body = bibtex(facts.citation(site.app.identity.letterhead.base_url))
    return _download(request, body, BIBTEX_TYPE, f"paper-{facts.paper.id}.bib")


@pages.get("/papers/{paper_id}.ris")
def as_ris(paper_id: str, request: Request, site: Here) -> Response:
    """Hand out the paper for other reference managers."""
    facts = find(site.app.database, paper_id)
    body = ris(facts.citation(site.app.identity.letterhead.base_url))
    return _download(request, body, RIS_TYPE, f"paper-{facts.paper.id}.ris")


@pages.get("/papers/{paper_id}")
def paper(paper_id: str, request: Request, site: Here) -> Response:
    """Show the paper."""
    facts = find(site.app.database, paper_id)
    page = site.public_page("paper.html", **_values(site, facts))
    headers = {**PUBLIC, "Content-Language": site.language.tag}
    return tagged(request, bytes(page.body), _HTML, headers)


def _values(site: Site, facts: PaperFacts) -> dict[str, object]:
    """Return the variables of paper.html."""
    found, letterhead = facts.paper, site.app.identity.letterhead
    return {
        "card": site.card(found),
        "address": (address := web_address(found.url)),
        "host": _host(address),
        "canonical": paper_page(found.id, letterhead.base_url),
        "authors": shown_names(facts.byline.authors),
        "affiliations": shown_names(facts.byline.affiliations),
        "abstract": clean(readable(found.abstract)),
        "topics": [slug for slug in found.topics if slug in site.topic_names],
        "identifiers": [_spoken(name) for name in sorted(facts.identifiers)],
        "codes": [(one, code_text(one)) for one in all_shown(found.code_urls)],
        "projects": [(one, project_text(one)) for one in all_shown(found.project_urls)],
        "search": (search := search_address(found.title, letterhead.search_url)),
        "search_host": _host(search),
        "facts": facts,
        "plot": plot(facts.places),
        "similar": [site.card(other) for other in site.library.similar(found)],
    }


def _download(request: Request, text: str, media_type: str, name: str) -> Response:
    headers = {**PUBLIC, "Content-Disposition": f'attachment; filename="{name}"'}
    return tagged(request, text.encode("utf-8", "replace"), media_type, headers)


def _host(address: str) -> str:
    return urlsplit(address).netloc.removeprefix("www.")


def _spoken(identifier: str) -> str:
    """Write an identifier as people do: "arXiv:2411.00001"."""
    kind, _, name = identifier.partition(":")
    return f"{'arXiv' if kind == 'arxiv' else kind.upper()}:{name}"
