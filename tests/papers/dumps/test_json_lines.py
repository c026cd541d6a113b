import json
from contextlib import suppress
from dataclasses import fields
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import DumpError
from digest.papers.dumps import Entry, Header, Refusal, detect, json_lines
from digest.papers.dumps.parts import YearSource

DAY = date(2026, 11, 20)


def parse(text: str | bytes, given=None):
    body = text if isinstance(text, bytes) else text.encode()
    return list(json_lines.parse([body], not_after=DAY, given=given))


def test_lines_are_papers_in_the_order_of_their_rank():
    body = "\n".join(
        [
            '{"date": "2026-11-20"}',
            '{"title": "Kettle", "abstract": "We boil.", "votes": 4, "arxiv": "2611.00001v2"}',
            "",
            '{"title": "Hedge", "summary": "We cut.", "upvotes": 2, "url": "https://example.org/h"}',
        ]
    )
    assert detect(body.encode()) is json_lines
    header, kettle, hedge = parse(body)
    assert header == Header(DAY, YearSource.DUMP)
    assert (kettle.line, kettle.rank, kettle.votes) == (2, 1, 4)
    assert kettle.identifiers == ("arxiv:2611.00001",)
    assert (hedge.line, hedge.rank, hedge.votes, hedge.url) == (4, 2, 2, "https://example.org/h")


def test_the_date_is_that_of_the_first_line_or_given():
    paper = '{"title": "Kettle", "abstract": "We boil."%s}'
    assert parse(paper % ', "date": "2026-11-19T08:00:00Z"')[0].date == date(2026, 11, 19)
    assert parse(paper % "", given=DAY)[0] == Header(DAY, YearSource.GIVEN)
    with pytest.raises(DumpError, match="no date"):
        parse(paper % "")
    with pytest.raises(DumpError, match="'soon' is not a date"):
        parse(paper % ', "date": "soon"')


def test_a_list_may_say_that_its_order_means_nothing():
    paper = '{"title": "Kettle", "abstract": "We boil."}'
    head = '{"date": "2026-11-20", "ranked": %s}\n'
    assert not parse(head % "false" + paper)[0].ranked
    assert parse(head % "true" + paper)[0].ranked
    (header, _) = parse(json_lines.write(DAY, "feed", parse(head % 1 + paper)[1:], ranked=False))
    assert not header.ranked


def test_who_wrote_a_paper_is_read_in_every_usual_form():
    record = {"title": "Kettle", "abstract": "We boil.", "github_stars": 12}
    authors = [
        ["Ada Ode", "Béla  Elm"],
        [{"name": "Ada Ode", "affiliation": "U"}, {"fullname": "Béla Elm", "affiliation": ["V"]}],
        "Ada Ode and Béla Elm",
    ]
    lines = [json.dumps(record | {"authors": each}) for each in authors]
    found = parse("\n".join(lines), given=DAY)[1:]
    assert [entry.authors for entry in found] == [("Ada Ode", "Béla Elm")] * 3
    assert [entry.affiliations for entry in found] == [(), ("U", "V"), ()]
    assert {entry.stars for entry in found} == {12}


def test_one_bad_line_costs_one_line():
    lines = ["{", "[]", '"x"', "{}", '{"title": "T"}', '{"title": "T", "abstract": "\\u0000"}']
    good = '{"title": "Kettle", "abstract": "We boil."}'
    parts = parse("\n".join([good, *lines, "[" * 50_000, good]), given=DAY)
    assert [part.rank for part in parts if isinstance(part, Entry)] == [1, 9]
    assert [part.line for part in parts if isinstance(part, Refusal)] == [2, 3, 4, 5, 6, 7, 8]


def test_a_file_without_a_paper_is_refused():
    with pytest.raises(DumpError, match="no entries"):
        parse('{"date": "2026-11-20"}\n{"a": 1}')
    with pytest.raises(DumpError, match="no date"):
        parse("")


texts = st.text(st.characters(blacklist_categories=("Cs", "Cc", "Cn")), min_size=1).map(
    lambda text: " ".join(text.split())
)
entries = st.builds(
    Entry,
    line=st.just(0),
    rank=st.just(0),
    title=texts.filter(bool),
    abstract=texts.filter(bool),
    votes=st.none() | st.integers(0, 2**31 - 1),
    identifiers=st.sampled_from([(), ("arxiv:2611.00001",), ("doi:10.1234/a",)]),
    code_urls=st.sampled_from([(), ("https://github.com/example-lab/kettle",)]),
    project_urls=st.sampled_from([(), ("https://kettle.example.org/x",)]),
    authors=st.lists(texts.filter(bool), unique=True, max_size=3).map(tuple),
    affiliations=st.lists(texts.filter(bool), unique=True, max_size=2).map(tuple),
    stars=st.none() | st.integers(0, 2**31 - 1),
)


@given(st.lists(entries, min_size=1, max_size=5))
def test_what_is_written_is_read_again(listed):
    header, *found = parse(json_lines.write(DAY, "hf", listed))
    assert header.date == DAY
    kept = [field.name for field in fields(Entry) if field.name not in ("line", "rank", "url")]
    for entry, original in zip(found, listed, strict=True):
        assert [getattr(entry, n) for n in kept] == [getattr(original, n) for n in kept]


@given(st.binary(max_size=200))
def test_any_bytes_are_parts_or_a_reason(body):
    with suppress(DumpError):
        parse(b'{"date": "2026-11-20"}\n' + body)


@given(
    st.dictionaries(
        st.sampled_from(["title", "abstract", "votes", "url", "code_urls", "date", "authors"]),
        st.none()
        | st.integers()
        | st.text(max_size=5)
        | st.lists(st.integers() | st.text(max_size=3)),
    )
)
def test_any_record_is_an_entry_or_a_refusal(record):
    lines = ['{"date": "2026-11-20"}', json.dumps(record), '{"title": "K", "abstract": "A"}']
    assert isinstance(parse("\n".join(lines))[-1], Entry)
