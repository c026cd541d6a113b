"""The topics, and the newest papers of each."""

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from digest.errors import NotFoundError
from digest.ground.languages.language import N_
from digest.topics.catalogue import Topic
from digest.web.site.archive import PAGE_LENGTH, Page
from digest.web.site.view import Here, Site

pages = APIRouter()


@pages.get("/topics")
def topics(site: Here) -> HTMLResponse:
    """List the topics with how many papers each has."""
    counts = site.library.papers_by_topic()
    return site.public_page("topics.html", topics=site.app.files.catalogue.topics, counts=counts)


@pages.get("/topics/{slug}")
def topic(slug: str, site: Here, page: Page = 1) -> HTMLResponse:
    """Show the papers of one topic, the newest first."""
    shown = topic_of(site, slug)
    start = (page - 1) * PAGE_LENGTH
    found = site.library.listed(topic=slug, limit=PAGE_LENGTH + 1, offset=start)
    papers = [(site.card(paper), day) for paper, day in found[:PAGE_LENGTH]]
    more = len(found) > PAGE_LENGTH
    return site.public_page("topic.html", topic=shown, papers=papers, page=page, more=more)


def topic_of(site: Site, slug: str) -> Topic:
    """Return a topic of the catalogue; NotFoundError for what is none."""
    for each in site.app.files.catalogue.topics:
        if each.slug == slug:
            return each
    raise NotFoundError(N_("There is no such topic."))
