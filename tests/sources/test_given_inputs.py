"""The small inputs of ../shared/inputs, each as its README says: kinds F05 to F17 of live sources.

Beyond them were tried, each in a test of its own kind: 75 spellings of dates in 15 languages; 24
charsets by header, mark, declaration and by none of them; floods of every kind of damage; the
public fixtures of other readers (benchmarks/feeds.py).
"""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from digest.ground.database.tables.paper_details import PaperIdentifierRow
from digest.ground.database.tables.papers import PaperRow, RevisionRow
from digest.sources.fetching import SourceFetcher
from digest.sources.http.addresses import anywhere
from digest.sources.http.fetcher import Fetcher, Limits
from digest.sources.kinds.arxiv import ArxivSearch
from digest.sources.kinds.feeds import Feed
from tests.sources.http.servers import Time, WebServer, answer

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
TEXT = "We measure how long ninety kettles take to boil a litre of water."


@pytest.fixture
def fetch(database, shared):
    """Fetch one of the inputs as it is to be served; return the reports."""

    def fetched(name):
        file = shared / "inputs" / name
        beside = {what: file.with_name(f"{name}.{what}") for what in ("type", "kind", "status")}
        said = {what: path.read_text().strip() for what, path in beside.items() if path.exists()}
        kind = said.get("type", "application/xml")
        page = answer(file.read_bytes(), status=int(said.get("status", 200)), kind=kind)
        time = Time()
        fetcher = Fetcher("t", Limits(), allowed=anywhere, clock=time.clock, sleep=time.sleep)
        with WebServer({"/x": page}) as web:
            source = (
                ArxivSearch(name="s", url=web.url("/x"), query="cat:cs.CL")
                if said.get("kind", "").startswith("arxiv-api")
                else Feed(name="s", url=web.url("/x"))
            )
            return SourceFetcher(database, [source], fetcher, lambda *_: {}, lambda: NOW).fetch()

    return fetched


def stored(database):
    with database.read() as session:
        query = select(PaperRow.title, PaperRow.url, RevisionRow.abstract).join(RevisionRow)
        return [tuple(row) for row in session.execute(query.order_by(PaperRow.id))]


@pytest.mark.parametrize(
    ("name", "title", "url", "text"),
    [
        (
            "f05-less-than.atom",
            "Bounds for estimators with n<p and p>q in kitchens",
            "https://journal.example.org/1",
            "We show that water boils when t<k holds and k>3. The end matters.",
        ),
        (
            "f07-http-charset.rss",
            "Étude des bouilloires à Besançon",
            "https://journal.example.org/1",
            TEXT,
        ),
        (
            "f07-cp1252.rss",
            "The kettle’s “whistle” – a survey",  # noqa: RUF001
            "https://journal.example.org/1",
            TEXT,
        ),
        (
            "f09-base.atom",
            "Kettles below a base",
            "https://journal.example.org/2026/papers/14",
            TEXT,
        ),
        (
            "f11-empty-title.rss",
            "The title is in Dublin Core",
            "https://journal.example.org/19",
            TEXT,
        ),
        (
            "f12-leading-warning.rss",
            "A warning before the feed",
            "https://journal.example.org/1",
            TEXT,
        ),
        (
            "f12-trailing-script.rss",
            "A script behind the feed",
            "https://journal.example.org/1",
            TEXT,
        ),
        ("f12-trailing.rss", "Remarks behind the feed", "https://journal.example.org/1", TEXT),
        (
            "f13-arxiv-context.rss",
            "Kettles with a context",
            "https://arxiv.org/abs/2611.00007",
            TEXT,
        ),
    ],
)
def test_an_input_is_stored_as_it_is_meant(fetch, database, name, title, url, text):
    (report,) = fetch(name)
    assert (report.status, report.refused) == ("new", 0)
    assert stored(database) == [(title, url, text)]


def test_an_address_with_a_query_names_the_paper(fetch, database):
    fetch("f13-arxiv-context.rss")
    with database.read() as session:
        assert "arxiv:2611.00007" in set(session.scalars(select(PaperIdentifierRow.identifier)))


def test_items_of_former_years_are_no_news(fetch, database):
    (report,) = fetch("f08-year-only.rss")
    assert (report.status, report.outside) == ("empty", 2)


def test_an_empty_page_is_told(fetch):
    (report,) = fetch("f15-empty-second-page.atom")
    assert report.reason == "arXiv sent an empty page, although the search has 134 entries"


def test_an_error_says_why(fetch):
    (report,) = fetch("f16-error-400.atom")
    assert report.reason.endswith("arXiv answered: made-up: the query cannot be read")
