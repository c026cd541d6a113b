"""arXiv: the Atom answers of its API, and the RSS feeds of the day's announcements.

The API's manual (info.arxiv.org/help/api) asks for one request in three seconds and answers an
error as a feed of one entry titled "Error". The feeds at rss.arxiv.org list what was announced on
the day of the feed, replacements of older papers included, which are no news and are left out.
"""

import re
from abc import ABC
from datetime import date, datetime, time, timedelta
from typing import Annotated, ClassVar
from urllib.parse import quote
from zoneinfo import ZoneInfo

from pydantic import AfterValidator

from digest.errors import DumpError
from digest.papers.dumps import Entry, Refusal
from digest.papers.dumps.entries import Listed, entry_of
from digest.sources.kinds import announcements
from digest.sources.kinds.dates import read_day
from digest.sources.kinds.source import (
    PAGE_LENGTH,
    Minutes,
    Page,
    Received,
    Request,
    SilentDays,
    WebAddress,
    WebSource,
    WindowDays,
    follow,
    split,
    with_query,
)
from digest.sources.kinds.xml_feeds import Feed, Item, read_feed

_CATEGORIES = re.compile(r"[A-Za-z-]+(\.[A-Za-z-]+)?(\+[A-Za-z-]+(\.[A-Za-z-]+)?)*")
_WEEK = timedelta(days=7)
_ANNOUNCED = time(20)  # in New York, from Sunday to Thursday (info.arxiv.org/help/availability)
_NEW_YORK = ZoneInfo("America/New_York")
_QUIET = (4, 5)  # Friday, Saturday


def is_quiet(now: datetime) -> bool:
    """Whether this is a time without announcements: after Friday's and Saturday's evening.

    From 20:00 in New York on these days to 20:00 on the next the lists stay as they were.
    """
    local = now.astimezone(_NEW_YORK)
    evening = local if local.time() >= _ANNOUNCED else local - timedelta(days=1)
    return evening.weekday() in _QUIET


def quiet_time(since: datetime, until: datetime) -> timedelta:
    """Return how much of the time between two moments was quiet, to the hour."""
    weeks, rest = divmod(max(until - since, timedelta()), _WEEK)
    hours = range(int(rest / timedelta(hours=1)))
    quiet = sum(is_quiet(since + timedelta(hours=hour)) for hour in hours)
    return weeks * timedelta(days=len(_QUIET)) + timedelta(hours=quiet)


def _is_not_blank(query: str) -> str:
    if not query.strip():
        raise ValueError("is missing: it says what to ask arXiv for")
    return query


def _are_categories(query: str) -> str:
    if not _CATEGORIES.fullmatch(query):
        raise ValueError("must be categories such as cs.CL+cs.LG")
    return query


class _Arxiv(WebSource, ABC):
    """A source that is fetched by the rules of arXiv."""

    spacing_seconds: ClassVar[float] = 3.0  # by the terms of use of the API

    every_minutes: Minutes = 360
    silent_after_days: SilentDays = 3  # beside the weekend, when nothing is announced

    @property
    def host(self) -> str:
        """All of arXiv: its terms of use count it as one (info.arxiv.org/help/api/tou)."""
        return "arxiv.org"

    def is_quiet(self, now: datetime) -> bool:
        """Whether arXiv announces nothing now."""
        return is_quiet(now)

    def quiet_time(self, since: datetime, until: datetime) -> timedelta:
        """Return for how long arXiv announced nothing between two times."""
        return quiet_time(since, until)

    def explain(self, answer: Received) -> str:
        """Return what arXiv says: its errors are feeds, too."""
        try:
            return _error(read_feed(answer.body, answer.charset)) or super().explain(answer)
        except DumpError:
            return super().explain(answer)


class ArxivSearch(_Arxiv):
    """The papers of a search that were submitted on a day (GMT), in the order of submission."""

    kind: ClassVar[str] = "arxiv-api"

    query: Annotated[str, AfterValidator(_is_not_blank)]
    url: WebAddress = "https://export.arxiv.org/api/query"
    window_days: WindowDays = 4  # Friday's are announced on Sunday evening

    def requests(self, on: date) -> list[Request]:
        """Return one request for each day of the window."""
        return [self._request(day, 0) for day in self.days(on)]

    def read(self, request: Request, answer: Received) -> Page:
        """Return a part of the search; a full one is followed by the next."""
        following = self._request(request.day, request.start + PAGE_LENGTH)
        page = parse_api(answer, start=request.start)
        return follow(page, following, max_entries=self.max_entries)

    def _request(self, day: date, start: int) -> Request:
        span = f"{day:%Y%m%d}0000 TO {day:%Y%m%d}2359"
        query = {
            "search_query": f"({self.query}) AND submittedDate:[{span}]",
            "start": str(start),
            "max_results": str(min(PAGE_LENGTH, self.max_entries - start)),
            "sortBy": "submittedDate",
            "sortOrder": "ascending",
        }
        return Request(with_query(self.url, query), day, start)


class ArxivAnnouncements(_Arxiv):
    """The day's announcements of categories."""

    kind: ClassVar[str] = "arxiv-rss"
    has_other_days: ClassVar[bool] = False

    query: Annotated[str, AfterValidator(_is_not_blank), AfterValidator(_are_categories)]
    url: WebAddress = "https://rss.arxiv.org/rss"

    def requests(self, on: date) -> list[Request]:
        """Return the request for the feed of the categories."""
        return [Request(f"{self.url.rstrip('/')}/{quote(self.query, safe='+.')}", on)]

    def read(self, _request: Request, answer: Received) -> Page:
        """Return the announcements; the feed names its day."""
        return parse_rss(answer)


def parse_api(answer: Received, *, start: int) -> Page:
    """Return the part of a search that begins at `start`.

    Raises DumpError for what is no answer of the API, for an error that it reports, and for an
    empty page in the middle, which it is known to give under load.
    """
    feed = read_feed(answer.body, answer.charset, answer.address)
    if error := _error(feed):
        raise DumpError(error)
    if not feed.items and feed.total > start:
        raise DumpError(f"arXiv sent an empty page, although the search has {feed.total:,} entries")
    entries, refusals = split(
        [_part(place, item) for place, item in enumerate(feed.items, start + 1)]
    )
    return Page(entries, refusals)


def parse_rss(answer: Received) -> Page:
    """Return the announcements of one day: new papers and those that came from elsewhere.

    Raises DumpError when the day of the feed cannot be read.
    """
    feed = read_feed(answer.body, answer.charset, answer.address)
    news = [
        (place, item)
        for place, item in enumerate(feed.items, 1)
        if not announcements.is_replacement(item)
    ]
    entries, refusals = split([_part(place, item) for place, item in news])
    return Page(entries, refusals, _day(feed), outside=len(feed.items) - len(news))


def _error(feed: Feed) -> str:
    """Return the error that an answer is; empty for any other answer."""
    for item in feed.items:
        if "/api/errors" in item.raw("id"):
            return f"arXiv answered: {item.raw('summary')[:200]}"
    return ""


def _day(feed: Feed) -> date | None:
    written = feed.head.dates
    found = next((day for text in written if (day := read_day(text))), None)
    if written and found is None:
        raise DumpError(f"the date of the feed, {written[0][:60]!r}, cannot be read")
    return found


def _part(place: int, item: Item) -> Entry | Refusal:
    if item.problem:
        return Refusal(place, item.problem)
    listed = Listed(
        title=item.raw("title"),
        abstract=announcements.without_preamble(item.raw("summary", "description")),
        names=(*item.all("id", "guid", "arxiv:doi", "doi"), item.link),
        url=item.link,
        comment=item.raw("arxiv:comment", "comment"),
        authors=item.authors,
    )
    return entry_of(listed, line=place, rank=place)
