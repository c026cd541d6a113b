"""Lists of papers by topic: an edition, a search."""

import re

import pytest

from tests.factories import DAY


@pytest.fixture
def edition(app) -> str:
    app.editions.open(DAY)
    return f"/archive/{DAY}"


def titles(page: str) -> list[str]:
    return re.findall(r'<h2 class="title"[^>]*><a[^>]*>([^<]+)', page)


def test_an_edition_offers_its_own_topics_with_how_many_papers_each_has(web, edition):
    page = web.get(edition).text
    offered = dict(re.findall(r'<option value="([\w-]+)">[^<]+\((\d+)\)', page))
    assert "compression" in offered
    assert "finance-law" not in offered
    for slug, count in offered.items():
        found = web.get(f"{edition}?topic={slug}").text
        assert len(titles(found)) == int(count)
        assert f'value="{slug}" selected' in found


def test_the_papers_of_a_topic_keep_their_order(web, edition):
    whole, some = titles(web.get(edition).text), titles(web.get(f"{edition}?topic=coding").text)
    assert 0 < len(some) < len(whole)
    assert some == [title for title in whole if title in some]


def test_a_former_slug_is_understood_and_one_that_never_was_is_not(web, edition):
    assert titles(web.get(f"{edition}?topic=code").text)
    assert web.get(f"{edition}?topic=astrology").status_code == 404
    assert web.get("/archive?topic=astrology").status_code == 404


def test_a_topic_without_papers_in_the_edition_says_so(web, edition):
    assert "No papers on this topic in this edition" in web.get(f"{edition}?topic=finance-law").text


def test_a_search_can_be_narrowed_to_a_topic(web, edition):
    everywhere = titles(web.get("/archive?q=study").text)
    narrowed = web.get("/archive?q=study&topic=compression").text
    assert 0 < len(titles(narrowed)) < len(everywhere)
    assert 'value="compression" selected' in narrowed


def test_a_topic_without_words_leads_to_its_page(web, edition):
    answer = web.get("/archive?q=&topic=compression")
    assert (answer.status_code, answer.headers["location"]) == (303, "/topics/compression")


def test_the_pages_of_a_filtered_list_keep_the_filter(web, edition):
    page = web.get(f"{edition}?topic=compression&page=2").text
    assert f'href="{edition}?topic=compression&amp;page=1"' in page
