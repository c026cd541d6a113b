"""The public archive: every edition with all its papers, and a search in the titles."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse

from digest.web.site.view import Here, Site

pages = APIRouter()
PAGE_LENGTH = 50
Page = Annotated[int, Query(ge=1, le=1000)]


@pages.get("/archive")
def archive(site: Here, q: str = "", page: Page = 1) -> HTMLResponse:
    """List the editions, or the papers that a search finds."""
    if q.strip():
        return _search(site, q, page)
    dates = site.library.dates()
    today = site.today()
    if today and not any(day == today.edition.date for day, _ in dates):
        dates.insert(0, (today.edition.date, len(today.edition.candidates)))
    return site.public_page("archive.html", dates=dates, q="")


@pages.get("/archive/{day}")
def edition(day: date, site: Here, page: Page = 1) -> HTMLResponse:
    """Show one edition, the papers that trend most first."""
    found = site.library.edition(day).edition
    start = (page - 1) * PAGE_LENGTH
    shown = found.candidates[start : start + PAGE_LENGTH]
    return site.public_page(
        "edition.html",
        edition=found,
        papers=site.ranked(shown),
        start=start,
        page=page,
        more=start + PAGE_LENGTH < len(found.candidates),
        address=f"/archive/{day}?",
    )


def _search(site: Site, q: str, page: int) -> HTMLResponse:
    start = (page - 1) * PAGE_LENGTH
    found = site.library.listed(words=q, limit=PAGE_LENGTH + 1, offset=start)
    papers = [(site.card(paper), day) for paper, day in found[:PAGE_LENGTH]]
    more = len(found) > PAGE_LENGTH
    return site.public_page("search.html", q=q[:200], papers=papers, page=page, more=more)
