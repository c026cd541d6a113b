"""See before subscribing: what the last 30 days would have brought, for choices and no address."""

import re
from datetime import timedelta
from html import unescape
from threading import Event

import httpx
import pytest

from digest.papers import ingest
from digest.web.limits import Rate, Rates
from digest.web.pages import make_site
from tests.dumps import make_dump
from tests.factories import DAY
from tests.web.serving import serving
from tests.web.test_scanner import everything

pytestmark = pytest.mark.parametrize("app", ["sqlite"], indirect=True)


@pytest.fixture
def ten_days(app, served, tmp_path):
    """Ten open editions, the last one of DAY, made ready as `digest serve` does."""
    for ago in reversed(range(10)):
        day = DAY - timedelta(days=ago)
        if ago:
            dump = tmp_path / f"{day}.txt"
            dump.write_text(make_dump(12, day, seed=ago + 7), encoding="utf-8")
            ingest.ingest(
                app.database,
                [dump],
                now=app.clock(),
                given=day,
                classify=app.files.classifier.classify,
            )
        app.editions.open(day)
    served[0].state.site.lookbacks.prepare(Event())


def days_of(page: str) -> list[str]:
    return re.findall(r'<h3 class="day"><time datetime="([\d-]+)"', page)


def weekly_of(page: str) -> int:
    return int(re.search(r"About (\d+) papers a week", page)[1])


def test_it_shows_by_day_titles_with_links_and_reasons_and_how_many_a_week(web, ten_days):
    answer = web.get("/preview?topic=compression&topic=speech")
    assert answer.status_code == 200
    assert "What the last 10 days would have brought" in answer.text
    found = days_of(answer.text)
    assert found == sorted(found, reverse=True)
    assert found[0] == DAY.isoformat()
    assert "You follow Compression" in answer.text
    lines = re.findall(r'<li><a href="(https?://[^"]+)"[^>]*>[^<]+</a> <span[^>]*>', answer.text)
    assert len(lines) > 20
    assert weekly_of(answer.text) > 10
    assert re.search(r"\d+ of these papers match what you chose", answer.text)
    assert answer.headers["cache-control"] == "no-store"


def test_the_form_keeps_everything_and_nothing_is_recorded_or_asked_of_the_address(
    web, ten_days, app
):
    before = everything(app)
    data = {"email": "hello", "topic": "coding", "interests": "KV cache\nmodel <b>", "hour": "6"}
    answer = web.post("/preview", data=data)
    assert answer.status_code == 200
    assert 'name="email" value="hello"' in answer.text
    assert "email-mistake" not in answer.text
    assert 'name="topic" value="coding" checked' in answer.text
    assert ">KV cache\nmodel &lt;b&gt;</textarea>" in answer.text
    assert '<option value="6" selected>' in answer.text
    assert everything(app) == before


def test_a_typed_interest_counts_and_what_was_never_there_is_named(web, ten_days):
    page = web.get("/preview", params={"interests": ["KV cache eviction", "basket weaving"]}).text
    assert "Matches “KV cache eviction”" in page
    assert "Nothing in these days on: basket weaving" in page


def test_what_matches_nothing_is_told_so(web, ten_days):
    page = web.get("/preview?interests=basket+weaving").text
    assert "no paper of these days matches" in page
    assert days_of(page) == []


def test_few_papers_suggest_a_weekly_mail_and_one_press_shows_it(web, ten_days):
    page = web.get("/preview?interests=KV+cache+eviction&cadence=daily").text
    matching = int(re.search(r"(\d+) of these papers", page)[1])
    assert ("See it once a week" in page) == (0 < matching < 7)
    weekly = web.post(
        "/preview", data={"interests": "KV cache eviction", "cadence": "daily", "instead": "weekly"}
    ).text
    assert 'name="cadence" value="weekly" checked' in weekly
    assert "See it once a week" not in weekly
    assert len(days_of(weekly)) <= 2 <= len(days_of(page))


def test_mistakes_are_shown_at_their_fields_instead(web, ten_days):
    answer = web.get("/preview", params={"interests": "\n".join("abcdefgh"), "timezone": "Mars"})
    assert answer.status_code == 422
    assert 'id="interests-mistake"' in answer.text
    assert 'id="timezone-mistake"' in answer.text
    assert "would have brought" not in answer.text


def test_before_the_first_edition_the_one_to_come_is_shown(web):
    page = web.get("/preview?topic=compression").text
    assert "What the newest edition would have brought" in page
    assert "too few editions" in page


def test_it_speaks_german(web, ten_days):
    page = unescape(web.get("/preview?topic=coding", headers={"Accept-Language": "de"}).text)
    assert "Was die letzten 10 Tage gebracht hätten" in page
    assert "Papers pro Woche" in page


@pytest.mark.parametrize(
    "query",
    [
        "topic=astrology&topic=<script>",
        "interests=%00&cadence=%FF",
        "interests=" + "%C3%A9" * 1000,
        "topic=" + "&topic=".join(["coding"] * 500),
        "hour=1e9&weekday=-1&instead=never",
    ],
)
def test_odd_addresses_do_no_harm(web, query):
    assert web.get(f"/preview?{query}").status_code in (200, 422)


def test_an_endless_address_is_refused(web):
    assert web.get("/preview?topic=" + "a" * 9000).status_code == 414


def test_who_looks_too_often_is_told_when_to_come_back(app, clock):
    rates = Rates(preview_visitor=Rate(burst=2, seconds_each=30))
    with serving(make_site(app, rates)) as address:
        answers = [httpx.get(f"{address}/preview") for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert int(answers[2].headers["retry-after"]) > 0
        assert httpx.get(address).status_code == 200
        clock.now += timedelta(seconds=31)
        assert httpx.post(f"{address}/preview", data={"hour": "7"}).status_code == 200
