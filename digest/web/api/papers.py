"""The public data as JSON under /api/v1, described at /api/v1/openapi.json."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from pydantic import BaseModel

from digest.errors import NotFoundError
from digest.model import Trend
from digest.render.cards import Card
from digest.topics.former_slugs import current
from digest.web.api.access import PUBLIC_REFUSALS, Visit
from digest.web.api.problems import documented
from digest.web.api.route import PREFIX, TAGGED, Day, PublicRoute
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


class PaperOut(BaseModel):
    """A paper. code, project: empty when none is known. topics: slugs, the surest first."""

    id: int
    title: str
    summary: str
    url: str
    code: str
    project: str
    topics: list[str]


class CandidateOut(PaperOut):
    """A paper of an edition. trend: in [0, 1]; best_rank: 1 is the top of a list, 0: no place."""

    trend: float
    best_rank: int
    lists: int


class ListedOut(PaperOut):
    """A paper and the date of the newest list that has it."""

    listed: date | None


class TopicOut(BaseModel):
    """A topic of the catalogue."""

    slug: str
    name: str
    group: str
    description: str
    papers: int


class EditionLine(BaseModel):
    """One edition in the list of them."""

    date: date
    papers: int


class EditionOut(BaseModel):
    """One edition; `papers` is the asked-for part of it, by falling trend."""

    date: date
    total: int
    papers: list[CandidateOut]


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
    papers = [_candidate(site.card(each.paper), each.trend) for each in shown]
    return EditionOut(date=found.date, total=len(found.candidates), papers=papers)


@pages.get("/papers", responses=_SOUGHT)
def papers(
    site: Here,
    q: Annotated[str, Query(max_length=200)] = "",
    topic: Annotated[str, Query(max_length=64)] = "",
    limit: Limit = 50,
    offset: Offset = 0,
) -> list[ListedOut]:
    """List papers by newest list and rank. q: words that all have to be in the title.

    topic: a slug; one of the former catalogue stands for all topics that replaced it.
    """
    topics = current(topic, site.topic_names)
    if topic and not topics:
        raise NotFoundError(NO_TOPIC)
    found = site.library.listed(topics=topics, words=q, limit=limit, offset=offset)
    return [ListedOut(**_fields(site.card(paper)), listed=day) for paper, day in found]


@pages.get("/topics")
def topics(site: Here) -> list[TopicOut]:
    """List the topics."""
    counts = site.library.papers_by_topic()
    return [_topic(site, topic.slug, counts) for topic in site.app.files.catalogue.topics]


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


def _candidate(card: Card, trend: Trend) -> CandidateOut:
    return CandidateOut(
        **_fields(card), trend=trend.score, best_rank=trend.best_rank, lists=trend.dumps
    )


def _fields(card: Card) -> dict[str, Any]:
    return {name: getattr(card, name) for name in PaperOut.model_fields}
