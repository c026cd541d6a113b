"""The public data as JSON under /api/v1, described at /api/v1/openapi.json."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse

from digest.errors import NotFoundError
from digest.ground.text.plain_text import clean
from digest.ground.text.tex import readable
from digest.model import Candidate, Paper
from digest.render.cards import shown_names
from digest.render.destinations import all_shown, paper_page
from digest.topics.former_slugs import current
from digest.web.api.access import PUBLIC_REFUSALS, Visit
from digest.web.api.models import LARGEST_ID
from digest.web.api.paper_models import (
    CandidateOut,
    EditionLine,
    EditionOut,
    ListedOut,
    PlaceOut,
    SimilarOut,
    TopicOut,
    WholePaperOut,
)
from digest.web.api.problems import documented
from digest.web.api.route import PREFIX, TAGGED, Day, PublicRoute
from digest.web.site.paper_facts import find
from digest.web.site.topic_filter import NO_TOPIC
from digest.web.site.topics import moved, topic_of
from digest.web.site.view import Here, Site

Limit = Annotated[int, Query(ge=1, le=200)]
Offset = Annotated[int, Query(ge=0, le=100_000)]

pages = APIRouter(
    tags=["public"],
    route_class=PublicRoute,
    dependencies=[Visit],
    responses={**TAGGED, **PUBLIC_REFUSALS},
)
_SOUGHT = documented(404, 422)


@pages.get("/editions")
def editions(site: Here) -> list[EditionLine]:
    """List the open editions, the newest first."""
    return [EditionLine(date=day, papers=count) for day, count in site.library.dates()]


@pages.get("/editions/{day}", responses=_SOUGHT)
def edition(
    day: Annotated[Day, Path(examples=["2026-11-19"])],
    site: Here,
    limit: Limit = 50,
    offset: Offset = 0,
) -> EditionOut:
    """Return one edition."""
    found = site.library.edition(day).edition
    shown = found.candidates[offset : offset + limit]
    papers = [_candidate(site, each, pinned=each.paper.id in found.pinned) for each in shown]
    return EditionOut(
        date=found.date,
        total=len(found.candidates),
        note=clean(found.note),
        dropped=found.dropped,
        papers=papers,
    )


@pages.get("/papers", responses=_SOUGHT)
def papers(
    site: Here,
    q: Annotated[str, Query(max_length=200)] = "",
    topic: Annotated[str, Query(max_length=64)] = "",
    limit: Limit = 50,
    offset: Offset = 0,
) -> list[ListedOut]:
    """List papers by newest list and rank. q: words that each have to be in the title or in the
    name of an author.

    topic: a slug; one of the former catalogue stands for all topics that replaced it.
    """
    topics = current(topic, site.topic_names)
    if topic and not topics:
        raise NotFoundError(NO_TOPIC)
    found = site.library.listed(topics=topics, words=q, limit=limit, offset=offset)
    return [ListedOut(**_fields(site, paper), listed=day) for paper, day in found]


@pages.get("/papers/{id}", responses=_SOUGHT)
def paper(id: Annotated[int, Path(ge=1, le=LARGEST_ID, examples=[1])], site: Here) -> WholePaperOut:
    """Return one paper with all that is known of it."""
    facts = find(site.app.database, str(id))
    found = facts.paper
    return WholePaperOut(
        **{**_fields(site, found), "topics": list(found.topics)},
        abstract=clean(readable(found.abstract)),
        affiliations=shown_names(facts.byline.affiliations),
        identifiers=sorted(facts.identifiers),
        code_urls=all_shown(found.code_urls),
        project_urls=all_shown(found.project_urls),
        votes=facts.votes,
        stars=facts.stars,
        places=[PlaceOut.model_validate(each, from_attributes=True) for each in facts.places],
        editions=list(facts.editions),
        similar=[SimilarOut(**_fields(site, each)) for each in site.library.similar(found)],
    )


@pages.get("/topics")
def topics(site: Here) -> list[TopicOut]:
    """List the topics."""
    counts = site.library.papers_by_topic()
    return [_topic(site, topic.slug, counts) for topic in site.app.topics.in_force.catalogue.topics]


@pages.get("/topics/{slug}", response_model=TopicOut, responses=_SOUGHT)
def topic(slug: str, site: Here) -> TopicOut | Response:
    """Return one topic; one of the former catalogue leads to the first that replaced it."""
    if new := moved(site, slug):
        return RedirectResponse(f"{site.root}{PREFIX}/topics/{new}", 301)
    return _topic(site, slug, site.library.papers_by_topic())


@pages.get("/openapi.json", include_in_schema=False)
def description(request: Request) -> Response:
    """Describe all of this (OpenAPI 3.1)."""
    return JSONResponse(request.app.openapi())


def _topic(site: Site, slug: str, counts: dict[str, int]) -> TopicOut:
    found = topic_of(site, slug)
    return TopicOut(
        slug=found.slug,
        name=found.name,
        group=found.group,
        description=found.description,
        papers=counts.get(slug, 0),
    )


def _candidate(site: Site, candidate: Candidate, *, pinned: bool) -> CandidateOut:
    trend = candidate.trend
    return CandidateOut(
        **_fields(site, candidate.paper),
        trend=trend.score,
        best_rank=trend.best_rank,
        lists=trend.dumps,
        votes=trend.votes,
        pinned=pinned,
        claim=clean(candidate.claim),
        note=clean(candidate.note),
    )


def _fields(site: Site, paper: Paper) -> dict[str, Any]:
    """Return the values of PaperOut."""
    card = site.card(paper, absolute=True)
    base = site.app.identity.letterhead.base_url
    names = ("id", "title", "summary", "url", "code", "project", "topics")
    return {
        **{name: getattr(card, name) for name in names},
        "authors": shown_names(paper.authors),
        "page": paper_page(paper.id, base),
    }
