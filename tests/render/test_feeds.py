import json
from datetime import UTC, datetime
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from digest.render.feeds import Feed, Item, atom, json_feed, rss

AT = datetime(2026, 11, 19, tzinfo=UTC)
ATOM = "{http://www.w3.org/2005/Atom}"
DUBLIN_CORE = "{http://purl.org/dc/elements/1.1/}"


def make_feed(text: str, *authors: str) -> Feed:
    item = Item("tag:x,2026:paper/1", text, "https://a.example/?a=1&b=2", text, AT, authors)
    return Feed("tag:x,2026:feed", text, "https://x/feed.atom", "https://x/", AT, [item])


@given(st.text())
def test_whatever_the_text_the_feeds_can_be_read(text):
    entry = ElementTree.fromstring(atom(make_feed(text))).find(f"{ATOM}entry")  # noqa: S314
    assert entry.find(f"{ATOM}link").get("href") == "https://a.example/?a=1&b=2"
    item = ElementTree.fromstring(rss(make_feed(text))).find("channel/item")  # noqa: S314
    assert item.find("guid").text == "tag:x,2026:paper/1"
    assert json.loads(json_feed(make_feed(text)))["items"][0]["title"] == text


@given(st.text())
def test_authors_have_the_elements_of_each_format(name):
    feed = make_feed("Kettle", "Ada Ode", name)
    entry = ElementTree.fromstring(atom(feed)).find(f"{ATOM}entry")  # noqa: S314
    named = [(one.text or "") for one in entry.iterfind(f"{ATOM}author/{ATOM}name")]
    item = ElementTree.fromstring(rss(feed)).find("channel/item")  # noqa: S314
    creators = [(one.text or "") for one in item.iterfind(f"{DUBLIN_CORE}creator")]
    assert named == creators
    assert (named[0], len(named)) == ("Ada Ode", 2)
    items = json.loads(json_feed(feed))["items"]
    assert items[0]["authors"] == [{"name": "Ada Ode"}, {"name": name}]


def test_a_paper_whose_authors_are_unknown_names_none():
    entry = ElementTree.fromstring(atom(make_feed("Kettle"))).find(f"{ATOM}entry")  # noqa: S314
    assert entry.find(f"{ATOM}author") is None
    assert "authors" not in json.loads(json_feed(make_feed("Kettle")))["items"][0]


def test_text_is_text_and_no_markup():
    feed = make_feed("<b>1 < 2 & 3</b>")
    entry = ElementTree.fromstring(atom(feed)).find(f"{ATOM}entry")  # noqa: S314
    assert entry.find(f"{ATOM}summary").text == "<b>1 < 2 & 3</b>"
    item = ElementTree.fromstring(rss(feed)).find("channel/item")  # noqa: S314
    assert item.find("description").text == "&lt;b&gt;1 &lt; 2 &amp; 3&lt;/b&gt;"
