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
