"""Plots: whole documents that load nothing, run nothing, and fit light and dark."""

import re

import pytest
from lxml import etree

from digest.web.console.plot_svg import Kind, Plot, Series, draw, svg_response

DAYS = tuple(f"{day} Nov" for day in range(1, 31))
SVG = "{http://www.w3.org/2000/svg}"
PLOTS = {
    "lines": Plot(
        "Readers <joined> & left",
        DAYS,
        (
            Series("joined", range(30)),
            Series("left", [None if day % 7 else day for day in range(30)]),
            Series("at most", [20] * 30, limit=True),
        ),
    ),
    "stacked": Plot(
        "Mails",
        DAYS,
        tuple(Series(f"state {one}", range(one, 30 + one)) for one in range(6)),
        Kind.STACKED,
    ),
    "lying": Plot(
        "Topics", ("a topic", "another"), (Series("readers", (5, 3)),), Kind.LYING, unit="%"
    ),
    "both ways": Plot(
        "Votes",
        ("a paper with a title that is far too long for a label", "b"),
        (Series("more", (5, 3)), Series("less", (-2, 0))),
        Kind.LYING,
    ),
    "ranks": Plot("Ranks", DAYS[:4], (Series("a paper", (1, None, 7, 3)),), Kind.RANKS),
    "no ranks": Plot("No ranks", (), (), Kind.RANKS),
    "nothing": Plot("Nothing", (), (Series("a", ()), Series("b", ()))),
}
every_plot = pytest.mark.parametrize("plot", PLOTS.values(), ids=PLOTS)


def texts(drawn: bytes) -> list[str]:
    return ["".join(one.itertext()).strip() for one in etree.fromstring(drawn).iter(f"{SVG}text")]


@every_plot
def test_it_is_a_document_that_runs_and_loads_nothing(plot):
    drawn = draw(plot)
    root = etree.fromstring(drawn)
    assert root.find(f"{SVG}title").text == plot.title
    assert not list(root.iter(f"{SVG}script"))
    for element in root.iter():
        assert isinstance(element.tag, str)  # no comment
        assert element.tag.startswith(SVG)
        for name, value in element.attrib.items():
            assert not name.lower().startswith("on")
            assert "href" not in name
            assert name != "style"
            assert "url(" not in value or value.startswith("url(#")
    outside = drawn.decode().replace("http://www.w3.org/", "")
    assert not re.search(r"https?:|//|@import|pygal", outside.replace("pygal-", ""))


@every_plot
def test_it_has_colours_for_light_and_for_dark(plot):
    style = etree.fromstring(draw(plot)).find(f"{SVG}style").text
    light, dark = style.split("@media (prefers-color-scheme:dark)")
    for colour in ("--ink:", "--sheet:", "--c0:", "--c5:"):
        assert colour in light
        assert colour in dark


@every_plot
def test_the_same_plot_is_the_same_octets(plot):
    assert draw(plot) == draw(plot)


def test_series_differ_by_more_than_colour():
    style = etree.fromstring(draw(PLOTS["lines"])).find(f"{SVG}style").text
    dashes = re.findall(r"stroke-dasharray:([^}]*)", style)
    fills = re.findall(r"rect\.color-\d\{fill:([^}]*)", style)
    assert len(set(dashes)) == len(dashes) == 6
    assert len(set(fills)) == len(fills) == 6


def test_a_few_labels_are_written_and_the_last_is_one_of_them():
    written = texts(draw(PLOTS["stacked"]))
    days = [text for text in written if text.endswith(" Nov")]
    assert days == ["1 Nov", "11 Nov", "20 Nov", "30 Nov"]
    assert [text for text in written if text.startswith("state")] == [
        f"state {one}" for one in range(6)
    ]


def test_lying_bars_have_their_labels_shortened_and_the_first_on_top():
    root = etree.fromstring(draw(PLOTS["both ways"]))
    places = {
        "".join(one.itertext()): float(one.get("y"))
        for one in root.iter(f"{SVG}text")
        if one.get("y")
    }
    assert places["a paper with a title …"] < places["b"]
    assert "5 %" in texts(draw(PLOTS["lying"])) or "4 %" in texts(draw(PLOTS["lying"]))


def test_ranks_begin_at_the_top():
    root = etree.fromstring(draw(PLOTS["ranks"]))
    places = {one.text: float(one.get("y")) for one in root.iter(f"{SVG}text") if one.get("y")}
    assert places["1"] < places["10"]


def test_without_values_it_says_so():
    assert "Nothing yet" in texts(draw(PLOTS["nothing"]))


def test_the_answer_has_a_policy_of_its_own():
    answer = svg_response(PLOTS["lines"])
    assert answer.headers["content-type"] == "image/svg+xml"
    assert answer.headers["content-security-policy"] == (
        "default-src 'none'; style-src 'unsafe-inline'"
    )
    assert "no-store" in answer.headers["cache-control"]
