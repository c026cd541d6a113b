"""Live sources against a web server on loopback, on both databases."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select

from digest.editions.store import dump_lists
from digest.errors import NotFoundError
from digest.ground.database.tables.paper_details import AppearanceRow, PaperIdentifierRow
from digest.ground.database.tables.papers import DumpRow, PaperRow, RevisionRow
from digest.ground.database.tables.sources import SourceRow
from digest.papers.ingest import ingest
from digest.papers.store import papers
from digest.sources.fetching import SourceFetcher
from digest.sources.http.addresses import anywhere
from digest.sources.http.fetcher import Fetcher, Limits
from digest.sources.kinds.arxiv import ArxivAnnouncements, ArxivSearch
from digest.sources.kinds.feeds import Feed
from digest.sources.kinds.hugging_face import HuggingFace
from digest.sources.kinds.json_lines import JsonLines
from digest.sources.rules.source_state import Health
from digest.sources.store import sources as states
from tests.dump_pages import write_dump
from tests.sources.http.servers import Time, WebServer, answer, half, in_turn, redirect, validated
from tests.sources.kinds.samples import (
    ABSTRACT,
    atom,
    atom_entry,
    blog,
    daily_paper,
    daily_papers,
    rss,
    rss_item,
)

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)  # a Friday
DAY = NOW.date()


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
    def make(*sources, classify=lambda *_: {}):
        time = Time()
        fetcher = Fetcher(
            "digest/test",
            Limits(read_seconds=2, total_seconds=5, most_bytes=1_000_000),
            allowed=anywhere,
            clock=time.clock,
            sleep=time.sleep,
        )
        return SourceFetcher(database, sources, fetcher, classify, clock)

    return make


@pytest.fixture
def hf(web):
    return HuggingFace(name="hf", url=web.url("/api/daily_papers"), window_days=1)


@pytest.fixture
def feed(web):
    return Feed(name="blog", url=web.url("/feed"), window_days=7, silent_after_days=14)


def serve_daily(web, *records):
    web.pages["/api/daily_papers"] = answer(daily_papers(*records))


def rows(database, *columns):
    with database.read() as session:
        return [tuple(row) for row in session.execute(select(*columns).order_by(*columns))]


def listed(database):
    """Date, rank, title and votes of every appearance."""
    with database.read() as session:
        query = (
            select(DumpRow.date, AppearanceRow.rank, PaperRow.title, AppearanceRow.votes)
            .join(DumpRow, DumpRow.id == AppearanceRow.dump_id)
            .join(PaperRow, PaperRow.id == AppearanceRow.paper_id)
            .order_by(DumpRow.date, DumpRow.id, AppearanceRow.rank)
        )
        return [(day.day, *rest) for day, *rest in session.execute(query)]


def statuses(reports):
    return [report.status for report in reports]


def test_a_list_comes_in_with_its_votes_links_and_pages(fetcher_of, hf, web, database):
    repository = "https://github.com/example-lab/kettle"
    serve_daily(web, daily_paper("Hedge", 2, 1), daily_paper("Kettle", 1, 9, githubRepo=repository))
    (report,) = fetcher_of(hf).fetch()
    assert (report.status, report.date, report.listed, report.tally.new) == ("new", DAY, 2, 2)
    assert listed(database) == [(20, 1, "Kettle", 9), (20, 2, "Hedge", 1)]
    assert rows(database, PaperRow.title, PaperRow.url) == [
        ("Hedge", "https://arxiv.org/abs/2611.00002"),
        ("Kettle", "https://arxiv.org/abs/2611.00001"),
    ]
    with database.read() as session:
        kettle = session.scalar(select(PaperRow).where(PaperRow.title == "Kettle"))
    assert kettle.code_urls == [repository]
    assert rows(database, DumpRow.source, DumpRow.entries) == [("hf", 2)]


def test_a_later_state_of_a_list_takes_the_place_of_the_earlier_one(fetcher_of, hf, web, database):
    fetcher = fetcher_of(hf)
    serve_daily(web, daily_paper("Kettle", 1, 1), daily_paper("Hedge", 2, 3))
    fetcher.fetch()
    serve_daily(web, daily_paper("Kettle", 1, 8), daily_paper("Lamp", 3, 2))
    (report,) = fetcher.fetch()
    assert (report.status, report.tally.new, report.tally.repeated) == ("new", 1, 1)
    assert listed(database) == [(20, 1, "Kettle", 8), (20, 2, "Lamp", 2)]
    assert len(rows(database, DumpRow.id)) == 1
    assert statuses(fetcher.fetch()) == ["known"]


def test_the_days_before_are_asked_for_too_as_their_votes_go_on(fetcher_of, hf, web, database):
    two_days = HuggingFace(name="hf", url=hf.url, window_days=2)

    def page(asked, write):
        day = asked.path.partition("date=")[2][:10]
        number = int(day[-2:])
        records = daily_papers(daily_paper(f"Kettle {number}", number, 5, day))
        answer(records)(asked, write)

    web.pages["/api/daily_papers"] = page
    reports = fetcher_of(two_days).fetch()
    assert [(one.status, one.date.day) for one in reports] == [("new", 19), ("new", 20)]
    assert listed(database) == [(19, 1, "Kettle 19", 5), (20, 1, "Kettle 20", 5)]


def test_the_same_paper_from_three_sources_and_a_dump_is_one_paper(
    fetcher_of, hf, feed, web, database, tmp_path
):
    doi = '<arxiv:doi xmlns:arxiv="http://arxiv.org/schemas/atom">10.1234/KETTLE</arxiv:doi>'
    api = ArxivSearch(name="arxiv", url=web.url("/query"), query="cat:cs.CL", window_days=1)
    lines = JsonLines(name="ours", url=web.url("/lines"))
    serve_daily(web, daily_paper("Kettle", 1, 9))
    web.pages["/query"] = answer(
        atom(atom_entry("Kettle: the final title", 1, doi)), kind="application/atom+xml"
    )
    record = {"title": "Of kettles", "abstract": "As printed.", "doi": "10.1234/kettle"}
    web.pages["/lines"] = answer(json.dumps(record).encode(), kind="application/jsonl")
    reports = fetcher_of(hf, api, lines).fetch()
    assert [(one.status, one.tally.new) for one in reports] == [("new", 1), ("new", 0), ("new", 0)]
    page = write_dump(tmp_path / "a.txt", "OF KETTLES", "Kettle, the final title!")
    report = ingest(database, [page], now=NOW, given=None, classify=lambda *_: {})
    assert (report.tally.new, report.tally.repeated) == (0, 2)
    assert rows(database, PaperRow.title) == [("Kettle",)]
    identifiers = [key for (key,) in rows(database, PaperIdentifierRow.identifier)]
    assert identifiers[:2] == ["arxiv:2611.00001", "doi:10.1234/kettle"]
    assert [key.partition(":")[0] for key in identifiers[2:]] == ["title", "title"]


def test_two_papers_of_one_title_with_two_arxiv_ids_stay_two(
    fetcher_of, hf, web, database, tmp_path
):
    serve_daily(web, daily_paper("Kettle", 1, 9), daily_paper("Kettle", 2, 3))
    fetcher_of(hf).fetch()
    assert rows(database, PaperRow.title) == [("Kettle",), ("Kettle",)]
    page = write_dump(tmp_path / "a.txt", "Kettle")
    ingest(database, [page], now=NOW, given=None, classify=lambda *_: {})
    assert [title for _, _, title, _ in listed(database)] == ["Kettle"] * 3


def test_a_paper_that_a_dump_had_first_gets_its_page_and_code_from_a_source(
    fetcher_of, hf, web, database, tmp_path
):
    text = ABSTRACT.format("Kettle")
    page = write_dump(tmp_path / "a.txt", ("Kettle", text), day="Nov 20")
    ingest(database, [page], now=NOW, given=None, classify=lambda *_: {})
    code = "https://github.com/example-lab/kettle"
    serve_daily(web, daily_paper("Kettle", 1, githubRepo=code))
    fetcher_of(hf).fetch()
    with database.read() as session:
        kettle = session.scalars(select(PaperRow)).one()
    assert (kettle.url, kettle.code_urls) == ("https://arxiv.org/abs/2611.00001", [code])
    assert rows(database, func.count(RevisionRow.id)) == [(1,)]


def test_two_sources_that_word_an_abstract_differently_do_not_pile_up_revisions(
    fetcher_of, hf, web, database
):
    lines = JsonLines(name="ours", url=web.url("/lines"))
    fetcher = fetcher_of(hf, lines)
    record = {"title": "Kettle", "abstract": "We boil, in other words."}
    for votes in range(1, 5):
        serve_daily(web, daily_paper("Kettle", 1, votes))
        web.pages["/lines"] = answer(json.dumps({**record, "votes": votes}).encode())
        fetcher.fetch()
    assert rows(database, func.count(RevisionRow.id)) == [(2,)]


def test_a_feed_lists_each_item_on_the_day_on_which_it_came(fetcher_of, feed, web, database, clock):
    fetcher = fetcher_of(feed)
    web.pages["/feed"] = answer(blog(("Kettle", DAY), ("Hedge", DAY)), kind="application/rss+xml")
    assert statuses(fetcher.fetch()) == ["new"]
    clock.later(hours=2)  # Hedge has fallen off the end
    web.pages["/feed"] = answer(blog(("Lamp", DAY), ("Kettle", DAY)), kind="text/xml")
    assert statuses(fetcher.fetch()) == ["new"]
    assert listed(database) == [
        (20, 1, "Lamp", None),
        (20, 2, "Kettle", None),
        (20, 3, "Hedge", None),
    ]
    clock.later(days=1)
    assert statuses(fetcher.fetch()) == ["empty"]
    web.pages["/feed"] = answer(blog(("Oven", clock.now.date()), ("Lamp", DAY)), kind="text/xml")
    (report,) = fetcher.fetch()
    assert (report.status, report.listed, report.tally.new) == ("new", 2, 1)
    assert listed(database)[3:] == [(21, 1, "Oven", None)]


def test_yesterdays_list_again_is_not_loaded_and_the_source_repeats(
    fetcher_of, web, database, clock
):
    source = JsonLines(name="ours", url=web.url("/lines"))
    fetcher = fetcher_of(source)
    lines = [{"title": name, "abstract": ABSTRACT, "votes": 1} for name in ("Kettle", "Hedge")]
    web.pages["/lines"] = answer("\n".join(map(json.dumps, lines)).encode())
    fetcher.fetch()
    clock.later(days=1)
    lines[0]["votes"] = 50  # still the same papers
    web.pages["/lines"] = answer("\n".join(map(json.dumps, lines)).encode())
    (report,) = fetcher.fetch()
    assert (report.status, report.reason) == ("repeated", "it is the list of 2026-11-20 again")
    (standing,) = fetcher.statuses()
    assert (standing.health, standing.since) == (Health.REPEATING, clock.now)
    assert standing.words == "ours: repeats the list of 2026-11-20 since 2026-11-21 12:00 UTC"
    since = clock.now
    clock.later(days=1)
    fetcher.fetch()
    assert fetcher.statuses()[0].since == since
    assert {day for day, *_ in listed(database)} == {20}
    web.pages["/lines"] = answer(json.dumps({"title": "Lamp", "abstract": ABSTRACT}).encode())
    fetcher.fetch()
    assert fetcher.statuses()[0].health is Health.FINE


def test_a_source_that_fails_says_since_when_and_blocks_nobody(fetcher_of, hf, feed, web, clock):
    web.pages["/api/daily_papers"] = answer(status=500)
    web.pages["/feed"] = answer(blog(("Kettle", DAY)), kind="text/xml")
    fetcher = fetcher_of(hf, feed)
    assert statuses(fetcher.fetch()) == ["failed", "new"]
    since = clock.now
    clock.later(minutes=10)
    fetcher.fetch("hf")
    failing, fine = fetcher.statuses()
    assert (failing.health, failing.since, failing.is_well) == (Health.FAILING, since, False)
    assert failing.words == (
        "hf: failing since 2026-11-20 12:00 UTC (2 times): the server answered 500 Told"
    )
    assert (fine.health, fine.words) == (
        Health.FINE,
        "blog: fine; newest list 2026-11-20, came 2026-11-20 12:00 UTC",
    )
    serve_daily(web, daily_paper())
    fetcher.fetch("hf")
    assert fetcher.statuses()[0].health is Health.FINE


@pytest.mark.parametrize(
    "page",
    [
        answer(b"no JSON"),
        answer(b"<html>", kind="text/html"),
        answer(b"x" * 1_000_001),
        half(b"["),
        redirect("file:///etc/passwd"),
        answer(daily_papers(None, None)),
    ],
    ids=["words", "page", "huge", "half", "redirect", "unusable"],
)
def test_any_bad_answer_is_a_failure_in_words_and_leaves_nothing(
    fetcher_of, hf, web, database, page
):
    web.pages["/api/daily_papers"] = page
    fetcher = fetcher_of(hf)
    (report,) = fetcher.fetch()
    assert report.status == "failed"
    assert report.reason
    assert fetcher.statuses()[0].health is Health.FAILING
    assert rows(database, DumpRow.id) == []


def test_one_bad_entry_costs_one_entry(fetcher_of, hf, web, database):
    serve_daily(web, daily_paper("Kettle", 1), None, daily_paper("Hedge", 2))
    (report,) = fetcher_of(hf).fetch()
    assert (report.status, report.tally.entries, report.refused) == ("new", 2, 1)


def test_a_source_that_has_nothing_new_for_long_is_silent(fetcher_of, hf, web, clock):
    serve_daily(web)
    fetcher = fetcher_of(hf)
    assert fetcher.statuses()[0].health is Health.UNTRIED
    assert statuses(fetcher.fetch()) == ["empty"]
    assert fetcher.statuses()[0].words == "hf: answers, and has had nothing yet"
    clock.later(days=4, seconds=1)
    fetcher.fetch()
    (silent,) = fetcher.statuses()
    assert (silent.health, silent.since) == (Health.SILENT, NOW)
    assert silent.words == "hf: nothing new since 2026-11-20 12:00 UTC"


def test_what_has_not_changed_is_not_fetched_again(fetcher_of, hf, web, clock):
    web.pages["/api/daily_papers"] = validated(daily_papers(daily_paper()), '"1"')
    fetcher = fetcher_of(hf)
    assert statuses(fetcher.fetch()) == ["new"]
    assert statuses(fetcher.fetch()) == ["unchanged"]
    assert fetcher.statuses()[0].health is Health.FINE
    clock.later(days=1)  # another day is another address
    assert statuses(fetcher.fetch()) == ["empty"]
    assert "if-none-match" not in web.asked[-1].headers


def test_an_answer_that_could_not_be_used_is_asked_for_in_full_again(fetcher_of, hf, web):
    web.pages["/api/daily_papers"] = validated(b"no JSON", '"1"')
    fetcher = fetcher_of(hf)
    assert statuses(fetcher.fetch() + fetcher.fetch()) == ["failed", "failed"]


def test_the_clock_asks_what_is_due_and_failures_sooner(fetcher_of, hf, web, clock):
    fetcher = fetcher_of(hf)
    serve_daily(web, daily_paper())
    assert statuses(fetcher.fetch_due()) == ["new"]
    assert fetcher.fetch_due() == []
    clock.later(minutes=119)
    assert fetcher.fetch_due() == []
    clock.later(minutes=1)
    web.pages["/api/daily_papers"] = answer(status=404)
    assert statuses(fetcher.fetch_due()) == ["failed"]
    for minutes in (5, 10, 20, 40, 80, 120, 120):
        clock.later(minutes=minutes - 1)
        assert fetcher.fetch_due() == []
        clock.later(minutes=1)
        assert statuses(fetcher.fetch_due()) == ["failed"]


def test_a_server_that_asks_to_be_left_alone_is(fetcher_of, hf, web, clock):
    web.pages["/api/daily_papers"] = in_turn(
        answer(status=429, headers={"Retry-After": "7200"}), answer(daily_papers(daily_paper()))
    )
    fetcher = fetcher_of(hf)
    assert statuses(fetcher.fetch_due()) == ["failed"]
    clock.later(minutes=119)
    assert fetcher.fetch_due() == []
    clock.later(minutes=1)
    assert statuses(fetcher.fetch_due()) == ["new"]


def test_arxiv_is_not_asked_while_it_announces_nothing(fetcher_of, web, clock):
    source = ArxivAnnouncements(name="arxiv", url=web.url("/rss"), query="cs.CL", every_minutes=60)
    web.pages["/rss/cs.CL"] = answer(rss(rss_item()), kind="application/rss+xml")
    fetcher = fetcher_of(source)
    asked = []
    while clock.now < NOW + timedelta(days=4):
        if fetcher.fetch_due():
            asked.append(clock.now)
        clock.later(hours=1)
    quiet = (datetime(2026, 11, 21, 1, tzinfo=UTC), datetime(2026, 11, 23, 1, tzinfo=UTC))
    assert [moment for moment in asked if quiet[0] <= moment < quiet[1]] == []
    assert len(asked) == 96 - 48
    clock.now = quiet[0]
    assert statuses(fetcher.fetch()) == ["known"]  # by hand it is


def test_the_order_of_a_feed_says_nothing_and_that_of_a_ranked_list_does(
    fetcher_of, hf, feed, web, database
):
    serve_daily(web, daily_paper("Hedge", 1), daily_paper("Kettle", 2, votes=40))
    web.pages["/feed"] = answer(blog(("Lamp", DAY), ("Oven", DAY)), kind="text/xml")
    fetcher_of(hf, feed).fetch()
    with database.read() as session:
        seen = dump_lists.appearances(session, DAY, 7)
        titles = {
            paper: one.title for paper, (one, _) in papers.load_papers(session, [*seen]).items()
        }
    ranks = {titles[paper]: one.rank for paper, (one,) in seen.items()}
    assert ranks == {"Kettle": 1, "Hedge": 2, "Lamp": 0, "Oven": 0}


def test_a_search_goes_on_to_the_next_page(fetcher_of, web, database):
    source = ArxivSearch(name="arxiv", url=web.url("/query"), query="cat:cs.CL", window_days=1)

    def page(asked, write):
        start = int(asked.path.partition("start=")[2].partition("&")[0])
        entries = [atom_entry(f"Kettle {n}", n) for n in range(start, min(start + 100, 130))]
        answer(atom(*entries, total=130), kind="application/atom+xml")(asked, write)

    web.pages["/query"] = page
    (report,) = fetcher_of(source).fetch()
    assert (report.status, report.listed) == ("new", 130)
    assert [rank for _, rank, *_ in listed(database)] == list(range(1, 131))
    assert len(web.asked) == 2


def test_a_long_day_comes_in_pages_and_is_ranked_as_a_whole(fetcher_of, hf, web, database):
    def page(asked, write):
        number = 100 if "p=1" in asked.path else 0
        papers = [daily_paper(f"Kettle {n}", n, n) for n in range(number, min(number + 100, 130))]
        answer(daily_papers(*papers))(asked, write)

    web.pages["/api/daily_papers"] = page
    (report,) = fetcher_of(hf).fetch()
    assert (report.listed, len(web.asked)) == (130, 2)
    assert listed(database)[0] == (20, 1, "Kettle 129", 129)
    assert [rank for _, rank, *_ in listed(database)] == list(range(1, 131))


def test_a_list_of_a_day_that_has_not_come_is_refused(fetcher_of, web, database):
    source = JsonLines(name="ours", url=web.url("/lines"))
    web.pages["/lines"] = answer(b'{"date": "2099-01-01"}\n{"title": "K", "abstract": "A"}')
    (report,) = fetcher_of(source).fetch()
    assert (report.status, report.reason) == (
        "failed",
        "the list is dated 2099-01-01, which is in the future",
    )
    assert rows(database, DumpRow.id) == []


def test_two_processes_do_not_ask_one_host_at_a_time(fetcher_of, hf, web, database, clock):
    mine, other = fetcher_of(hf), fetcher_of(hf)
    seen = []

    def page(asked, write):
        seen.append(statuses(other.fetch_due() + other.fetch()))
        answer(daily_papers(daily_paper()))(asked, write)

    web.pages["/api/daily_papers"] = page
    assert statuses(mine.fetch_due()) == ["new"]
    assert seen == [["busy", "busy"]]
    assert statuses(other.fetch()) == ["busy"]  # as soon after us as we would not ask either
    clock.later(seconds=3)
    assert other.fetch_due() == []
    clock.later(days=1)
    assert len(web.asked) == 1


def test_who_was_killed_while_asking_keeps_nobody_waiting_for_long(
    fetcher_of, hf, web, clock, database
):
    serve_daily(web, daily_paper())
    with database.write() as session:
        until = clock.now + timedelta(minutes=15)
        assert states.acquire(session, "127.0.0.1", holder="dead", until=until, now=clock.now)
    assert statuses(fetcher_of(hf).fetch()) == ["busy"]
    clock.later(minutes=15)
    assert statuses(fetcher_of(hf).fetch()) == ["new"]


def test_a_clock_that_was_far_ahead_and_was_set_right_keeps_nothing_waiting(
    fetcher_of, hf, web, clock
):
    serve_daily(web, daily_paper("Kettle", 1), daily_paper("Lamp", 2, day="2027-12-25"))
    clock.later(days=400)
    assert statuses(fetcher_of(hf).fetch_due()) == ["new"]
    clock.now = NOW
    fetcher = fetcher_of(hf)
    assert statuses(fetcher.fetch_due()) == ["new"]
    assert fetcher.statuses()[0].state.last_date == DAY


def test_trying_out_changes_nothing(fetcher_of, hf, web, database):
    serve_daily(web, daily_paper("Kettle"), None)
    fetcher = fetcher_of(hf)
    (report,) = fetcher.try_out()
    assert (report.status, report.listed, report.refused) == ("new", 1, 1)
    web.pages["/api/daily_papers"] = answer(status=404)
    assert statuses(fetcher.try_out("hf")) == ["failed"]
    assert rows(database, SourceRow.name) + rows(database, DumpRow.id) == []


def test_lists_of_other_days_are_fetched_by_hand_and_say_nothing_of_now(fetcher_of, hf, feed, web):
    serve_daily(web, daily_paper(day="2026-11-10"))
    fetcher = fetcher_of(hf, feed)
    reports = fetcher.fetch(on=date(2026, 11, 10))
    assert statuses(reports) == ["new", "undated"]
    assert web.paths == ["/api/daily_papers?date=2026-11-10&limit=100"]
    assert fetcher.statuses()[0].state.last_date is None
    assert statuses(fetcher.try_out("blog", date(2026, 11, 10))) == ["undated"]


def test_a_file_is_a_source_too(fetcher_of, tmp_path, clock):
    file = tmp_path / "papers.jsonl"
    source = JsonLines(name="ours", path=str(file))
    fetcher = fetcher_of(source)
    assert fetcher.fetch()[0].reason.endswith("papers.jsonl: No such file or directory")
    file.write_text(json.dumps({"date": "2026-11-18"}) + '\n{"title": "K", "abstract": "A"}\n')
    (report,) = fetcher.fetch()
    assert (report.status, report.date) == ("new", date(2026, 11, 18))


def test_an_unknown_name_is_not_found(fetcher_of, hf):
    with pytest.raises(NotFoundError, match="no source named 'fh'"):
        fetcher_of(hf).fetch("fh")
    with pytest.raises(NotFoundError, match="no sources"):
        fetcher_of().try_out()


def test_what_a_server_says_cannot_write_to_the_terminal(fetcher_of, web):
    source = ArxivSearch(name="arxiv", url=web.url("/query"), query="x", window_days=1)
    error = "<entry><id>http://arxiv.org/api/errors#x</id><summary>a\nb\x85\u202e</summary></entry>"
    web.pages["/query"] = answer(atom(error), kind="application/atom+xml")
    fetcher = fetcher_of(source)
    fetcher.fetch()
    assert fetcher.statuses()[0].words.isprintable()
