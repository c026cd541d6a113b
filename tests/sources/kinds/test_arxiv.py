from contextlib import suppress
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import DumpError
from digest.sources.kinds import Received, arxiv
from tests.sources.kinds.samples import atom, atom_entry, rss, rss_item


def parse_api(body, *, start):
    return arxiv.parse_api(Received(body), start=start)


def parse_rss(body):
    return arxiv.parse_rss(Received(body))


def test_an_answer_of_the_api_has_ids_and_plain_texts():
    doi = '<arxiv:doi xmlns:arxiv="http://arxiv.org/schemas/atom">10.1234/Kettle</arxiv:doi>'
    page = parse_api(atom(atom_entry("Kettle\n  & tea", 1, doi), atom_entry("Hedge", 2)), start=0)
    kettle, hedge = page.entries
    assert kettle.title == "Kettle & tea"
    assert kettle.abstract.endswith("with its cause. It is 2 < 3.")
    assert kettle.identifiers == ("arxiv:2611.00001", "doi:10.1234/kettle")
    assert kettle.url == "https://arxiv.org/abs/2611.00001"
    assert (hedge.rank, hedge.votes, page.following) == (2, None, None)


def test_an_error_of_the_api_is_told():
    error = """<entry><id>http://arxiv.org/api/errors#incorrect_id</id><title>Error</title>
    <summary>incorrect id format</summary></entry>"""
    with pytest.raises(DumpError, match="arXiv answered: incorrect id format"):
        parse_api(atom(error), start=0)


def test_an_empty_page_in_the_middle_is_an_error_and_at_the_end_is_none():
    with pytest.raises(DumpError, match="an empty page, although the search has 300 entries"):
        parse_api(atom(total=300), start=200)
    assert parse_api(atom(total=0), start=0).entries == ()
    assert parse_api(atom(total=200), start=200).entries == ()


def test_announcements_are_of_the_day_of_the_feed_and_replacements_no_news():
    body = rss(
        rss_item("Kettle", 1),
        rss_item("Hedge", 2, "replace"),
        rss_item("Lamp", 3, "cross"),
        rss_item("Oven", 4, "replace-cross"),
    )
    page = parse_rss(body)
    assert [one.title for one in page.entries] == ["Kettle", "Lamp"]
    assert page.entries[0].abstract.startswith("We measure Kettle")
    assert [one.identifiers for one in page.entries] == [
        ("arxiv:2611.00001",),
        ("arxiv:2611.00003",),
    ]
    assert (page.day, page.outside) == (date(2026, 11, 20), 2)


def test_a_feed_without_announcements_is_an_empty_list():
    assert parse_rss(rss()).entries == ()


def test_one_bad_entry_costs_one_entry():
    body = rss(rss_item("Kettle"), "<item/>", rss_item("x" * 1001, 2), rss_item("Hedge", 3))
    page = parse_rss(body)
    assert [one.title for one in page.entries] == ["Kettle", "Hedge"]
    assert [(one.line, one.reason[:8]) for one in page.refusals] == [
        (2, "no title"),
        (3, "a title "),
    ]


def test_a_feed_that_is_cut_off_is_refused():
    whole = rss(rss_item("Kettle"), rss_item("Hedge", 2))
    for end in range(whole.index(b"<channel>"), len(whole) - 8, 40):
        with pytest.raises(DumpError):
            parse_rss(whole[:end])


@pytest.mark.parametrize("body", [b"", b"[]", b"<html><p>Sorry</p></html>", b"\x00\xff", b"<rss"])
def test_what_is_no_feed_is_refused_in_words(body):
    for parse in (parse_rss, lambda b: parse_api(b, start=0)):
        with pytest.raises(DumpError):
            parse(body)


def test_entities_are_not_expanded_and_files_not_read():
    head = '<!DOCTYPE rss [<!ENTITY a "ha"><!ENTITY f SYSTEM "file:///etc/passwd">'
    head += "".join(f'<!ENTITY b{n} "{"&a;" * 1000}">' for n in range(9)) + "]>"
    body = rss(rss_item("Kettle TITLE", 1)).decode()
    body = body.replace("?>\n", f"?>{head}\n", 1).replace("TITLE", "&b1;&b2;&f;")
    (entry,) = parse_rss(body.encode()).entries
    assert "root:" not in entry.title
    assert len(entry.title) < 100


@given(st.binary(max_size=300))
def test_any_bytes_are_a_page_or_a_reason(body):
    for parse in (parse_rss, lambda b: parse_api(b, start=0)):
        with suppress(DumpError):
            parse(body)


@given(st.text(max_size=60), st.integers(0, 400))
def test_damage_at_any_place_is_a_page_or_a_reason(damage, place):
    whole = rss(rss_item("Kettle"), rss_item("Hedge", 2)).decode()
    middle = whole.index("<item>") + place
    with suppress(DumpError):
        parse_rss((whole[:middle] + damage + whole[middle:]).encode("utf-8", "ignore"))


@pytest.mark.parametrize(
    ("moment", "quiet"),
    [  # New York is five hours behind UTC in November, and four in July
        (datetime(2026, 11, 20, 0, 59, tzinfo=UTC), False),  # Thursday 19:59
        (datetime(2026, 11, 20, 1, 0, tzinfo=UTC), False),  # Thursday 20:00, announcements
        (datetime(2026, 11, 21, 0, 59, tzinfo=UTC), False),  # Friday 19:59
        (datetime(2026, 11, 21, 1, 0, tzinfo=UTC), True),  # Friday 20:00
        (datetime(2026, 11, 22, 12, 0, tzinfo=UTC), True),  # Sunday morning
        (datetime(2026, 11, 23, 0, 59, tzinfo=UTC), True),  # Sunday 19:59
        (datetime(2026, 11, 23, 1, 0, tzinfo=UTC), False),  # Sunday 20:00, announcements
        (datetime(2026, 7, 11, 0, 0, tzinfo=UTC), True),  # Friday 20:00 in summer
        (datetime(2026, 7, 10, 23, 59, tzinfo=UTC), False),
    ],
)
def test_friday_and_saturday_nights_are_quiet(moment, quiet):
    assert arxiv.is_quiet(moment) is quiet


def test_replacements_that_only_the_text_announces_are_no_news():
    replaced = rss_item("Hedge", 2, "replace").replace(
        "<arxiv:announce_type>replace</arxiv:announce_type>", ""
    )
    page = parse_rss(rss(rss_item("Kettle", 1), replaced))
    assert ([one.title for one in page.entries], page.outside) == (["Kettle"], 1)


def test_authors_are_those_of_the_list_in_their_order():
    people = "<author><name>Bob\n Tea</name></author><author><name>Cy Cup</name></author>"
    (entry,) = parse_api(atom(atom_entry("Kettle", 1, people)), start=0).entries
    assert entry.authors == ("A. Made-Up", "Bob Tea", "Cy Cup")
    body = rss(rss_item()).replace(b"A. Made-Up", b"A. Made-Up, Bob Tea")
    assert parse_rss(body).entries[0].authors == ("A. Made-Up", "Bob Tea")


def test_a_comment_that_says_that_a_paper_is_withdrawn_takes_the_place_of_its_abstract():
    body = atom(atom_entry("Kettle", 1), atom_entry("Hedge", 2))
    comment = b"9 pages. This paper has been withdrawn by the author due to an error in Lemma 2"
    kettle, hedge = parse_api(body.replace(b"9 pages", comment, 1), start=0).entries
    assert kettle.abstract == comment.decode()
    assert hedge.abstract.startswith("We measure Hedge")


def test_a_day_of_a_feed_that_cannot_be_read_is_an_error_and_not_today():
    with pytest.raises(DumpError, match="the date of the feed, 'soon', cannot be read"):
        parse_rss(rss(rss_item(), day="soon"))


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (
            atom(
                "<entry><id>https://arxiv.org/api/errors#x</id><title>Error</title>"
                "<summary>incorrect id format for abc</summary></entry>"
            ),
            "arXiv answered: incorrect id format for abc",
        ),
        (b'{"error": {"message": "too many\\n words"}}', "too many words"),
        (b'[{"detail": "x"}]', "x"),
        (b"Rate exceeded.", "Rate exceeded."),
        (b"<html><h1>Bad gateway</h1></html>", ""),
        (b"", ""),
        (b"\xff" * 300, ""),
    ],
)
def test_what_the_body_of_an_error_says(body, words):
    source = arxiv.ArxivSearch(name="a", query="x")
    assert source.explain(Received(body)) == words
