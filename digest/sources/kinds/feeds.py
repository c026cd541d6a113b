"""Any RSS or Atom feed: its newest items are papers."""

from datetime import date, timedelta
from typing import ClassVar

from digest.papers.dumps import Entry, Refusal
from digest.papers.dumps.entries import Listed, entry_of
from digest.sources.kinds import announcements
from digest.sources.kinds.dates import read_days
from digest.sources.kinds.source import (
    Page,
    Received,
    Request,
    SilentDays,
    WebSource,
    WindowDays,
    split,
)
from digest.sources.kinds.xml_feeds import Item, read_feed

_LONGEST_SHOWN = 60  # characters of a date
TITLES = ("title", "dc:title", "dcterms:title", "media:title", "itunes:title")
TEXTS = (
    *("content", "content:encoded", "summary", "description", "dcterms:abstract", "abstract"),
    *("dc:description", "dcterms:description", "dc:abstract", "xhtml:body", "body", "fullitem"),
)
LAST_TEXTS = ("itunes:summary", "media:description")
_NAMES = (
    *("id", "guid", "doi", "prism:doi", "dc:identifier", "identifier", "dcterms:identifier"),
    *("arxiv:doi", "prism:url", "link", "feedburner:origlink"),
)


class Feed(WebSource):
    """A feed: it has the list of now and no other."""

    kind: ClassVar[str] = "feed"
    is_rolling: ClassVar[bool] = True
    has_other_days: ClassVar[bool] = False

    window_days: WindowDays = 7
    silent_after_days: SilentDays = 14

    def requests(self, on: date) -> list[Request]:
        """Return the request for the feed."""
        return [Request(self.url, on)]

    def read(self, request: Request, answer: Received) -> Page:
        """Return the items of the window."""
        return parse(answer, day=request.day, window_days=self.window_days)


def parse(answer: Received, *, day: date, window_days: int) -> Page:
    """Return the items of the last `window_days` days up to `day`; those without a date count.

    A day more is taken at the end, as the feed may live in a zone that is ahead. A month or a year
    counts if a part of it does. A date that cannot be read is a refusal. Replacements of papers
    that arXiv announced before are left out.
    """
    feed = read_feed(answer.body, answer.charset, answer.address)
    first, last = day - timedelta(days=window_days - 1), day + timedelta(days=1)
    parts: list[Entry | Refusal] = []
    outside = 0
    for place, item in enumerate(feed.items, 1):
        if announcements.is_replacement(item):
            outside += 1
            continue
        match _is_within(item, first, last):
            case None:
                date_of_it = item.dates[0][:_LONGEST_SHOWN]
                parts.append(Refusal(place, f"its date, {date_of_it!r}, cannot be read"))
            case False:
                outside += 1
            case True:
                parts.append(_part(place, len(parts) + 1, item))
    entries, refusals = split(parts)
    return Page(entries, refusals, outside=outside)


def _is_within(item: Item, first: date, last: date) -> bool | None:
    """Whether an item is from these days, as one without a date may be; None if nobody can say."""
    for written in item.dates:
        if found := read_days(written):
            return any(days.meets(first, last) for days in found)
    return None if item.dates else True


def _part(place: int, rank: int, item: Item) -> Entry | Refusal:
    if item.problem:
        return Refusal(place, item.problem)
    abstract = item.longest(*TEXTS) or item.longest(*LAST_TEXTS)
    listed = Listed(
        title=item.plain(*TITLES),
        abstract=announcements.without_preamble(abstract),
        names=(*item.all(*_NAMES), item.link),
        url=item.link,
        authors=item.authors,
    )
    return entry_of(listed, line=place, rank=rank)
