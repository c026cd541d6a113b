"""Draw a plot as one SVG document: light and dark, no script, nothing loaded from elsewhere.

    plot = Plot("Readers", ("1 Nov", "2 Nov"), (Series("joined", (3, 5)), Series("left", (1, 0))))
    return svg_response(plot)

A page shows it as `<img src="..." alt="{{ plot.title }}">` with the table that it is made from, so
that nobody depends on the picture. pygal places the marks; its styles, scripts and tooltips are
left out for our own style sheet inside the document, which follows `prefers-color-scheme`. Series
differ by colour (safe for the colour-blind, Okabe and Ito 2008) and by dashes or hatching.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from fastapi import Response

WIDTH, HEIGHT = 440, 300  # in its own units: about a phone's width, so that labels stay readable
_BAR_HEIGHT, _BARS_FRAME = 34, 100  # of a plot whose bars lie: each bar, and what is around them
_TEXT_SIZE = 14
_LEGEND_ROW = 22
_LOWEST_RANK = 10  # reached by the axis at least, so that 1st and 2nd are close
_LABELS = 4  # at most so many below the plane
_LONGEST_LABEL = 22
_MOST_DOTS = 45  # of a line; more are a smear
_SVG = "http://www.w3.org/2000/svg"
# The document stands alone: nobody's page, and nothing but its own style.
SVG_HEADERS = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}


class Kind(StrEnum):
    """How values are shown."""

    LINES = "lines"  # one for each series
    STACKED = "stacked"  # bars that stand, the series on top of each other
    LYING = "lying"  # bars that lie, with long labels beside them
    RANKS = "ranks"  # lines with 1 at the top


@dataclass(frozen=True, slots=True)
class Series:
    """Values of one kind, one for each label; None leaves a gap.

    limit: a line that others should stay below, drawn without dots.
    """

    name: str
    values: Sequence[float | None]
    limit: bool = False


@dataclass(frozen=True, slots=True)
class Plot:
    """What is drawn. labels: of the values of each series, such as days; as many as they have.

    unit: behind each number of the axis, such as "%".
    """

    title: str
    labels: Sequence[str]
    series: Sequence[Series]
    kind: Kind = Kind.LINES
    unit: str = ""

    @property
    def height(self) -> int:
        """The height of the drawing in its own units; the width is WIDTH."""
        if self.kind is not Kind.LYING:
            return HEIGHT
        return _BARS_FRAME + _BAR_HEIGHT * max(1, len(self.labels))


def svg_response(plot: Plot) -> Response:
    """Answer with the drawing, under a policy of its own; nobody keeps it."""
    headers = {**SVG_HEADERS, "Cache-Control": "private, no-store"}
    return Response(draw(plot), media_type="image/svg+xml", headers=headers)


def draw(plot: Plot) -> bytes:
    """Return the SVG document, in UTF-8; the same plot is the same octets."""
    from lxml import etree  # as pygal does, when something is drawn

    root = etree.fromstring(_chart(plot).render())
    _strip(root)
    if plot.kind in (Kind.LINES, Kind.RANKS):
        _dash_legend(root)
    root.attrib.clear()
    root.set("viewBox", f"0 0 {WIDTH} {plot.height}")
    root.set("role", "img")
    for title in root.iterfind(f"{{{_SVG}}}title"):
        title.text = plot.title
    style = etree.Element(f"{{{_SVG}}}style")
    style.text = _STYLE
    root.insert(0, style)
    root.insert(1, etree.fromstring(_HATCHING))
    return bytes(etree.tostring(root, encoding="utf-8", xml_declaration=True))


def _pygal() -> Any:
    """Load pygal, and take back what it does to all imports: its finder is of an old kind."""
    import pygal  # type: ignore[import-untyped]

    sys.meta_path[:] = [each for each in sys.meta_path if "pygal" not in type(each).__module__]
    return pygal


def _chart(plot: Plot) -> Any:
    pygal = _pygal()
    from pygal.style import Style  # type: ignore[import-untyped]

    kinds = {
        Kind.LINES: pygal.Line,
        Kind.RANKS: pygal.Line,
        Kind.STACKED: pygal.StackedBar,
        Kind.LYING: pygal.HorizontalStackedBar
        if any(value is not None and value < 0 for one in plot.series for value in one.values)
        else pygal.HorizontalBar,
    }
    sizes = {f"{of}_font_size": _TEXT_SIZE for of in ("label", "major_label", "legend", "value")}
    lies, ranks = plot.kind is Kind.LYING, plot.kind is Kind.RANKS
    order = -1 if lies else 1  # pygal begins at the bottom
    labels = [_shortened(label) if lies else label for label in plot.labels][::order]
    odd = (
        not lies and len(plot.series) % 2 and len(plot.series) > 1
    )  # pygal has no place for its last row
    chart = kinds[plot.kind](
        width=WIDTH,
        height=plot.height,
        style=Style(no_data_font_size=18, **sizes),
        js=(),
        css=(),
        margin=8,
        margin_right=28,
        margin_bottom=8 + (_LEGEND_ROW if odd else 0),
        spacing=6,
        show_legend=len(plot.series) > 1,
        legend_at_bottom=True,
        legend_at_bottom_columns=1 if lies else 2,
        legend_box_size=14,
        truncate_legend=-1,
        truncate_label=-1,
        x_labels=labels,
        show_minor_x_labels=lies,  # where bars lie, x is the axis of the values
        x_labels_major=None if lies else _spread(labels),
        y_labels=_rank_labels(plot.series) if ranks and plot.series else None,
        inverse_y_axis=ranks,
        dots_size=3,
        min_scale=2,
        max_scale=3 if lies else 6,
        include_x_axis=not ranks,
        value_formatter=lambda value: f"{value:,.6g}{' ' if plot.unit else ''}{plot.unit}",
        no_data_text="Nothing yet",
    )
    for one in plot.series:
        dots = not one.limit and len(labels) <= _MOST_DOTS
        chart.add(one.name, list(one.values)[::order], show_dots=dots)
    return chart


def _rank_labels(series: Sequence[Series]) -> list[int]:
    """Return the ranks that are written: 1, the lowest one, and some in between."""
    lowest = max([_LOWEST_RANK, *(int(rank) for one in series for rank in one.values if rank)])
    return sorted({1, round(lowest / 3), round(lowest * 2 / 3), lowest})


def _spread(labels: Sequence[str]) -> list[str]:
    """Return the labels that are written: some, at even distances, the last one among them."""
    if len(labels) <= _LABELS:
        return list(labels)
    step = (len(labels) - 1) / (_LABELS - 1)
    return [labels[round(number * step)] for number in range(_LABELS)]


def _shortened(label: str) -> str:
    return label if len(label) <= _LONGEST_LABEL else f"{label[: _LONGEST_LABEL - 1]}…"


def _dash_legend(root: Any) -> None:
    """Let the legend show lines as they are drawn, where pygal has boxes."""
    for box in root.iterfind(f".//{{{_SVG}}}rect"):
        parent = box.getparent()
        if "legend" in parent.get("class", ""):
            x, y, width, height = (float(box.get(name)) for name in ("x", "y", "width", "height"))
            classes = f"line {box.get('class')}"
            box.tag = f"{{{_SVG}}}path"
            box.attrib.clear()
            box.set("class", classes)
            box.set("d", f"M{x - 8:.1f} {y + height / 2:.1f}h{width + 6:.1f}")


def _strip(root: Any) -> None:
    """Leave out what is not ours: styles, scripts, tooltips, comments."""
    unwanted = {f"{{{_SVG}}}{name}" for name in ("defs", "style", "script", "desc")}
    for element in list(root.iter()):
        parent = element.getparent()
        if parent is None:
            continue
        is_tooltip = element.tag == f"{{{_SVG}}}title" and parent is not root
        overlay = element.get("class", "") if isinstance(element.tag, str) else ""
        if (
            not isinstance(element.tag, str)
            or element.tag in unwanted
            or is_tooltip
            or overlay.split()[:1] in (["text-overlay"], ["tooltip-overlay"], ["tooltip"])
        ):
            parent.remove(element)
        else:
            element.attrib.pop("style", None)


_COLOURS = 6  # then they come again
_LIGHT = ("#1c4f82", "#b45309", "#00735c", "#8b3f8f", "#5f6368", "#9b2c1f")
_DARK = ("#9cc5f3", "#f0b48a", "#7fd1b5", "#dca6e0", "#b9bcbf", "#f3a598")
_DASHES = ("none", "7 3", "2 3", "9 3 2 3", "4 4", "12 4")


def _series_rules() -> str:
    """Return the rules of each series: its colour, the dashes of its line, the hatching of bars."""
    rules = []
    for number in range(_COLOURS):
        fill = f"var(--c{number})" if not number else f"url(#h{number})"
        rules.append(
            f".color-{number}{{--c:var(--c{number})}}"
            f".color-{number} .line,.color-{number}.line{{stroke-dasharray:{_DASHES[number]}}}"
            f".color-{number} rect,rect.color-{number}{{fill:{fill}}}"
        )
    return "".join(rules)


def _colours(colours: Sequence[str]) -> str:
    return "".join(f"--c{number}:{colour};" for number, colour in enumerate(colours))


_STYLE = (
    "svg{color-scheme:light dark;--ink:#22262a;--quiet:#585d62;--line:#dfdacd;--sheet:#fffefb;"
    f"{_colours(_LIGHT)}"
    'font-family:ui-sans-serif,system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif}'
    "@media (prefers-color-scheme:dark){svg{--ink:#e9e5dc;--quiet:#aeb0b0;--line:#363a3e;"
    f"--sheet:#1c1f22;{_colours(_DARK)}}}}}"
    f"text{{font-size:{_TEXT_SIZE}px;fill:var(--ink);stroke:none}}"
    ".background{fill:var(--sheet)}"
    ".axis text{fill:var(--quiet)}"
    ".axis.x text{text-anchor:middle}.axis.y text{text-anchor:end}"
    ".horizontal .axis.y text{text-anchor:end}"
    ".guide.line,.axis .line{stroke:var(--line);fill:none}"
    ".axis.major.line{stroke:var(--quiet)}"
    ".no_data{text-anchor:middle;fill:var(--quiet)}"
    ".series .line,.legend .line{fill:none;stroke:var(--c);stroke-width:2.2}"
    ".dot{fill:var(--c);stroke:var(--sheet)}"
    "rect.rect,.legend rect{stroke:var(--c);stroke-width:1}"
    f"{_series_rules()}"
)
_HATCHING = (
    f'<defs xmlns="{_SVG}">'
    + "".join(
        f'<pattern id="h{number}" width="6" height="6" patternUnits="userSpaceOnUse"'
        f' patternTransform="rotate({angle})" class="color-{number}">'
        f'<path d="M0 3h6" stroke="var(--c{number})" stroke-width="{width}"/></pattern>'
        for number, angle, width in (
            (1, 45, 3),
            (2, 0, 2),
            (3, 135, 4),
            (4, 90, 2),
            (5, 45, 5),
        )
    )
    + "</defs>"
)
