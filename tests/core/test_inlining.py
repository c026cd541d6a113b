import logging
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from premailer import Premailer

from digest.core.inlining import inline

PAGE = """<!DOCTYPE html>
<html><head><title>x</title>{}</head><body>
<div class="card" id="first"><h3>One</h3><p class="links">a <a href="/b">b</a></p></div>
<div class="card wide"><p style="color: teal; margin: 1px">c</p></div>
</body></html>"""


def inlined(*sheets):
    return inline(PAGE.format("".join(f"<style>{sheet}</style>" for sheet in sheets)))


def style_of(html, opening):
    """The style of the first element that begins so."""
    (style,) = re.search(rf"<{opening}[^>]*?(?: style=\"([^\"]*)\")?>", html).groups()
    return style


def test_a_rule_goes_into_each_element_that_it_names():
    html = inlined("h3, .links a { color: red; margin: 0 0 8px }")
    assert html.count('style="color:red; margin:0 0 8px"') == 2
    assert "<style" not in html
    assert html.endswith("</html>\n")


@pytest.mark.parametrize(
    ("sheet", "style"),
    [
        (".card { color: red } div { color: blue }", "color:red"),
        ("div { color: red } div { color: blue }", "color:blue"),
        ("#first { color: red } div.card.card { color: blue }", "color:red"),
        ("[class] { color: red } div { color: blue }", "color:red"),
        ("div { color: red ! important } #first { color: blue }", "color:red"),
        ("DIV.card:first-child { COLOR:Red }", "color:Red"),
        ("div { color: red; ; nonsense; : x; margin: }", "color:red"),
        ("div { /* a } */ color: red; /* no end", "color:red"),
        ("div { font-family: 'a;b}', url(x;y) }", "font-family:'a;b}', url(x;y)"),
        ("div { color: red", "color:red"),
        ("div { ; } div; div", None),
    ],
)
def test_the_cascade_decides_what_an_element_says(sheet, style):
    assert style_of(inlined(sheet), 'div class="card" id="first"') == style


def test_a_later_block_counts_more_and_specificity_more_than_that():
    html = inlined("div { color: red } .wide { top: 1px }", "div { color: blue; top: 2px }")
    assert style_of(html, 'div class="card wide"') == "color:blue; top:1px"


def test_what_an_element_says_itself_counts_unless_a_rule_is_important():
    assert style_of(inlined("p { color: red; top: 0 }"), "p") == "color:red; top:0"
    html = inlined("div p { color: red; margin: 0 !important }")
    assert 'style="color:teal; margin:0"' in html


def test_what_only_the_readers_program_can_decide_stays_and_becomes_important():
    html = inlined(
        """@import "more.css";
        @font-face { font-family: Own; src: url(x) }
        a, a:hover, a::before, * { color: red; top: 0 !important }
        :::no { color: red }
        @media (max-width: 9px) { .card { margin: 0 } a, p { top: 0; left: 1px !important } }"""
    )
    assert re.search("<style>(.*)</style>", html, re.DOTALL)[1].splitlines() == [
        '@import "more.css";',
        "@font-face { font-family: Own; src: url(x) }",
        "a:hover, a::before, * { color: red !important; top: 0 !important }",
        ":::no { color: red !important }",
        "@media (max-width: 9px) {",
        ".card { margin: 0 !important }",
        "a, p { top: 0 !important; left: 1px !important }",
        "}",
    ]
    assert style_of(html, "a") == "color:red; top:0"


@pytest.mark.parametrize("mark", ['data-premailer="ignore"', 'media="print"'])
def test_a_block_that_is_not_meant_stays_as_it_is(mark):
    html = inline(PAGE.format(f"<style {mark}>a {{ color: red }}</style>"))
    assert "a { color: red }</style>" in html
    assert 'data-premailer="' not in html
    assert style_of(html, "a") is None


@pytest.mark.parametrize("html", ["", "  ", "<!-- nothing -->"])
def test_what_is_no_document_is_refused(html):
    with pytest.raises(ValueError, match=r"empty|no element"):
        inline(html)


def test_a_selector_that_cannot_be_looked_for_is_refused():
    with pytest.raises(ValueError, match="prefix"):
        inlined("o|p { color: red }")


SELECTORS = ["div", "p", ".card", ".wide", "#first", ".card p", "div.card > p", "h3, a", ".links a"]
VALUES = ["color: red", "margin: 0 0 8px", "top: 1px", 'font-family: "A B", serif']
rules = st.builds(
    lambda selector, said: f"{selector} {{ {'; '.join(said)} }}",
    st.sampled_from(SELECTORS),
    st.lists(st.sampled_from(VALUES), min_size=1, max_size=3, unique=True),
)


@given(st.lists(st.lists(rules, min_size=1, max_size=4).map("\n".join), max_size=2))
def test_it_says_what_premailer_says(sheets):
    html = PAGE.format("".join(f"<style>{sheet}</style>" for sheet in sheets))
    theirs = Premailer(
        html,
        allow_network=False,
        align_floating_images=False,
        disable_basic_attributes=("width", "height"),
        disable_validation=True,
        cssutils_logging_level=logging.CRITICAL,
    ).transform(pretty_print=False)
    assert inline(html) == f"{theirs}\n"


@given(st.text("ab.#:;{}()[]\"'/*!@, >", max_size=60))
def test_whatever_a_style_sheet_says_the_text_stays(sheet):
    try:
        html = inlined(sheet.replace("</", ""))
    except ValueError:
        return
    assert "<h3" in html
    assert ">b</a>" in html
