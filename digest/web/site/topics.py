"""The topics, and the newest papers of each."""

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from digest.errors import NotFoundError
from digest.topics.catalogue import Topic
from digest.topics.former_slugs import current
from digest.web.site.archive import PAGE_LENGTH, Page
from digest.web.site.topic_filter import NO_TOPIC
from digest.web.site.view import Here, Site

pages = APIRouter()


@pages.get("/topics")
def topics(site: Here) -> HTMLResponse:
    """List the topics with how many papers each has."""
    counts = site.library.papers_by_topic()
    return site.public_page(
        "topics.html", groups=site.app.topics.in_force.catalogue.groups(), counts=counts
    )


@pages.get("/topics/{slug}")
def topic(slug: str, site: Here, page: Page = 1) -> Response:
    """Show the papers of one topic, the newest first."""
    if new := moved(site, slug):
        return RedirectResponse(f"{site.root}/topics/{new}", 301)
    shown = topic_of(site, slug)
    start = (page - 1) * PAGE_LENGTH
    found = site.library.listed(topics=[slug], limit=PAGE_LENGTH + 1, offset=start)
    papers = [(site.card(paper), day) for paper, day in found[:PAGE_LENGTH]]
    more = len(found) > PAGE_LENGTH
    groups = site.app.topics.in_force.catalogue.groups()
    return site.public_page(
        "topic.html",
        topic=shown,
        slug=slug,
        groups=groups,
        q="",
        papers=papers,
        page=page,
        more=more,
    )


def moved(site: Site, slug: str) -> str:
    """Return the first of the topics that replaced one of the former catalogue; else nothing."""
    new = current(slug, site.topic_names)
    return new[0] if new and new[0] != slug else ""


def topic_of(site: Site, slug: str) -> Topic:
    """Return a topic of the catalogue; NotFoundError for what is none."""
    for each in site.app.topics.in_force.catalogue.topics:
        if each.slug == slug:
            return each
    raise NotFoundError(NO_TOPIC)
