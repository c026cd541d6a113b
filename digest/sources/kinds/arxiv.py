"""arXiv: the Atom answers of its API, and the RSS feeds of the day's announcements.

The API's manual (info.arxiv.org/help/api) asks for one request in three seconds and answers an
error as a feed of one entry titled "Error". The feeds at rss.arxiv.org list what was announced on
the day of the feed, replacements of older papers included, which are no news and are left out.
"""

import re
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from digest.errors import DumpError
from digest.papers.dumps import Entry, Refusal
from digest.papers.dumps.entries import Listed, entry_of
from digest.sources.kinds.page import Page, sort_out
from digest.sources.kinds.xml_feeds import Item, read_feed

SPACING_SECONDS = 3.0  # between two requests, by the API's terms of use
_ANNOUNCED = time(20)  # in New York, from Sunday to Thursday (info.arxiv.org/help/availability)
_NEW_YORK = ZoneInfo("America/New_York")
_QUIET = (4, 5)  # Friday, Saturday
_PREAMBLE = re.compile(r"\s*arXiv:\S+\s+Announce Type:\s*[\w-]+\s+Abstract:\s*", re.IGNORECASE)


def is_quiet(now: datetime) -> bool:
    """Whether nothing new was announced since the evening before: Friday's and Saturday's.

    From 20:00 in New York on these days to 20:00 on the next the lists stay as they were.
    """
    local = now.astimezone(_NEW_YORK)
    evening = local if local.time() >= _ANNOUNCED else local - timedelta(days=1)
    return evening.weekday() in _QUIET


def parse_api(body: bytes, *, start: int) -> Page:
    """Return the part of a search that begins at `start`.

    Raises DumpError for what is no answer of the API, for an error that it reports, and for an
    empty page in the middle, which it is known to give under load.
    """
    feed = read_feed(body)
    for item in feed.items:
        if "/api/errors" in item.text("id"):
            raise DumpError(f"arXiv answered: {item.text('summary')[:200]}")
    if not feed.items and feed.total > start:
        raise DumpError(f"an empty page, though there are {feed.total:,} entries")
    entries, refusals = sort_out(
        [_part(place, item) for place, item in enumerate(feed.items, start + 1)]
    )
    return Page(entries, refusals)


def parse_rss(body: bytes) -> Page:
    """Return the announcements of one day: new papers and those that came from elsewhere."""
    feed = read_feed(body)
    news = [
        (place, item)
        for place, item in enumerate(feed.items, 1)
        if not item.text("announce_type").startswith("replace")
    ]
    entries, refusals = sort_out([_part(place, item) for place, item in news])
    return Page(entries, refusals, feed.day, outside=len(feed.items) - len(news))


def _part(place: int, item: Item) -> Entry | Refusal:
    listed = Listed(
        title=item.text("title"),
        abstract=_PREAMBLE.sub("", item.text("summary", "description"), count=1),
        names=(item.text("id"), item.text("guid"), item.link, item.text("doi")),
        url=item.link,
    )
    return entry_of(listed, line=place, rank=place)
