"""The public archive: every edition with all its papers, by topic too, and a search in titles."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from digest.model import Candidate, Edition
from digest.render.digest import wording
from digest.web.site import topic_filter
from digest.web.site.view import Here, Site

pages = APIRouter()
PAGE_LENGTH = 50
Page = Annotated[int, Query(ge=1, le=1000)]


@pages.get("/archive")
def archive(site: Here, q: str = "", topic: str = "", page: Page = 1) -> Response:
    """List the editions, or the papers that a search finds; topic: only those of a topic."""
    slug = topic_filter.chosen(site, topic)
    if q.strip():
        return _search(site, q, slug, page)
    if slug:
        return RedirectResponse(f"{site.root}/topics/{slug}", 303)
    dates = site.library.dates()
    today = site.today()
    if today and not any(day == today.edition.date for day, _ in dates):
        dates.insert(0, (today.edition.date, len(today.edition.candidates)))
    groups = site.app.topics.in_force.catalogue.groups()
    return site.public_page("archive.html", dates=dates, q="", slug="", groups=groups)


@pages.get("/archive/{day}")
def edition(day: date, site: Here, topic: str = "", page: Page = 1) -> HTMLResponse:
    """Show one edition, the papers that trend most first; topic: only those of a topic."""
    found = site.library.edition(day).edition
    heading = wording.long_date(day, site.language)
    return _edition(site, found, found.candidates, heading, topic, page, f"/archive/{day}")


@pages.get("/archive/{day}/week")
def week(day: date, site: Here, topic: str = "", page: Page = 1) -> HTMLResponse:
    """Show the week up to an edition, the papers that trended most in it first."""
    found = site.library.edition(day).edition
    leading = sorted(found.candidates, key=lambda each: -(each.trend.weekly or each.trend.score))
    days = site.language.days(day - timedelta(days=6), day)
    heading = site.language.gettext("The week of %(days)s", days=days)
    return _edition(site, found, leading, heading, topic, page, f"/archive/{day}/week")


def _edition(
    site: Site,
    edition: Edition,
    candidates: Sequence[Candidate],
    heading: str,
    topic: str,
    page: int,
    address: str,
) -> HTMLResponse:
    slug = topic_filter.chosen(site, topic)
    listed = topic_filter.having(site, candidates, slug)
    start = (page - 1) * PAGE_LENGTH
    return site.public_page(
        "edition.html",
        heading=heading,
        note=edition.note,
        dropped=edition.dropped,
        papers=site.ranked(listed[start : start + PAGE_LENGTH]),
        slug=slug,
        count=len(listed),
        offered=topic_filter.offered(site, candidates),
        whole=len(candidates),
        start=start,
        page=page,
        more=start + PAGE_LENGTH < len(listed),
        filtered=address,
        address=f"{address}?topic={slug}&" if slug else f"{address}?",
    )


def _search(site: Site, q: str, slug: str, page: int) -> HTMLResponse:
    start = (page - 1) * PAGE_LENGTH
    topics = [slug] if slug else []
    found = site.library.listed(topics=topics, words=q, limit=PAGE_LENGTH + 1, offset=start)
    papers = [(site.card(paper), day) for paper, day in found[:PAGE_LENGTH]]
    more = len(found) > PAGE_LENGTH
    return site.public_page(
        "search.html",
        q=q[:200],
        slug=slug,
        groups=site.app.topics.in_force.catalogue.groups(),
        papers=papers,
        page=page,
        more=more,
    )
