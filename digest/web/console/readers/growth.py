"""Who came and left, by day."""

from datetime import date

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response

from digest.errors import NotFoundError
from digest.statistics.store.reader_days import ReaderDay
from digest.web.console.frame import Viewer
from digest.web.console.plot_svg import Plot, Series, svg_response

_DAYS = 90
_SUMMED = ("asked", "joined", "left", "suppressed", "erased")
_PLOTS = {"moves": "Readers who came and left, by day", "total": "Active readers, by day"}

pages = APIRouter()


@pages.get("/readers/growth")
def growth(console: Viewer) -> HTMLResponse:
    """Show who came and left, by day."""
    days = console.app.statistics.growth(_DAYS)
    totals = {name: sum(getattr(day, name) for day in days) for name in _SUMMED}
    return console.page("growth.html", days=days[::-1], totals=totals, plots=_PLOTS)


@pages.get("/readers/growth/{name}.svg")
def growth_plot(name: str, console: Viewer) -> Response:
    """Draw who came and left, or how many there are."""
    days = console.app.statistics.growth(_DAYS)
    return svg_response(_plot(name, days))


def _plot(name: str, days: list[ReaderDay]) -> Plot:
    labels = [_short(day.day) for day in days]
    if name == "moves":
        series = [
            Series("came", [day.joined for day in days]),
            Series("left", [day.left + day.suppressed for day in days]),
        ]
    elif name == "total":
        series = [Series("active", [day.active for day in days])]
    else:
        raise NotFoundError("There is no such plot.")
    return Plot(_PLOTS[name], labels, series)


def _short(day: date) -> str:
    return f"{day.day} {day:%b}"
