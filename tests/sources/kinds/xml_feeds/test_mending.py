"""Feeds that are not well-formed: nothing is lost in silence, and a broken item costs itself."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import DumpError
from digest.sources.kinds.xml_feeds import read_feed

GOOD = "<item><title>Good</title><description>Fine.</description></item>"


def rss(*items, head="<title>Journal</title>", attributes=""):
    return f'<rss version="2.0"{attributes}><channel>{head}{"".join(items)}</channel></rss>'


def item(title="Kettle", text="We boil.", link="https://journal.example.org/1"):
    return (
        f"<item><title>{title}</title><link>{link}</link><description>{text}</description></item>"
    )


def read(text):
    return read_feed(text.encode(), address="https://feeds.example.org/x").items


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("Q&A in kitchens", "Q&A in kitchens"),
        ("AT&T and R&D", "AT&T and R&D"),
        ("a & b && c &", "a & b && c &"),
        ("tea &c. and milk;", "tea &c. and milk;"),
        ("x&y; and &frobnicate;", "x&y; and &frobnicate;"),
        ("&eacute;t&eacute; &nbsp;&mdash; &Auml;", "été — Ä"),
        ("&copy=3 &lt=4", "&copy=3 &lt=4"),
        ("it&#146;s &#x93;so&#148;", "it’s “so”"),  # noqa: RUF001
        ("n<p and p>q", "n<p and p>q"),
        ("if x<y> holds", "if x<y> holds"),
        ("t < k, k > 3 ]]> end", "t < k, k > 3 ]]> end"),
        ("A <b>bold & <i>new</b> word</i>", "A bold & new word"),
        ("a line<br>broken & bare", "a line broken & bare"),
        ("<![CDATA[A & B < C]]> & D", "A & B < C & D"),
        ("tab\x0band &#12;feed", "tab and feed"),
    ],
)
def test_what_is_no_markup_is_text(raw, text):
    first, second = read(rss(item(raw, raw), GOOD))
    assert (first.plain("title"), first.plain("description")) == (text, text)
    assert second.plain("title") == "Good"


def test_an_address_with_bare_ampersands_is_not_changed():
    link = "https://journal.example.org/?a=1&b=2&copy=3&lt=4&amp;c=5&para;=6"
    (one,) = read(rss(item(link=link)))
    assert one.link == "https://journal.example.org/?a=1&b=2&copy=3&lt=4&c=5¶=6"
    (entry,) = read(
        '<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>K & T</title>'
        '<link href="/x?a=1&b=2&amp;c=3"/></entry></feed>'
    )
    assert entry.link == "https://feeds.example.org/x?a=1&b=2&c=3"


@pytest.mark.parametrize(
    "broken",
    [
        '<item><title a="1" a="2">Kettle</title><description>x</description></item>',
        "<item>" + "<a>" * 300 + "</a>" * 300 + "</item>",
        "<item><title>Kettle</title><description>x</description>",  # and no end
    ],
    ids=["attribute twice", "deep", "no end"],
)
def test_an_item_that_cannot_be_mended_costs_itself_and_says_why(broken):
    first, second = read(rss(broken, GOOD))
    assert first.problem.startswith(("the item is not well-formed: ", "the item has no end"))
    assert (second.problem, second.plain("title")) == ("", "Good")


def test_the_last_item_without_an_end_costs_itself():
    first, second = read(rss(GOOD, "<item><title>Kettle</title>"))
    assert (first.problem, second.problem) == ("", "the item has no end")


def test_only_the_last_character_may_be_missing():
    document = rss(item("A & B"), GOOD)
    assert [one.plain("title") for one in read(document[:-1])] == ["A & B", "Good"]


def test_names_of_vocabularies_may_have_line_breaks():
    (one,) = read(rss(item(), attributes=" xmlns:x=\"urn:a \n b\" xmlns:y='\nurn:c'"))
    assert one.plain("title") == "Kettle"


def test_prefixes_that_a_feed_forgot_to_declare_are_known():
    (one,) = read(rss("<item><dc:title>Kettle</dc:title><odd:x y:z='1'/></item>"))
    assert one.plain("dc:title") == "Kettle"


@pytest.mark.parametrize(
    "junk",
    [
        "<br />\n<b>Warning</b>: something in <b>x.php</b> on line <b>3</b><br />\n",
        "\n\n   ",
        "\ufeff\ufeff",
        "<!-- cached <rss> -->",
        "PHP Notice: a < b & c",
        '<?xml version="1.0"?>\n<?xml version="1.0"?>\n',
        '<?xml-stylesheet href="x.xsl"?><!DOCTYPE rss [<!ELEMENT rss ANY>]>',
    ],
)
def test_what_stands_before_the_feed_costs_nothing(junk):
    for feed in (rss(GOOD), '<?xml version="1.0" encoding="utf-8"?>' + rss(GOOD)):
        assert [one.plain("title") for one in read(junk + feed)] == ["Good"]


@pytest.mark.parametrize(
    "junk",
    [
        "\n<!-- cached --> 0.12 s",
        '<script src="x.js"></script>',
        "<script>if (a < b && c) {}</script>\n<noscript>",
        "\0\0\0",
        "0\r\n\r\n",
        "<!-- never closed",
        "</rss></channel>",
        rss(GOOD),
        "<br /><b>Fatal error</b>: Out of memory",
    ],
)
def test_what_follows_the_end_of_the_feed_costs_nothing(junk):
    assert [one.plain("title") for one in read(rss(GOOD) + junk)] == ["Good"]


@pytest.mark.parametrize("bare", ["", " & "])
def test_a_feed_without_the_end_of_its_root_is_cut_off(bare):
    whole = rss(item("Kettle" + bare), GOOD)
    for end in range(whole.index("<channel>"), len(whole) - len("</rss>"), 7):
        with pytest.raises(DumpError, match="cut off"):
            read(whole[:end])


def test_names_of_a_document_type_are_read_and_nothing_big_or_foreign():
    types = (
        '<!ENTITY unit "&#37;"><!ENTITY lab "Kettle Lab"><!ENTITY f SYSTEM "file:///etc/passwd">'
        '<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY % p SYSTEM "http://x.example/">'
    )
    document = f"<!DOCTYPE rss [{types}]>" + rss(item("&lab; &f; &b; %p;"), GOOD)
    assert [one.plain("title") for one in read(document)] == ["Kettle Lab &f; &b; %p;", "Good"]


@given(
    st.lists(st.sampled_from([*"<>&;/ \"'=ab", "<b>", "</b>", "<item>", "</item>", "<![CDATA["]))
)
def test_any_damage_leaves_the_other_items_or_a_reason(parts):
    document = rss(GOOD, item("".join(parts)), GOOD.replace("Good", "Last"))
    try:
        found = read(document)
    except DumpError:
        return
    assert found[0].plain("title") == "Good"
    assert found[-1].plain("title") == "Last" or len(found) < 3 or found[-1].problem


@pytest.mark.parametrize(
    "piece",
    ["<", "<!-- ", "<![CDATA[", "<? ", "&", '<a b="', "<a>", "</a>", "<item>", "<c:x/>", "<x y='"],
)
def test_a_flood_of_damage_is_read_in_one_go(piece):
    with suppress(DumpError):
        read(rss(f"<item>{piece * 20_000}</item>", GOOD))
