import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml.html import document_fromstring

from digest.render.lint.contrast import parse_colour, prints, ratio

COLOURS = st.tuples(*[st.integers(0, 255)] * 3)


@given(COLOURS, COLOURS)
def test_contrast_lies_between_one_and_twenty_one_whatever_the_order(one, other):
    assert 1 <= ratio(one, other) <= 21.0000001
    assert ratio(one, other) == ratio(other, one)
    assert ratio(one, one) == 1


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [("#000", "#fff", 21.0), ("#767676", "white", 4.54), ("#0000ee", "#ffffff", 9.4)],
)
def test_contrast_is_what_wcag_says(one, other, expected):
    assert ratio(parse_colour(one), parse_colour(other)) == pytest.approx(expected, abs=0.01)


@given(COLOURS)
def test_a_colour_is_read_in_each_of_its_spellings(colour):
    red, green, blue = colour
    assert parse_colour(f" #{red:02X}{green:02x}{blue:02x}") == colour
    assert parse_colour(f"rgb({red}, {green},{blue})") == colour


def test_other_spellings_are_not_guessed():
    for text in ("", "#12", "rgba(0,0,0,.5)", "hsl(0 0% 0%)", "beige-ish"):
        assert parse_colour(text) is None


def colours(html):
    return {
        (each.scheme, each.text): (each.colour, each.background)
        for each in prints(document_fromstring(html))
    }


def test_colours_come_from_the_element_what_it_is_in_and_the_canvas():
    found = colours(
        '<body><p>plain</p><div style="color: #111; background: #eee">box <b>bold</b> tail'
        '<a href="https://a.net/">link</a></div></body>'
    )
    assert found == {
        ("light", "plain"): ((0, 0, 0), (255, 255, 255)),
        ("light", "box tail"): ((17, 17, 17), (238, 238, 238)),
        ("light", "bold"): ((17, 17, 17), (238, 238, 238)),
        ("light", "link"): ((0, 0, 238), (238, 238, 238)),
    }


def test_in_the_dark_important_rules_beat_the_element_and_the_specific_one_wins():
    found = colours(
        "<html><head><style>/* x { } */ @media (prefers-color-scheme: dark) {"
        ".a p { color: #aaa !important } p { color: #bbb !important; background-color: #222 }"
        "i { color: #ccc } u { color: #ddd } u:hover { color: #000 !important }"
        "p::before { color: red } } p { color: pink }</style></head>"
        '<body class="a"><p style="color: #000">text</p><i style="color: #010101">weak</i>'
        "<u>under</u></body></html>"
    )
    assert found["dark", "text"] == ((170, 170, 170), (34, 34, 34))
    assert found["dark", "weak"] == ((1, 1, 1), (18, 18, 18))
    assert found["dark", "under"] == ((221, 221, 221), (18, 18, 18))
    assert found["light", "text"] == ((0, 0, 0), (255, 255, 255))


def test_a_document_without_a_dark_scheme_is_looked_at_in_the_light_alone():
    assert {scheme for scheme, _ in colours("<body><p>x</p></body>")} == {"light"}
