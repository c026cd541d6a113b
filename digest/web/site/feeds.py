"""Feeds of all papers and of each topic, with conditional GET."""

from datetime import UTC, date, datetime, time
from email.utils import format_datetime
from enum import StrEnum
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from fastapi.responses import RedirectResponse

from digest.model import Paper
from digest.render import feeds
from digest.render.cards import shown_names
from digest.render.feeds import Feed, Item
from digest.web.site.conditional import tagged
from digest.web.site.topics import moved, topic_of
from digest.web.site.view import PUBLIC, Here, Site

pages = APIRouter()
LENGTH = 50
NEVER = datetime(1970, 1, 1, tzinfo=UTC)


class Format(StrEnum):
    """The formats, by the ends of their addresses."""

    ATOM = "atom"
    RSS = "rss"
    JSON = "json"


def _known(kind: str) -> Format:
    """Return the format; a page of no format is not found."""
    try:
        return Format(kind)
    except ValueError:
        raise HTTPException(404) from None


Kind = Annotated[Format, Depends(_known)]


WRITERS = {
    Format.ATOM: (feeds.atom, "application/atom+xml; charset=utf-8"),
    Format.RSS: (feeds.rss, "application/rss+xml; charset=utf-8"),
    Format.JSON: (feeds.json_feed, "application/feed+json"),
}


@pages.get("/feed.{kind}")
def all_papers(kind: Kind, request: Request, site: Here) -> Response:
    """Hand out the newest papers."""
    papers = site.library.listed(limit=LENGTH)
    name = site.app.identity.letterhead.name
    return _answer(site, request, kind, papers, title=name, place="", page="/archive")


@pages.get("/topics/{slug}/feed.{kind}")
def of_topic(slug: str, kind: Kind, request: Request, site: Here) -> Response:
    """Hand out the newest papers of one topic."""
    if new := moved(site, slug):
        return RedirectResponse(f"{site.root}/topics/{new}/feed.{kind}", 301)
    topic = topic_of(site, slug)
    papers = site.library.listed(topics=[slug], limit=LENGTH)
    title = f"{topic.name} – {site.app.identity.letterhead.name}"  # noqa: RUF001 -- a dash
    place = f"/topics/{slug}"
    return _answer(site, request, kind, papers, title=title, place=place, page=place)


def _answer(
    site: Site,
    request: Request,
    kind: Kind,
    papers: list[tuple[Paper, date | None]],
    *,
    title: str,
    place: str,
    page: str,
) -> Response:
    base = site.app.identity.letterhead.base_url
    items = [item_of(site, paper, _listed_at(site, day)) for paper, day in papers]
    at = max((item.at for item in items), default=NEVER)
    tag = f"tag:{site.app.editions.rules.domain},2026:feed{place}"
    feed = Feed(tag, title, f"{base}{place}/feed.{kind}", f"{base}{page}", at, items)
    dated = {**PUBLIC, "Last-Modified": format_datetime(at, usegmt=True)}
    return answer(request, kind, feed, dated, at=at)


def answer(
    request: Request,
    kind: Kind,
    feed: Feed,
    headers: dict[str, str],
    *,
    at: datetime | None = None,
) -> Response:
    """Write a feed, or answer 304 when the asker has it.

    at: when it last changed; None when no date can tell that.
    """
    write, media_type = WRITERS[kind]
    return tagged(request, write(feed), media_type, headers, at=at)


def item_of(site: Site, paper: Paper, at: datetime, why: str = "") -> Item:
    """Return a paper as an item of a feed; its name is the same in all our feeds (RFC 4151).

    why: a sentence before its summary.
    """
    card = site.card(paper, absolute=True)
    tag = f"tag:{site.app.editions.rules.domain},2026:paper/{paper.id}"
    summary = " ".join(filter(None, (why, card.summary)))
    return Item(tag, card.title, card.url, summary, at, shown_names(paper.authors))


def _listed_at(site: Site, day: date | None) -> datetime:
    """Midnight in the service's zone of the day whose list has the paper."""
    zone = ZoneInfo(site.app.settings.timezone)
    return datetime.combine(day or date(1970, 1, 1), time(), zone).astimezone(UTC)
