from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import DumpError, InputError
from digest.sources.kinds import Received, Source
from digest.sources.rules.sources_file import parse_sources
from tests.conftest import REPOSITORY
from tests.sources.kinds.samples import atom, atom_entry

DAY = date(2026, 11, 20)
ALL = """
[[source]]
name = "hf"
kind = "hugging-face"

[[source]]
name = "arxiv"
kind = "arxiv-rss"
query = "cs.CL+cs.LG"
every_minutes = 720

[[source]]
name = "search"
kind = "arxiv-api"
query = "cat:cs.CL AND ti:kettle"
window_days = 1
max_entries = 150

[[source]]
name = "blog"
kind = "feed"
url = "https://blog.example.org/feed.xml"

[[source]]
name = "ours"
kind = "json-lines"
path = "/srv/papers.jsonl"
"""


def test_every_kind_has_its_defaults():
    hf, rss, search, blog, ours = parse_sources(ALL)
    assert (hf.kind, hf.host, hf.window_days) == ("hugging-face", "huggingface.co", 2)
    assert (rss.every_minutes, rss.host) == (720, "arxiv.org")
    assert (search.window_days, search.host) == (1, "arxiv.org")
    assert (blog.silent_after_days, blog.is_rolling) == (14, True)
    assert (ours.host, ours.path) == ("", "/srv/papers.jsonl")


def test_the_example_of_the_manual_is_one():
    manual = (REPOSITORY / "docs" / "use" / "sources.md").read_text(encoding="utf-8")
    example = manual.partition("```toml\n")[2].partition("```")[0]
    assert [source.kind for source in parse_sources(example)] == [
        "hugging-face", "arxiv-rss", "arxiv-api", "feed", "json-lines"
    ]  # fmt: skip


def test_no_sources_are_none():
    assert parse_sources("") == ()


def test_what_is_asked_for():
    hf, rss, search, blog, _ = parse_sources(ALL)
    assert [(request.url, request.day.day) for request in hf.requests(DAY)] == [
        ("https://huggingface.co/api/daily_papers?date=2026-11-19&limit=100", 19),
        ("https://huggingface.co/api/daily_papers?date=2026-11-20&limit=100", 20),
    ]
    assert [request.url for request in rss.requests(DAY)] == [
        "https://rss.arxiv.org/rss/cs.CL+cs.LG"
    ]
    assert [request.url for request in blog.requests(DAY)] == ["https://blog.example.org/feed.xml"]
    (request,) = search.requests(DAY)
    assert "submittedDate%3A%5B202611200000+TO+202611202359%5D" in request.url
    assert "start=0&max_results=100" in request.url


def test_a_full_page_of_a_search_is_followed_by_the_next_up_to_the_limit():
    search = parse_sources(ALL)[2]
    (request,) = search.requests(DAY)
    full = atom(*(atom_entry(f"Kettle {n}", n) for n in range(100)), total=400)
    page = search.read(request, Received(full))
    assert page.following is not None
    assert "start=100&max_results=50" in page.following.url
    rest = atom(*(atom_entry(f"Hedge {n}", n) for n in range(50)), total=400)
    second = search.read(page.following, Received(rest))
    assert (second.entries[0].line, second.following) == (101, None)


def test_every_mistake_is_named_with_its_line():
    text = """[[source]]
name = "HF papers"
kind = "hugging-face"
url = "ftp://example.org"

[[source]]
name = "arxiv"
kind = "arxiv-rss"
every = 3

[[source]]
name = "search"
kind = "arxiv-api"
window_days = 0

[[source]]
name = "blog"
kind = "blog"

[[source]]
name = "feed"
kind = "feed"
query = "x"

[[source]]
name = "lines"
kind = "json-lines"
url = "https://example.org/a"
path = "/a"
"""
    with pytest.raises(InputError) as caught:
        parse_sources(text)
    assert str(caught.value).splitlines() == [
        "line 1: name must be of small letters, digits, and . _ - (64 at most)",
        "line 1: url must be an http or https address without a user name and password",
        "line 6: query is missing",
        "line 6: 'every' is not a setting of the kind arxiv-rss",
        "line 11: window_days must be a whole number from 1 to 31",
        "line 11: query is missing",
        "line 16: kind must be one of hugging-face, arxiv-api, arxiv-rss, feed, json-lines",
        "line 20: url is missing",
        "line 20: 'query' is not a setting of the kind feed",
        "line 25: needs either url or path",
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("name = \n", "not valid TOML: .*line 1"),
        ("[source]\nname = 'x'", "two brackets"),
        ("source = [1]", "two brackets"),
        ("[[sources]]", "'sources' is not known"),
        ("[[source]]\nname='a'\nkind='hugging-face'\n" * 2, "line 4: another source .* 'a'"),
        ("[[source]]\nname='a'\nkind='arxiv-rss'\nquery=' '", "query is missing"),
        ("[[source]]\nname='a'\nkind='arxiv-rss'\nquery='../x'", "categories such as"),
        ("[[source]]\nname='a'\nkind='feed'\nurl='http://[::'", "url must be"),
        ("[[source]]\nname='a'\nkind='feed'\nurl='http://u:p@x/'", "without a user"),
        ("[[source]]\nname=1\nkind='feed'", "name must be a text"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_in_words(text, problem):
    with pytest.raises(InputError, match=problem):
        parse_sources(text)


@given(
    st.dictionaries(
        st.sampled_from(["name", "kind", "url", "path", "query", "every_minutes", "x"]),
        st.sampled_from(["hf", "feed", "json-lines", "hugging-face", "http://x", "", "cs.CL", 3]),
    )
)
def test_any_record_is_a_source_or_refused(record):
    lines = [f"{key} = {value!r}" for key, value in record.items()]
    with suppress(InputError):
        (source,) = parse_sources("\n".join(["[[source]]", *lines]))
        assert isinstance(source, Source)
        assert source.requests(DAY)


@given(st.sampled_from(parse_sources(ALL)), st.binary(max_size=200))
def test_any_answer_is_a_page_or_refused(source, body):
    with suppress(DumpError):
        source.read(source.requests(DAY)[-1], Received(body))
