"""The public archive: every edition with all its papers, and a search in the titles."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse

from digest.model import Candidate
from digest.render.digest import wording
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
    heading = wording.long_date(day, site.language)
    return _listed(site, found.candidates, heading, page, f"/archive/{day}?")


@pages.get("/archive/{day}/week")
def week(day: date, site: Here, page: Page = 1) -> HTMLResponse:
    """Show the week up to an edition, the papers that trended most in it first."""
    candidates = site.library.edition(day).edition.candidates
    leading = sorted(candidates, key=lambda each: -(each.trend.weekly or each.trend.score))
    heading = wording.week(day, site.language)
    return _listed(site, leading, heading, page, f"/archive/{day}/week?")


def _listed(
    site: Site, candidates: Sequence[Candidate], heading: str, page: int, address: str
) -> HTMLResponse:
    start = (page - 1) * PAGE_LENGTH
    return site.public_page(
        "edition.html",
        heading=heading,
        count=len(candidates),
        papers=site.ranked(candidates[start : start + PAGE_LENGTH]),
        start=start,
        page=page,
        more=start + PAGE_LENGTH < len(candidates),
        address=address,
    )


def _search(site: Site, q: str, page: int) -> HTMLResponse:
    start = (page - 1) * PAGE_LENGTH
    found = site.library.listed(words=q, limit=PAGE_LENGTH + 1, offset=start)
    papers = [(site.card(paper), day) for paper, day in found[:PAGE_LENGTH]]
    more = len(found) > PAGE_LENGTH
    return site.public_page("search.html", q=q[:200], papers=papers, page=page, more=more)
