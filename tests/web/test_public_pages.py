import re
from datetime import timedelta

import httpx
import pytest

from digest.papers import ingest
from tests.dumps import make_dump
from tests.factories import DAY


def ask_whole_home(web: httpx.Client) -> int:
    """Load the first page as a browser does; count the bytes."""
    return sum(len(web.get(path).content) for path in ("/", "/style.css", "/zone.js", "/icon.svg"))


def test_home_shows_todays_top_and_the_form_within_60_kb(web):
    page = web.get("/")
    assert page.status_code == 200
    assert page.text.count('class="card"') == 8
    assert page.text.count('name="topic"') == 45
    assert "#1 of 30" in page.text
    assert ask_whole_home(web) < 60_000
    assert page.headers["cache-control"] == "public, max-age=60"
    assert "x-robots-tag" not in page.headers


def test_pages_ask_nothing_of_others_and_set_no_cookie(web):
    for path in ("/", "/archive", f"/archive/{DAY}", "/topics", "/topics/compression", "/help"):
        answer = web.get(path)
        assert answer.status_code == 200
        assert "set-cookie" not in answer.headers
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; style-src 'self'")
        scripts = re.findall(r"<script[^>]*>[^<]*", answer.text)
        assert len(scripts) == (path == "/")
        assert all(re.fullmatch(r'<script src="/zone\.js\?v=\w+" defer>', one) for one in scripts)
        assert "style=" not in answer.text


def test_the_archive_lists_editions_and_pages_through_one(web, app):
    assert f'href="/archive/{DAY}"' in web.get("/archive").text
    app.editions.open(DAY)
    page = web.get("/archive").text
    assert page.count(f'href="/archive/{DAY}"') == 1
    assert "30 papers" in page
    edition = web.get(f"/archive/{DAY}")
    assert edition.text.count('class="card"') == 30
    assert "No more papers" in web.get(f"/archive/{DAY}?page=2").text


@pytest.mark.parametrize("path", ["2020-01-01", "today", "2026-11-99"])
def test_a_day_without_an_edition_is_missing(web, path):
    assert web.get(f"/archive/{path}").status_code in (404, 422)


def test_an_edition_of_an_earlier_day_stays(web, app, tmp_path, clock):
    app.editions.open(DAY)
    next_day = DAY + timedelta(days=1)
    dump = tmp_path / "next.txt"
    dump.write_text(make_dump(60, next_day, seed=2), encoding="utf-8")
    ingest.ingest(
        app.database, [dump], now=clock.now, given=next_day, classify=app.files.classifier.classify
    )
    clock.now += timedelta(days=1)
    page = web.get("/archive").text
    assert page.index(f"/archive/{next_day}") < page.index(f"/archive/{DAY}")
    first = web.get(f"/archive/{next_day}").text
    assert 'rel="next" href="/archive/2026-11-20?page=2"' in first
    assert 'rel="prev"' in web.get(f"/archive/{next_day}?page=2").text


def test_search_finds_titles_with_all_the_words(web):
    found = web.get("/archive", params={"q": " STUDY speech "}).text
    assert 'class="card"' in found
    assert "No matching papers" in web.get("/archive?q=%3Cb%3Ezzz%00").text
    assert "&lt;b&gt;zzz" in web.get("/archive?q=%3Cb%3Ezzz%00").text
    assert "No matching papers" in web.get("/archive?q=100%25").text
    assert "No matching papers" in web.get("/archive?q=study&page=9").text
    assert web.get("/archive?page=0").status_code == 422
    assert web.get("/archive?page=99999999999999999999").status_code == 422


def test_topics_have_pages(web):
    assert 'href="/topics/compression"' in web.get("/topics").text
    page = web.get("/topics/compression").text
    assert "<h1>Compression &amp; quantization</h1>" in page
    assert 'class="card"' in page
    assert web.get("/topics/astrology").status_code == 404
    assert "on this page" in web.get("/topics/compression?page=3").text


def test_assets_are_kept_for_a_year_under_their_version(web):
    style = web.get("/style.css")
    assert style.headers["content-type"].startswith("text/css")
    assert "immutable" in style.headers["cache-control"]
    assert web.get("/icon.svg").headers["content-type"] == "image/svg+xml"


def test_before_the_first_paper_pages_say_so(web, app):
    from sqlalchemy import text

    with app.database.write() as session:
        session.execute(text("DELETE FROM appearances"))
        session.execute(text("DELETE FROM revisions"))
        session.execute(text("DELETE FROM paper_topics"))
        session.execute(text("DELETE FROM papers"))
        session.execute(text("DELETE FROM dumps"))
    assert "At the top" not in web.get("/").text
    assert "No editions yet" in web.get("/archive").text
    assert "No papers on this topic yet" in web.get("/topics/compression").text


@pytest.mark.parametrize("rest", ["", "/feed.atom", "/feed.rss", "/feed.json"])
def test_the_page_of_a_former_topic_leads_to_that_of_today(web, rest):
    moved = web.get(f"/topics/code{rest}", follow_redirects=False)
    assert (moved.status_code, moved.headers["location"]) == (301, f"/topics/coding{rest}")
    assert web.get(f"/topics/coding{rest}").status_code == 200


@pytest.mark.parametrize("path", ["/", "/topics"])
def test_topics_are_shown_by_group(web, path):
    page = web.get(path).text
    groups = [page.index(name) for name in ("Language models", "Audio", "Any field")]
    assert groups == sorted(groups)
    assert groups[1] < page.rindex("Music &amp; sound") < groups[2]


def test_a_former_topic_is_chosen_as_that_of_today(web):
    assert 'value="coding" checked' in web.get("/?topic=code").text


def test_a_slash_too_many_leads_to_the_page_of_this_host_whatever_the_header_says(web):
    forged = {"Host": "evil.example"}
    moved = web.get("/archive/?topic=speech", headers=forged)
    assert (moved.status_code, moved.headers["location"]) == (307, "/archive?topic=speech")
    for path in ("/nowhere/", "//evil.example/", "/%5Cevil.example/", "/"):
        answer = web.get(f"{web.base_url}{path}", headers=forged)
        assert "location" not in answer.headers
    doubled = web.get(f"{web.base_url}//archive/", headers=forged)
    assert doubled.headers["location"] == "/archive"
