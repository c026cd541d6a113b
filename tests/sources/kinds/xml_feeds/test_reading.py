"""What the elements of a feed mean: types of texts, namespaces, addresses, authors."""

import pytest

from digest.sources.kinds.xml_feeds import read_feed

NAMESPACES = (
    'xmlns:atom="http://www.w3.org/2005/Atom" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:dcterms="http://purl.org/dc/terms/" xmlns:media="http://search.yahoo.com/mrss/" '
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" '
    'xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" '
    'xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0" '
    'xmlns:prism="http://prismstandard.org/namespaces/basic/3.0/"'
)
ADDRESS = "https://feeds.example.org/journal/x.xml"
TITLES = ("title", "dc:title", "media:title")


def rss(content, head="", attributes=""):
    channel = f"<channel><title>Journal</title>{head}<item>{content}</item></channel>"
    return f'<rss version="2.0" {NAMESPACES} {attributes}>{channel}</rss>'


def atom(content, attributes="", head=""):
    feed = f'<feed xmlns="http://www.w3.org/2005/Atom" {NAMESPACES} {attributes}>'
    return f"{feed}<title>Journal</title>{head}<entry>{content}</entry></feed>"


def read(document):
    (item,) = read_feed(document.encode(), address=ADDRESS).items
    return item


@pytest.mark.parametrize(
    ("element", "text"),
    [
        ("<title>n&lt;p and p&gt;q</title>", "n<p and p>q"),
        ('<title type="text">n&lt;p and p&gt;q</title>', "n<p and p>q"),
        ('<title type="text">A &amp;amp; &lt;b&gt;B&lt;/b&gt;</title>', "A &amp; <b>B</b>"),
        ('<title type="html">A &amp;amp; &lt;b&gt;B&lt;/b&gt;</title>', "A & B"),
        ('<title type="HTML">n&amp;lt;p and &lt;i&gt;p&lt;/i&gt;&amp;gt;q</title>', "n<p and p>q"),
        ('<title type="html"><![CDATA[n&lt;p &amp; <em>q</em>]]></title>', "n<p & q"),
        (
            '<title type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">n&lt;p and '
            "<em>p</em>&gt;q<p>&amp;lt; &lt;b&gt;</p></div></title>",
            "n<p and p>q &lt; <b>",
        ),
        (
            '<title type="xhtml"><x:div xmlns:x="http://www.w3.org/1999/xhtml">A<x:br/>B</x:div></title>',
            "A B",
        ),
        ('<title type="text/plain" mode="escaped">n&lt;p</title>', "n<p"),
        ('<title type="text/html" mode="escaped">&lt;p&gt;A&lt;/p&gt;</title>', "A"),
        ('<title type="image/png">iVBORw0KGgo=</title>', ""),
        ('<title mode="base64" type="text/html">QSA8Yj5CPC9iPg==</title>', "A B"),
    ],
)
def test_in_atom_the_type_says_what_a_text_is(element, text):
    assert " ".join(read(atom(element)).plain("title").split()) == text


@pytest.mark.parametrize(
    ("element", "text"),
    [
        ("<title>n&lt;p and p&gt;q</title>", "n<p and p>q"),
        ("<title>&lt;i&gt;E. coli&lt;/i&gt; &amp;amp; tea</title>", "E. coli & tea"),
        ("<title><![CDATA[A <b>bold</b> n<p]]></title>", "A bold n<p"),
        ("<title>It&#146;s &#x96; a</title>", "It’s – a"),  # noqa: RUF001
        ("<title>A <i>b</i> c<!-- d --> e<?f?></title>", "A b c e"),
    ],
)
def test_in_rss_a_text_may_be_html_and_mathematics_stays(element, text):
    assert read(rss(element)).plain("title") == text


@pytest.mark.parametrize(
    "others",
    [
        "<media:title>Other</media:title>",
        "<media:group><media:title>Other</media:title></media:group>",
        '<media:content url="x"><media:title>Other</media:title></media:content>',
        "<itunes:title>Other</itunes:title>",
        "<atom:title>Other</atom:title>",
        "<dc:title>Other</dc:title>",
        "<source><title>Other</title></source>",
        "<image><title>Other</title></image>",
        '<title xmlns="http://search.yahoo.com/mrss/">Other</title>',
        '<x:title xmlns:x="urn:odd">Other</x:title>',
        "<dc:title/><title></title><title> </title>",
    ],
)
def test_no_other_title_replaces_that_of_the_item_wherever_it_stands(others):
    for content in (f"{others}<title>Own</title>", f"<title>Own</title>{others}"):
        assert read(rss(content)).plain(*TITLES) == "Own"


@pytest.mark.parametrize(
    "content",
    [
        "<title></title><dc:title>Own</dc:title>",
        "<dc:title>Own</dc:title><title/>",
        "<title>&lt;p&gt;&lt;/p&gt;</title><dc:title>Own</dc:title>",
        "<title> </title><dc:title/><dc:title>Own</dc:title>",
        "<media:title>Other</media:title><title/><dc:title>Own</dc:title>",
    ],
)
def test_an_empty_element_hides_no_filled_one(content):
    assert read(rss(content)).plain(*TITLES) == "Own"


@pytest.mark.parametrize(
    "namespace",
    [
        "http://apache.org/cocoon/i18n/2.1",
        "http://purl.org/dc/elements/1.1/",
        "http://backend.userland.com/RSS2",
        "http://www.w3.org/2005/Atom",
        "urn:made-up",
    ],
)
def test_a_feed_whose_own_elements_are_in_an_odd_default_namespace_is_read(namespace):
    content = (
        "<title>Own</title><link>https://repository.example.org/1</link>"
        "<pubDate>2026-11-20</pubDate><description>Text.</description>"
        "<media:title>Other</media:title><dc:creator>Ann Kettle</dc:creator>"
    )
    item = read(rss(content, attributes=f'xmlns="{namespace}"'))
    assert (item.plain("title"), item.plain("description")) == ("Own", "Text.")
    assert item.link == "https://repository.example.org/1"
    assert (item.dates, item.authors) == (("2026-11-20",), ("Ann Kettle",))


def test_feeds_with_prefixes_of_their_own_are_read():
    document = (
        '<a:feed xmlns:a="http://www.w3.org/2005/Atom"><a:entry><a:title>Own</a:title>'
        '<a:link href="/1"/><a:author><a:name>Ann</a:name></a:author></a:entry></a:feed>'
    )
    item = read(document)
    assert (item.plain("title"), item.link) == ("Own", "https://feeds.example.org/1")
    assert item.authors == ("Ann",)


@pytest.mark.parametrize(
    ("document", "link"),
    [
        (atom('<link href="papers/14"/>'), "https://feeds.example.org/journal/papers/14"),
        (atom('<link href="/papers/15"/>'), "https://feeds.example.org/papers/15"),
        (atom('<link href="//other.example.org/1"/>'), "https://other.example.org/1"),
        (
            atom('<link href="14"/>', 'xml:base="https://journal.example.org/2026/"'),
            "https://journal.example.org/2026/14",
        ),
        (
            atom('<link xml:base="papers/" href="14"/>', 'xml:base="/2026/"'),
            "https://feeds.example.org/2026/papers/14",
        ),
        (
            atom('<link rel="self" href="/s"/><link href="/a"/><link rel="related" href="/r"/>'),
            "https://feeds.example.org/a",
        ),
        (atom("<id>https://journal.example.org/9</id>"), "https://journal.example.org/9"),
        (atom("<id>tag:example.org,2026:1</id>"), ""),
        (
            rss("<link>papers/15</link>", "<link>https://journal.example.org/a/</link>"),
            "https://journal.example.org/a/papers/15",
        ),
        (
            rss("<link>/p</link>", "<link>https://a.org/</link>", 'xml:base="https://b.org/"'),
            "https://b.org/p",
        ),
        (rss("<link>15</link>"), "https://feeds.example.org/journal/15"),
        (rss("<link/><guid>https://j.example.org/7</guid>"), "https://j.example.org/7"),
        (rss('<guid isPermaLink="false">https://j.example.org/7</guid>'), ""),
        (rss('<atom:link rel="self" href="/s"/><link>/a</link>'), "https://feeds.example.org/a"),
        (rss('<link></link><atom:link href="/b"/>'), "https://feeds.example.org/b"),
        (
            rss("<link>/r/1</link><feedburner:origLink>https://j.org/1</feedburner:origLink>"),
            "https://j.org/1",
        ),
        (rss("<link>\n  /a\n</link>"), "https://feeds.example.org/a"),
    ],
)
def test_addresses_begin_where_the_feed_says(document, link):
    assert read(document).link == link


@pytest.mark.parametrize(
    ("content", "authors"),
    [
        ("<dc:creator>Ann Kettle, Bob von Tea and Cy Cup</dc:creator>", 3),
        ("<dc:creator>Ann Kettle</dc:creator><dc:creator>Tea, Bob</dc:creator>", 2),
        ("<dc:creator>Kettle, Ann; Tea, Bob</dc:creator>", 2),
        ("<dc:creator>Kettle, Ann</dc:creator>", 1),
        ("<dc:creator>Ann Kettle (Kettle Lab, Ulm), Bob Tea (2)</dc:creator>", 2),
        ("<author>ann@example.org (Ann Kettle)</author>", 1),
        ("<author>ann@example.org</author>", 0),
        ("<dc:creator/><itunes:author>Ann</itunes:author>", 1),
        ("<dc:creator>Ann</dc:creator><dc:creator>Ann</dc:creator><dc:creator>?</dc:creator>", 1),
        ("".join(f"<dc:creator>N {number}</dc:creator>" for number in range(300)), 100),
    ],
)
def test_authors_are_named_one_by_one(content, authors):
    found = read(rss(content)).authors
    assert len(found) == authors
    assert not found or found[0] in ("Ann Kettle", "Kettle, Ann", "Ann", "N 0")


def test_the_authors_of_atom_are_their_names():
    people = "".join(
        f"<author><name>{name}</name><email>x@example.org</email></author>"
        for name in ("Ann Kettle", "Bob\n Tea")
    )
    assert read(atom(people)).authors == ("Ann Kettle", "Bob Tea")
