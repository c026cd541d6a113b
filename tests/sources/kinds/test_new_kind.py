"""A new kind of source is one class: its settings, what it asks, how it reads, its manners."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import ClassVar

import pytest

from digest.errors import InputError
from digest.papers.dumps import Entry
from digest.sources.fetching import SourceFetcher
from digest.sources.http.addresses import anywhere
from digest.sources.http.fetcher import Fetcher, Limits
from digest.sources.kinds import KINDS, Page, Received, Request
from digest.sources.kinds.source import Minutes, WebSource
from digest.sources.rules.sources_file import parse_sources
from tests.conftest import REPOSITORY
from tests.sources.http.servers import Time, WebServer, answer

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


class Blackboard(WebSource):
    """Titles, one a line, as they are chalked up in a room."""

    kind: ClassVar[str] = "blackboard"
    spacing_seconds: ClassVar[float] = 30.0
    is_ranked: ClassVar[bool] = True

    room: str
    every_minutes: Minutes = 45

    def requests(self, on: date) -> list[Request]:
        return [Request(f"{self.url}/{self.room}", on)]

    def read(self, request: Request, answer: Received) -> Page:
        titles = answer.body.decode().splitlines()
        return Page(tuple(Entry(n, n, title, "As chalked.") for n, title in enumerate(titles, 1)))


@pytest.fixture
def web() -> Iterator[WebServer]:
    with WebServer() as server:
        yield server


def test_a_new_kind_is_configured_asked_and_loaded(database, web):
    text = f'[[source]]\nname = "b"\nkind = "blackboard"\nroom = "r1"\nurl = "{web.url("/x")}"'
    sources = parse_sources(text, kinds=[*KINDS, Blackboard])
    assert [(one.kind, one.every_minutes) for one in sources] == [("blackboard", 45)]
    web.pages["/x/r1"] = answer(b"Kettle\nHedge")
    time = Time()
    fetcher = Fetcher("test", Limits(), allowed=anywhere, clock=time.clock, sleep=time.sleep)
    source_fetcher = SourceFetcher(database, sources, fetcher, lambda *_: {}, lambda: NOW)
    reports = source_fetcher.fetch()
    assert [(one.status, one.tally.new) for one in reports] == [("new", 2)]
    assert [one.words for one in source_fetcher.statuses()] == [
        "b: fine; newest list 2026-11-20, came 2026-11-20 12:00 UTC"
    ]
    began = time.clock()
    source_fetcher.try_out()
    assert time.clock() - began >= 30  # its own spacing


def test_what_is_wrong_with_it_is_said_like_for_any_kind():
    text = '[[source]]\nname = "b"\nkind = "blackboard"\nurl = "x"\nchalk = 3'
    with pytest.raises(InputError) as caught:
        parse_sources(text, kinds=[*KINDS, Blackboard])
    assert str(caught.value).splitlines() == [
        "line 1: url must be an http or https address without a user name and password",
        "line 1: room is missing",
        "line 1: 'chalk' is not a setting of the kind blackboard",
    ]


def test_every_kind_has_its_line_in_the_manual():
    manual = (REPOSITORY / "docs" / "use" / "sources.md").read_text("utf-8")
    assert [one.kind for one in KINDS if f"| `{one.kind}` |" not in manual] == []
