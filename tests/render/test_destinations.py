import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.model import Paper
from digest.render.destinations import (
    all_shown,
    code_text,
    page_links,
    paper_links,
    project_text,
    search_address,
    web_address,
)

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
    links = paper_links(paper, BASE, "TOKEN")
    assert (links.paper, links.code, links.project) == (
        "https://arxiv.org/abs/1",
        "https://code.example/a",
        "",
    )
    assert links.more == "https://papers.example.org/more/TOKEN/7"
    assert links.less == "https://papers.example.org/less/TOKEN/7"


@pytest.mark.parametrize("url", ["", "javascript:alert(1)", "https://user@example.org/"])
def test_a_paper_without_an_address_leads_to_our_own_page_of_it(url):
    assert paper_links(Paper(7, "Books?", "A", url), BASE, "TOKEN").paper == f"{BASE}/papers/7"


def test_a_title_is_searched_for_as_it_is_shown():
    address = search_address("Balance & Books?", SEARCH)
    assert address == "https://search.example.com/?q=Balance%20%26%20Books%3F&sort=new"


@pytest.mark.parametrize(
    ("address", "code", "project"),
    [
        ("https://litllm.github.io/a/b?c", "litllm.github.io", "litllm.github.io"),
        ("https://GitHub.com/owner/na.me/tree/main", "github.com/owner/na.me", "github.com"),
        ("https://github.com/owner/name.git", "github.com/owner/name", "github.com"),
        ("https://github.com/owner", "github.com", "github.com"),
        (
            "https://huggingface.co/datasets/owner/name#x",
            "huggingface.co/datasets/owner/name",
            "huggingface.co",
        ),
        ("https://git.example.org:8080/owner/name", "git.example.org:8080", "git.example.org:8080"),
        (f"https://github.com/{'o' * 40}/{'n' * 40}", "github.com", "github.com"),
        ("https://bit.ly/3abc", "", ""),
        ("https://www.tinyurl.com/3abc", "", ""),
        (f"https://{'a' * 45}.example.org/", "", ""),
        ("", "", ""),
    ],
)
def test_a_link_to_what_a_paper_names_says_whose_host_it_is(address, code, project):
    assert (code_text(address), project_text(address)) == (code, project)


def test_what_cannot_say_its_host_is_not_linked():
    named = [
        "https://bit.ly/x",
        "ftp://example.org/",
        "https://a.example.org/",
        "https://b.example",
    ]
    assert all_shown(named) == named[2:]
    links = paper_links(Paper(7, "T", "A", "", ("https://t.co/x",), tuple(named)), BASE, "TOKEN")
    assert (links.code, links.code_text) == ("", "")
    assert (links.project, links.project_text) == ("https://a.example.org/", "a.example.org")


@given(st.text(max_size=60))
def test_whatever_the_address_its_text_is_its_host_or_begins_with_it(rest):
    (address,) = all_shown([f"https://github.com/{rest}"]) or [""]
    if address:
        assert code_text(address).startswith("github.com")
        assert " " not in code_text(address)


def test_pages_are_reached_by_token_or_date():
    links = page_links(BASE, token="T", view="V", archive="2026-11-21")
    assert links.unsubscribe == f"{BASE}/u/T"
    assert links.preferences == f"{BASE}/p/T"
    assert links.votes == f"{BASE}/votes/T"
    assert links.view == f"{BASE}/v/V"
    assert links.archive == f"{BASE}/archive/2026-11-21"
    assert links.help == f"{BASE}/help"
