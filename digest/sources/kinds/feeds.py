"""Any RSS or Atom feed: its newest items are papers."""

from datetime import date, timedelta
from typing import ClassVar

from digest.papers.dumps.entries import Listed, entry_of
from digest.sources.kinds.source import Page, Request, SilentDays, WebSource, WindowDays, split
from digest.sources.kinds.xml_feeds import Item, plain, read_feed


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

    def read(self, request: Request, body: bytes) -> Page:
        """Return the items of the window."""
        return parse(body, day=request.day, window_days=self.window_days)


def parse(body: bytes, *, day: date, window_days: int) -> Page:
    """Return the items of the last `window_days` days up to `day`; those without a date count.

    A day more is taken at the end, as the feed may live in a zone that is ahead.
    """
    feed = read_feed(body)
    first, last = day - timedelta(days=window_days - 1), day + timedelta(days=1)
    news = [
        (place, item)
        for place, item in enumerate(feed.items, 1)
        if item.day is None or first <= item.day <= last
    ]
    parts = [
        entry_of(_listed(item), line=place, rank=rank) for rank, (place, item) in enumerate(news, 1)
    ]
    entries, refusals = split(parts)
    return Page(entries, refusals, outside=len(feed.items) - len(news))


def _listed(item: Item) -> Listed:
    identifier = item.text("id", "guid", "identifier")
    return Listed(
        title=plain(item.text("title")),
        abstract=plain(item.longest_text),
        names=(identifier, item.text("doi"), item.text("identifier"), item.link),
        url=item.link or identifier,
    )
