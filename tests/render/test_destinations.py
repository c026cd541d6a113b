import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.model import Paper
from digest.render.destinations import page_links, paper_links, search_address, web_address

BASE = "https://papers.example.org"
SEARCH = "https://search.example.com/?q={title}&sort=new"


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        (
            "https://arxiv.org/abs/2611.00001?a=1&b=2#c",
            "https://arxiv.org/abs/2611.00001?a=1&b=2#c",
        ),
        ("http://example.com", "http://example.com"),
        ("https://example.com/ä b%20c", "https://example.com/%C3%A4%20b%20c"),
        ("javascript:alert(1)", ""),
        ("ftp://example.com/", ""),
        ("https://user:word@example.com/", ""),
        ("https:///no-host", ""),
        ("https://example.com/\r\nX: y", "https://example.com/%0D%0AX:%20y"),
        ("https://example.com/" + "x" * 500, ""),
    ],
)
def test_only_plain_web_addresses_are_linked(address, expected):
    assert web_address(address) == expected


@given(st.text())
def test_a_search_is_an_address_whatever_the_title(title):
    assert web_address(search_address(title[:20], SEARCH)).startswith("https://search.example.com/")


def test_a_card_links_to_the_paper_and_to_what_it_names():
    paper = Paper(
        7, "T", "A", "https://arxiv.org/abs/1", ("mailto:x", "https://code.example/a"), ("x",)
    )
    links = paper_links(paper, BASE, SEARCH, "TOKEN")
    assert (links.paper, links.code, links.project) == (
        "https://arxiv.org/abs/1",
        "https://code.example/a",
        "",
    )
    assert links.more == "https://papers.example.org/more/TOKEN/7"
    assert links.less == "https://papers.example.org/less/TOKEN/7"


def test_a_paper_without_an_address_is_searched_by_its_title():
    links = paper_links(Paper(7, "Balance & Books?", "A"), BASE, SEARCH, "TOKEN")
    assert links.paper == "https://search.example.com/?q=Balance%20%26%20Books%3F&sort=new"


def test_pages_are_reached_by_token_or_date():
    links = page_links(BASE, token="T", view="V", archive="2026-11-21")
    assert links.unsubscribe == f"{BASE}/u/T"
    assert links.preferences == f"{BASE}/p/T"
    assert links.votes == f"{BASE}/votes/T"
    assert links.view == f"{BASE}/v/V"
    assert links.archive == f"{BASE}/archive/2026-11-21"
    assert links.help == f"{BASE}/help"
