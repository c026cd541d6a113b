"""What is bad costs itself: a page, a day, a source; and the operator hears of it."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from digest.ground.database.tables.paper_details import AppearanceRow
from digest.ground.database.tables.papers import DumpRow, PaperRow
from digest.sources.fetching import SourceFetcher
from digest.sources.http.addresses import anywhere
from digest.sources.http.fetcher import Fetcher, Limits
from digest.sources.kinds import Page, Received, Request
from digest.sources.kinds.arxiv import ArxivSearch
from digest.sources.kinds.feeds import Feed
from digest.sources.kinds.hugging_face import HuggingFace
from digest.sources.kinds.json_lines import JsonLines
from digest.sources.kinds.source import WebSource
from digest.sources.rules.source_state import Health
from tests.sources.http.servers import Time, WebServer, answer, in_turn, redirect, validated
from tests.sources.kinds.samples import ABSTRACT, atom, atom_entry, daily_paper, daily_papers

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
ATOM = "application/atom+xml"


class Clock:
    now = NOW

    def __call__(self):
        return self.now

    def later(self, **how_much):
        self.now += timedelta(**how_much)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def web():
    with WebServer() as server:
        yield server


@pytest.fixture
def fetcher_of(database, clock):
    def make(*sources):
        time = Time()
        limits = Limits(read_seconds=2, total_seconds=5, most_bytes=1_000_000)
        fetcher = Fetcher("t", limits, allowed=anywhere, clock=time.clock, sleep=time.sleep)
        return SourceFetcher(database, sources, fetcher, lambda *_: {}, clock)

    return make


def search(web, **settings):
    settings = {"window_days": 1, **settings}
    return ArxivSearch(name="arxiv", url=web.url("/query"), query="cat:cs.CL", **settings)


def hugging_face(web, days=2):
    return HuggingFace(name="hf", url=web.url("/daily"), window_days=days)


def hundred():
    return answer(atom(*(atom_entry(f"Kettle {n}", n) for n in range(100)), total=134), kind=ATOM)


def rest():
    entries = (atom_entry(f"Kettle {n}", n) for n in range(100, 134))
    return answer(atom(*entries, total=134), kind=ATOM)


def shown(reports):
    return [(one.status, one.date and one.date.day, one.listed, one.reason) for one in reports]


def days(database):
    with database.read() as session:
        query = select(DumpRow.date, DumpRow.entries).order_by(DumpRow.date)
        return [(day.day, count) for day, count in session.execute(query)]


def by_day(pages):
    """Answer the Daily Papers of each day as told."""

    def page(asked, write):
        pages[int(asked.path.partition("date=")[2][8:10])](asked, write)

    return page


def list_of(day, *numbers):
    date = f"2026-11-{day:02}"
    return answer(daily_papers(*(daily_paper(f"Kettle {n}", n, n, date) for n in numbers)))


def test_an_empty_second_page_costs_itself_is_tried_again_and_told(fetcher_of, web, database):
    empty = answer(atom(total=134), kind=ATOM)
    web.pages["/query"] = in_turn(hundred(), empty)
    fetcher = fetcher_of(search(web))
    loaded, failed = fetcher.fetch()
    assert (loaded.status, loaded.tally.new) == ("new", 100)
    missing = (
        "what follows its first 100 entries is missing: "
        "arXiv sent an empty page, although the search has 134 entries"
    )
    assert (failed.status, failed.reason) == ("failed", missing)
    assert len(web.asked) == 3  # the bad page twice
    (standing,) = fetcher.statuses()
    assert standing.health is Health.FAILING
    assert standing.words.endswith(f"(1 time): the list of 2026-11-20: {missing}")


def test_a_page_that_is_empty_once_is_no_failure(fetcher_of, web, database):
    empty = answer(atom(total=134), kind=ATOM)
    web.pages["/query"] = in_turn(hundred(), empty, rest())
    (report,) = fetcher_of(search(web)).fetch()
    assert (report.status, report.listed) == ("new", 134)


def test_what_was_missed_is_fetched_soon_and_all_of_it(fetcher_of, web, clock, database):
    whole = in_turn(hundred(), answer(status=404), hundred(), rest())
    web.pages["/query"] = whole
    fetcher = fetcher_of(search(web))
    fetcher.fetch_due()
    clock.later(minutes=4)
    assert fetcher.fetch_due() == []
    clock.later(minutes=1)
    (report,) = fetcher.fetch_due()
    assert (report.status, report.tally.new) == ("new", 34)
    assert fetcher.statuses()[0].health is Health.FINE
    assert days(database) == [(20, 134)]


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (answer(status=404), "the server answered 404 Told"),
        (answer(status=500), "the server answered 500 Told"),
        (answer(b"<h1>Oops"), "the answer is not JSON"),
        (redirect("data:text/plain,x"), "it redirects to no web page"),
        (redirect("http://xn--zz/"), "is not an address"),
        (answer(daily_papers(None)), "none of 1 entries can be used"),
    ],
    ids=["404", "500", "page", "data", "label", "unusable"],
)
def test_a_bad_day_costs_itself_whichever_it_is(fetcher_of, web, database, clock, bad, reason):
    good = {19: list_of(19, 1, 2), 20: list_of(20, 3)}
    for day in (19, 20):
        clock.later(minutes=1)  # the host was left alone
        web.pages["/daily"] = by_day({**good, day: bad})
        reports = fetcher_of(hugging_face(web)).fetch()
        assert sorted(one.status for one in reports)[:1] == ["failed"]
        (failed,) = (one for one in reports if one.status == "failed")
        assert failed.date.day == day
        assert reason in failed.reason
    assert days(database) == [(19, 2), (20, 1)]


def test_a_server_that_is_down_is_not_asked_for_every_day(fetcher_of, web):
    web.pages["/daily"] = answer(status=503)
    (report,) = fetcher_of(hugging_face(web, days=20)).fetch()
    assert report.status == "failed"
    assert len(web.asked) == 6  # two days, three tries each


def test_a_server_that_wants_to_be_left_alone_is_at_once(fetcher_of, web, clock, database):
    busy = answer(status=429, headers={"Retry-After": "7200"})
    web.pages["/daily"] = by_day({18: list_of(18, 1), 19: busy, 20: list_of(20, 3)})
    fetcher = fetcher_of(hugging_face(web, days=3))
    assert [one.status for one in fetcher.fetch_due()] == ["new", "failed"]
    assert len(web.asked) == 2
    clock.later(minutes=119)
    assert fetcher.fetch_due() == []
    assert days(database) == [(20, 1)]


def test_after_a_bad_day_all_is_asked_for_whether_it_changed_or_not(fetcher_of, web, clock):
    records = daily_papers(daily_paper("Kettle", 3))
    pages = {19: answer(status=404), 20: validated(records, '"1"')}
    web.pages["/daily"] = by_day(pages)
    fetcher = fetcher_of(hugging_face(web))
    fetcher.fetch()
    pages[19] = list_of(19, 1)
    assert [one.status for one in fetcher.fetch()] == ["new", "known"]
    assert fetcher.statuses()[0].health is Health.FINE


def test_trying_out_shows_what_is_missing(fetcher_of, web):
    web.pages["/daily"] = by_day({19: answer(status=404), 20: list_of(20, 3)})
    reports = fetcher_of(hugging_face(web)).try_out()
    assert shown(reports) == [
        ("new", 20, 1, ""),
        ("failed", 19, 0, "the server answered 404 Told"),
    ]


def test_the_body_of_an_error_says_why(fetcher_of, web):
    error = atom(
        "<entry><id>https://arxiv.org/api/errors#x</id><title>Error</title>"
        "<summary>incorrect id format for abc</summary></entry>"
    )
    web.pages["/query"] = answer(error, status=400, kind=ATOM)
    fetcher = fetcher_of(search(web))
    (report,) = fetcher.fetch()
    assert report.reason == (
        "the server answered 400 Told: arXiv answered: incorrect id format for abc"
    )
    assert report.reason in fetcher.statuses()[0].words


@pytest.mark.parametrize(
    "hostile",
    [
        answer(status=503, headers={"Retry-After": "Thu, 01 Jan 99999999999999 00:00:00 GMT"}),
        redirect("http://xn--zz/"),
        redirect("data:text/plain,x"),
        redirect("http://[::1"),
        redirect("http://\xff\xfe/"),
        redirect("http://" + "a" * 300 + ".example/"),
        answer(b"x", headers={"Content-Type": "text/xml; charset=\xff"}),
        answer(b"\0" * 1000),
    ],
)
def test_a_hostile_source_stops_no_other(fetcher_of, web, hostile):
    web.pages["/bad"] = hostile
    web.pages["/daily"] = list_of(20, 1)
    bad = Feed(name="bad", url=web.url("/bad"))
    fetcher = fetcher_of(bad, hugging_face(web, days=1))
    assert [one.status for one in fetcher.fetch()] == ["failed", "new"]
    assert fetcher.statuses()[0].health is Health.FAILING


class Brittle(WebSource):
    """A kind that has a mistake in it."""

    kind = "brittle"

    def requests(self, on):
        return [Request(self.url, on)]

    def read(self, request: Request, answer: Received) -> Page:
        raise OverflowError("date value out of range")


def test_a_mistake_of_ours_in_one_source_is_a_failure_of_that_source(fetcher_of, web, caplog):
    web.pages["/brittle"] = answer(b"x")
    web.pages["/daily"] = list_of(20, 1)
    brittle = Brittle(name="brittle", url=web.url("/brittle"))
    fetcher = fetcher_of(brittle, hugging_face(web, days=1))
    failed, new = fetcher.fetch_due()
    assert failed.reason == (
        "its answer brought about an error: OverflowError: date value out of range"
    )
    assert new.status == "new"
    assert "Traceback" in caplog.text  # for us


def lines(day, *names):
    head = json.dumps({"date": f"2026-11-{day}"})
    papers = [json.dumps({"title": name, "abstract": ABSTRACT}) for name in names]
    return answer("\n".join([head, *papers]).encode())


@pytest.mark.parametrize(
    ("new", "is_told"), [(["Lamp"], True), (["Lamp", "Oven"], False), (["Lamp", "A", "B"], False)]
)
def test_an_old_list_with_one_new_paper_is_told(fetcher_of, web, clock, database, new, is_told):
    names = [f"Kettle {number}" for number in range(9)]
    source = JsonLines(name="ours", url=web.url("/lines"))
    fetcher = fetcher_of(source)
    web.pages["/lines"] = lines(19, *names)
    fetcher.fetch()
    web.pages["/lines"] = lines(20, *new, *names)
    (report,) = fetcher.fetch()
    assert (report.status, report.tally.new) == ("new", len(new))  # it is loaded all the same
    (standing,) = fetcher.statuses()
    if not is_told:
        assert standing.health is Health.FINE
        return
    assert report.reason == "9 of its 10 papers were on its lists of earlier days"
    assert standing.words == (
        f"ours: brings hardly anything new since 2026-11-20 12:00 UTC: {report.reason}"
    )
    assert standing.needs_attention
    clock.later(hours=2)
    assert [one.status for one in fetcher.fetch()] == ["known"]
    assert fetcher.statuses()[0].words == standing.words
    web.pages["/lines"] = lines(21, "Tea", "Cup", "Pot", "Jug")
    clock.later(days=1)
    fetcher.fetch()
    assert fetcher.statuses()[0].health is Health.FINE


def test_a_paper_under_two_addresses_is_listed_once(fetcher_of, web, database):
    items = "".join(
        f"<item><title>{title}</title><link>{link}</link><description>x</description></item>"
        for title, link in (
            ("Kettle", "https://arxiv.org/abs/2611.00007?context=cs.CL"),
            ("Kettle, revised", "https://huggingface.co/papers/2611.00007?utm_source=rss"),
            ("Hedge", "https://doi.org/10.1234/kettle.17?utm_source=rss"),
            ("Hedges", "https://journal.example.org/doi/full/10.1234/kettle.17#abstract"),
        )
    )
    web.pages["/feed"] = answer(f"<rss><channel>{items}</channel></rss>".encode(), kind="text/xml")
    (report,) = fetcher_of(Feed(name="f", url=web.url("/feed"))).fetch()
    assert (report.tally.new, report.tally.repeated) == (2, 2)
    with database.read() as session:
        query = select(PaperRow.title).join(AppearanceRow).order_by(AppearanceRow.rank)
        assert list(session.scalars(query)) == ["Kettle", "Hedge"]
