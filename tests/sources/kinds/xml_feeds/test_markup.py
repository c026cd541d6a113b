import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.sources.kinds.xml_feeds.markup import plain


@pytest.mark.parametrize(
    "text",
    [
        "n<p and p>q",
        "t<k holds and k>3",
        "a<b and c>d",
        "0<p<1",
        "x <y> z",
        "the token <RET> and <s1>",
        "see <https://example.org/x>",
        "1 <2> 3",
        "R&D at AT&T",
        "<!-- never closed",
    ],
)
def test_what_is_no_tag_stays(text):
    assert plain(text) == text


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>One</p><p class='x'>two<br/>three</p>", "One two three"),
        ("H<sub>2</sub>O and <i>E. coli</i>", "H2O and E. coli"),
        ("<jats:p>A</jats:p> <mml:math><mml:mi>x</mml:mi></mml:math>", "A x"),
        ("<a href=https://example.org>link</a> <IMG SRC='y' alt=z>", "link"),
        ("<table><td nowrap>a</td><td>b</td></table>", "a b"),
        ("<iframe src='x' allowfullscreen></iframe>text", "text"),
        ("<![CDATA[<p>A & B</p>]]>", "A & B"),
        ("&copy; &eacute;&#233;&#xe9; &lt;p&gt;", "© ééé <p>"),
        ("<style>p{}</style><script>if (a<b) x()</script>kept<!-- a <b> -->", "kept"),
        ("We show n<p and <b>p>q</b>", "We show n<p and p>q"),
    ],
)
def test_markup_is_taken_off(markup, text):
    assert plain(markup) == text


@given(st.text(st.sampled_from("<>/!-[]&;= 'apbi\"")))
def test_any_markup_is_one_line_of_text(markup):
    assert "\n" not in plain(markup)


@pytest.mark.parametrize(
    "piece", ["<", "<a ", '<a b="', "<!--", "<script>", "&", "<p>", "<![CDATA["]
)
def test_markup_without_end_is_read_in_one_go(piece):
    plain(piece * (900_000 // len(piece)))  # would take hours if each looked for its end
