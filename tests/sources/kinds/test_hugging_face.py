import json
from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import DumpError
from digest.sources.kinds import Received, hugging_face
from digest.sources.kinds.source import Page
from tests.sources.kinds.samples import daily_paper, daily_papers

DAY = date(2026, 11, 20)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)
NAMES = ("id", "title", "summary", "upvotes", "submittedOnDailyAt", "githubRepo", "projectPage")


def parse(body, *, day):
    return hugging_face.parse(Received(body), day=day)


def test_a_list_has_votes_ids_and_links():
    body = daily_papers(
        daily_paper(
            "Kettle",
            1,
            votes=40,
            githubRepo="https://github.com/example-lab/kettle",
            projectPage="https://kettle.example.org/",
        ),
        daily_paper("Hedge", 2, votes=1),
    )
    page = parse(body, day=DAY)
    kettle, hedge = page.entries
    assert [(one.rank, one.title, one.votes) for one in page.entries] == [
        (1, "Kettle", 40),
        (2, "Hedge", 1),
    ]
    assert kettle.identifiers == ("arxiv:2611.00001",)
    assert kettle.url == "https://arxiv.org/abs/2611.00001"
    assert kettle.code_urls == ("https://github.com/example-lab/kettle",)
    assert kettle.project_urls == ("https://kettle.example.org/",)
    assert (hedge.code_urls, page.day, page.outside) == ((), DAY, 0)


def test_papers_that_were_listed_on_other_days_are_no_part_of_the_list():
    body = daily_papers(
        daily_paper("Kettle", 1),
        daily_paper("Hedge", 2, day="2026-11-19"),
        daily_paper("Lamp", 3, submittedOnDailyAt="2026-11-20T23:30:00.000-05:00"),
        daily_paper("Oven", 4, submittedOnDailyAt=None),
    )
    page = parse(body, day=DAY)
    assert [one.title for one in page.entries] == ["Kettle", "Oven"]
    assert page.outside == 2


def test_one_bad_entry_costs_one_entry():
    body = daily_papers(
        daily_paper("Kettle", 1),
        None,
        daily_paper("Hedge", 2, title="", summary=""),
        daily_paper("", 3),
        daily_paper("x" * 1001, 4),
        daily_paper("Lamp\x00", 5),
        daily_paper("Half \ud800", 6),
        daily_paper("Oven", 7, upvotes="many"),
        daily_paper("Toast", "x" * 400, upvotes=-3),
    )
    page = parse(body, day=DAY)
    assert [one.title for one in page.entries] == ["Kettle", "Hedge", "Oven", "Toast"]
    assert [one.votes for one in page.entries] == [3, 3, None, None]
    assert [(one.line, one.reason.split(",")[0]) for one in page.refusals] == [
        (2, "not an object that holds a paper"),
        (4, "no title"),
        (5, "a title of 1"),
        (6, "a control character"),
        (7, "a control character"),
    ]


@pytest.mark.parametrize("body", [b"", b"{}", b"<html>", b"[" * 100_000, b"\xff", b'"x"'])
def test_what_is_no_list_is_refused_in_words(body):
    with pytest.raises(DumpError, match="the answer is not"):
        parse(body, day=DAY)


@given(st.lists(JSON | st.fixed_dictionaries({"paper": JSON}), max_size=5))
def test_any_json_list_is_a_page(records):
    page = parse(json.dumps(records).encode(), day=DAY)
    assert isinstance(page, Page)
    assert len(page.entries) + len(page.refusals) + page.outside == len(records)


@given(st.dictionaries(st.sampled_from(NAMES), JSON))
def test_any_paper_is_an_entry_or_a_refusal_and_the_others_stay(fields):
    body = daily_papers(daily_paper("Kettle", 1), daily_paper("Hedge", 2, **fields))
    page = parse(body, day=DAY)
    assert "Kettle" in [one.title for one in page.entries]
    assert len(page.entries) + len(page.refusals) + page.outside == 2


@given(st.binary(max_size=300))
def test_any_bytes_are_a_page_or_a_reason(body):
    with suppress(DumpError):
        parse(body, day=DAY)


def test_a_day_that_cannot_be_read_is_a_refusal_and_not_today():
    body = daily_papers(
        daily_paper("Kettle", 1), daily_paper("Hedge", 2, submittedOnDailyAt="soon")
    )
    page = parse(body, day=DAY)
    assert [one.title for one in page.entries] == ["Kettle"]
    assert [one.reason for one in page.refusals] == ["its date, 'soon', cannot be read"]


def test_authors_are_those_of_the_list_in_their_order():
    people = [{"name": "Ann Kettle"}, {"name": " Bob\nTea "}, {"user": "x"}, "Cy", {"name": 3}]
    (entry,) = parse(daily_papers(daily_paper(authors=people)), day=DAY).entries
    assert entry.authors == ("Ann Kettle", "Bob Tea")


def test_a_list_in_another_charset_is_read():
    body = json.dumps([daily_paper("Été")], ensure_ascii=False).encode("latin-1")
    (entry,) = hugging_face.parse(Received(body, "iso-8859-1"), day=DAY).entries
    assert entry.title == "Été"
