from contextlib import suppress
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import DumpError
from digest.sources.kinds import Received, feeds
from digest.sources.kinds.dates import read_day
from digest.sources.kinds.xml_feeds.markup import plain
from tests.sources.kinds.samples import blog

DAY = date(2026, 11, 20)

ATOM = b"""<feed xmlns="http://www.w3.org/2005/Atom"><updated>2026-11-20T08:00:00Z</updated>
<entry><title type="html">Kettle &amp;amp; &lt;b&gt;tea&lt;/b&gt;</title>
<id>tag:example.org,2026:1</id>
<link rel="self" href="https://example.org/self"/><link href="https://doi.org/10.1234/KETTLE"/>
<published>2026-11-20T08:00:00Z</published><summary>Short.</summary>
<content type="xhtml">
<div xmlns="http://www.w3.org/1999/xhtml"><p>We measure kettles.</p></div></content>
</entry></feed>"""
RDF = b"""<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
 xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:prism="http://prismstandard.org/namespaces/basic/2.0/">
<channel rdf:about="https://example.org"><title>Journal</title></channel>
<item rdf:about="https://example.org/1"><title>Hedge</title><link>https://example.org/1</link>
<dc:date>2026-11-19</dc:date><dc:identifier>doi:10.1234/hedge</dc:identifier>
<description>We measure hedges.</description></item></rdf:RDF>"""


def parse(body, **window):
    return feeds.parse(Received(body), **window)


def test_atom_and_rss_1_are_read_too():
    (kettle,) = parse(ATOM, day=DAY, window_days=3).entries
    assert (kettle.title, kettle.abstract) == ("Kettle & tea", "We measure kettles.")
    assert (kettle.identifiers, kettle.url) == (
        ("doi:10.1234/kettle",),
        "https://doi.org/10.1234/kettle",
    )
    (hedge,) = parse(RDF, day=DAY, window_days=3).entries
    assert (hedge.title, hedge.identifiers) == ("Hedge", ("doi:10.1234/hedge",))


def test_markup_is_taken_off():
    (post,) = parse(blog(("Kettle", DAY)), day=DAY, window_days=3).entries
    assert (
        post.abstract == "We measure Kettle in nine kitchens and report every error with its cause."
    )
    assert post.url == "https://blog.example.org/kettle"


def test_old_items_are_left_out_and_those_without_a_date_are_not():
    body = blog(
        ("Tomorrow", DAY + timedelta(days=1)),
        ("Today", DAY),
        ("Week", DAY - timedelta(days=6)),
        ("Old", DAY - timedelta(days=7)),
        ("Later", DAY + timedelta(days=2)),
    ).replace(
        b"</channel>", b"<item><title>Ever</title><description>Yes.</description></item></channel>"
    )
    page = parse(body, day=DAY, window_days=7)
    assert [one.title for one in page.entries] == ["Tomorrow", "Today", "Week", "Ever"]
    assert [one.rank for one in page.entries] == [1, 2, 3, 4]
    assert page.outside == 2


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("plain", "plain"),
        ("<p>One</p><p>two<br>three</p>", "One two three"),
        ("a &lt; b &amp; c", "a < b & c"),
        ("<script>x()</script>kept<style>p{}</style>", "kept"),
        ("<!-- gone -->kept", "kept"),
        ("un<b>closed", "unclosed"),
        ("<", "<"),
        ("", ""),
    ],
)
def test_html_becomes_text(markup, text):
    assert plain(markup) == text


@given(st.text(max_size=200))
def test_any_markup_becomes_text(markup):
    assert isinstance(plain(markup), str)


@given(st.text(max_size=100))
def test_any_text_is_a_day_or_none(text):
    assert read_day(text) is None or isinstance(read_day(text), date)


@given(st.binary(max_size=200), st.integers(0, 500))
def test_damage_at_any_place_is_a_page_or_a_reason(damage, place):
    body = ATOM[:place] + damage + ATOM[place:]
    with suppress(DumpError):
        parse(body, day=DAY, window_days=7)


def item_of(content, **namespaces):
    known = {
        "dc": "http://purl.org/dc/elements/1.1/",
        "prism": "http://prismstandard.org/namespaces/basic/2.0/",
        "content": "http://purl.org/rss/1.0/modules/content/",
        **namespaces,
    }
    declared = " ".join(f'xmlns:{prefix}="{name}"' for prefix, name in known.items())
    text = f"<title>Kettle</title><description>We boil.</description>{content}"
    return f'<rss version="2.0" {declared}><channel><item>{text}</item></channel></rss>'.encode()


@pytest.mark.parametrize(
    ("dates", "is_listed"),
    [
        ("<pubDate>2019</pubDate>", False),
        ("<pubDate>30 juin 2019</pubDate>", False),
        ("<pubDate></pubDate><dc:date>2019-06-30</dc:date>", False),
        ("<pubDate>soon</pubDate><dc:date>2019-06-30</dc:date>", False),
        ("<pubDate>soon</pubDate><dc:date>2026-11-19</dc:date>", True),
        (
            "<dc:date>0000-00-00</dc:date><prism:publicationDate>2026-11</prism:publicationDate>",
            True,
        ),
        ("<prism:publicationDate>2026-10</prism:publicationDate>", False),
        ("<pubDate>2026</pubDate>", True),  # a part of it is in the window
        ("<pubDate>11/12/2026</pubDate>", False),
        ("<pubDate>11/19/2026</pubDate>", True),
        ("<pubDate>19.11.2026</pubDate>", True),
        ("<pubDate>1795000000</pubDate>", True),
        ("<pubDate/>", True),
        ("", True),
    ],
)
def test_an_item_is_of_the_days_that_its_dates_can_mean(dates, is_listed):
    page = parse(item_of(dates), day=DAY, window_days=7)
    assert (len(page.entries), page.outside) == ((1, 0) if is_listed else (0, 1))


@pytest.mark.parametrize("date", ["soon", "31 Feb 2026", "0000-00-00", "yesterday", "x" * 500])
def test_a_date_that_cannot_be_read_is_a_refusal_and_not_today(date):
    page = parse(item_of(f"<pubDate>{date}</pubDate>"), day=DAY, window_days=7)
    (refusal,) = page.refusals
    assert refusal.reason == f"its date, {date[:60]!r}, cannot be read"


@pytest.mark.parametrize(
    "content",
    [
        "<link>https://arxiv.org/abs/2611.00007?context=cs.CL</link>",
        "<link>https://journal.example.org/1</link><guid>oai:arXiv.org:2611.00007v2</guid>",
        "<dc:identifier>Kettle Journal 3</dc:identifier><dc:identifier>arXiv:2611.00007 [cs.CL]"
        "</dc:identifier>",
        "<link>https://www.google.com/url?q=https://arxiv.org/abs/2611.00007v1&amp;sa=D</link>",
    ],
)
def test_an_item_is_known_by_the_identifiers_in_any_of_its_names(content):
    (entry,) = parse(item_of(content), day=DAY, window_days=7).entries
    assert (entry.identifiers, entry.url) == (
        ("arxiv:2611.00007",),
        "https://arxiv.org/abs/2611.00007",
    )


def test_an_address_with_letters_of_any_script_can_be_linked():
    link = "https://zeitschrift-für-tee.example/artikel/wärme-und-tee"
    (entry,) = parse(item_of(f"<link>{link}</link>"), day=DAY, window_days=7).entries
    assert entry.url == ("https://xn--zeitschrift-fr-tee-y6b.example/artikel/w%C3%A4rme-und-tee")


@pytest.mark.parametrize(
    ("text", "is_news"),
    [
        ("arXiv:2611.00001v1 Announce Type: new \nAbstract: We boil.", True),
        ("arXiv:2611.00001v1 Announce Type: cross \nAbstract: We boil.", True),
        ("arXiv:2611.00001v2 Announce Type: replace \nAbstract: We boil.", False),
        ("&lt;p&gt;arXiv:2611.00001v2 Announce Type: replace-cross Abstract: We boil.", False),
        ("arXiv:2611.00001v2 Announce-Type: Replace Abstract: We boil.", False),
        ("Announce Type: replace\nAbstract: We boil.", False),
    ],
)
def test_replacements_that_only_the_text_announces_are_no_news(text, is_news):
    body = item_of("").replace(b"We boil.", text.encode())
    page = parse(body, day=DAY, window_days=7)
    assert [one.abstract for one in page.entries] == (["We boil."] if is_news else [])
    assert page.outside == (0 if is_news else 1)


def test_replacements_in_titles_of_former_years_are_no_news():
    title = b"<title>Kettle (arXiv:2611.00001v2 [cs.CL] UPDATED)</title>"
    body = item_of("").replace(b"<title>Kettle</title>", title)
    assert parse(body, day=DAY, window_days=7).outside == 1


def test_what_could_not_be_read_is_refused_and_not_stored():
    for sign in ("\ufffd", "&#xFFFD;", "&#129;"):
        body = item_of("").replace(b"We boil.", f"We {sign} boil.".encode())
        page = parse(body, day=DAY, window_days=7)
        assert [one.reason for one in page.refusals] == [
            "a character that could not be read (U+FFFD)"
        ]


def test_the_longest_text_is_the_abstract_and_pictures_have_none():
    content = (
        "<content:encoded>&lt;p&gt;We boil kettles in nine kitchens.&lt;/p&gt;</content:encoded>"
        "<media:description>" + "A picture of a kettle. " * 9 + "</media:description>"
    )
    media = {"media": "http://search.yahoo.com/mrss/"}
    (entry,) = parse(item_of(content, **media), day=DAY, window_days=7).entries
    assert entry.abstract == "We boil kettles in nine kitchens."
