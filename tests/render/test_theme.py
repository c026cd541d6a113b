import re

import pytest

from digest.errors import InputError
from digest.render.theme import DARK, LIGHT, SHIPPED, contrast
from digest.render.theme_file import parse_theme
from tests.render.editions import (
    TEMPLATES,
    make_edition,
    make_picks,
    make_reader,
    make_renderer,
)


def test_what_a_theme_leaves_out_is_the_shipped_look():
    assert parse_theme(b"") == SHIPPED
    theme = parse_theme(b'footer = "Reading Room"\n[light]\naccent = "#7a1f3d"\n')
    assert theme.footer == "Reading Room"
    assert theme.light.accent == "#7a1f3d"
    assert (theme.light.ink, theme.dark) == (LIGHT.ink, DARK)


def test_black_on_white_has_the_greatest_contrast():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#777777") == 1


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"[light", "end of document"),
        (b"\xff", "decode"),
        (b'colour = "#000000"', "colour: is not known"),
        (b'[light]\nheading = "#000000"', "light.heading: is not known"),
        (b'[light]\nink = "black"', "light.ink: must be a colour"),
        (b'light = "#000000"', "light: must be a table"),
        (b'[light]\nmuted = "#bbbbbb"', "light: the contrast of muted on ground is 1."),
        (b'[dark]\naccent = "#333333"', "dark: the contrast of accent on sheet is 1."),
        (b'logo = "http://example.org/logo.png"', "logo: must be an https address"),
        (b"logo_width = 5000", "logo_width: must be from 16"),
        (b"logo_height = true", "logo_height: must be from 16"),
        (b"footer = 7", "footer: must be a text"),
    ],
)
def test_a_theme_that_cannot_be_used_says_why(text, reason):
    with pytest.raises(InputError, match=reason):
        parse_theme(text)


def test_all_mistakes_are_told_at_once_each_with_its_field():
    with pytest.raises(InputError) as raised:
        parse_theme(b'footer = 7\n[light]\nink = "black"\nhue = 1\n[dark]\nwarm = "#000000"\n')
    assert str(raised.value).splitlines() == [
        "dark: the contrast of warm on sheet is 1.3 : 1, below 4.5 : 1",
        "footer: must be a text on one line, at most 500 characters",
        "light.hue: is not known",
        "light.ink: must be a colour such as #1c4f82",
    ]


def test_a_logo_of_known_height_keeps_its_place_free():
    theme = parse_theme(
        b'logo = "https://example.org/logo.png"\nlogo_width = 200\nlogo_height = 50\n'
    )
    edition = make_edition()
    html = make_renderer(edition, theme=theme).html(make_reader(), make_picks(edition))
    (logo,) = re.findall("<img[^>]+>", html)
    assert 'width="200" height="50"' in logo
    assert "height:auto" in logo  # where it is narrower than that, it keeps its form


def test_a_theme_is_seen_in_the_mail():
    theme = parse_theme(
        b'footer = "Made with care & ink"\nlogo = "https://example.org/logo.png"\n'
        b'[light]\naccent = "#7a1f3d"\n[dark]\naccent = "#ffb3c7"\n'
    )
    edition, reader = make_edition(), make_reader()
    renderer = make_renderer(edition, theme=theme)
    html = renderer.html(reader, make_picks(edition))
    assert "#7a1f3d" in html
    assert "#ffb3c7" in html
    assert "#1c4f82" not in html
    assert 'src="https://example.org/logo.png" alt="Daily papers" width="160"' in html
    assert "height=" not in html
    assert "Made with care &amp; ink" in html
    assert "Made with care & ink" in renderer.text(reader, make_picks(edition))


def rules(css, around=""):
    """Return {(selector, property)} of flat CSS, without what stands around each selector."""
    return {
        (selector.strip().removeprefix(around), declared.partition(":")[0].strip())
        for selectors, block in re.findall(r"([^{}]+)\{((?:[^{}]|\{\{.*?\}\})*)\}", css)
        for selector in selectors.split(",")
        for declared in block.split(";")
        if declared.strip()
    }


def test_every_colour_of_a_mail_is_the_themes():
    for name, source in TEMPLATES.items():
        said = re.sub(r"\{#.*?#\}", "", source, flags=re.DOTALL)
        assert not re.search(r"#[0-9a-fA-F]{3,8}\b|rgba?\(|hsla?\(", said), name
        assert not re.search(r"color: *(?!\{\{ theme\.|inherit)\w", said), name


@pytest.mark.parametrize("prefix", ["", "letter-"])
def test_outlook_com_gets_every_dark_colour_that_others_get(prefix):
    """It has no media query: it marks what it recoloured, and looks for rules about these marks."""
    dark = TEMPLATES[f"look/{prefix}dark.css"]
    whole = re.search(r"@media[^{]*\{\n(.*)\}", dark, re.DOTALL)[1]
    outlook = TEMPLATES[f"look/{prefix}outlook-dark.css"]
    given = {
        (re.sub(r"^\[data-ogs[cb]\] ", "", selector), name) for selector, name in rules(outlook)
    }
    same = {"body": ".canvas", "td": ".canvas td", ".first": "td.first", ".foot": "td.foot"}
    assert {(same.get(selector, selector), name) for selector, name in rules(whole)} <= given


def test_outlook_com_is_told_of_grounds_and_of_all_else_by_different_marks():
    for name in ("look/outlook-dark.css", "look/letter-outlook-dark.css"):
        for selector, what in rules(TEMPLATES[name]):
            mark = "[data-ogsb] " if what == "background-color" else "[data-ogsc] "
            assert selector.startswith(mark), (name, selector)
