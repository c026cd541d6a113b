"""Plots: figures over days, each drawn and in a table behind the drawing."""

from collections.abc import Collection
from datetime import date, datetime

from fastapi import APIRouter, HTTPException, Response
from fastapi.responses import HTMLResponse

from digest.statistics.table import Cell, Table
from digest.statistics.tables import TABLES
from digest.web.console.frame import Console, Viewer
from digest.web.console.plot_forms import describe, plot_of
from digest.web.console.plot_svg import WIDTH, svg_response

pages = APIRouter()
SPANS = (7, 30, 90, 365)  # days that are offered
DAYS = 30


@pages.get("/plots")
def show(console: Viewer, days: int = DAYS, paper: str = "") -> HTMLResponse:
    """Show all plots. paper: the id of one whose ranks are drawn."""
    asked = {"days": days, **({"paper": paper} if paper else {})}
    found = _tables(console, TABLES, days, paper)
    plots = [
        {"table": table, "alt": describe(table), "height": plot_of(table).height} for table in found
    ]
    return console.page(
        "plots.html",
        plots=plots,
        width=WIDTH,
        spans=SPANS,
        days=days,
        paper=paper,
        asked="&".join(f"{name}={value}" for name, value in asked.items()),
        text=lambda cell: _text(console, cell),
    )


@pages.get("/plots/{name}.svg")
def draw(name: str, console: Viewer, days: int = DAYS, paper: str = "") -> Response:
    """Answer with one plot."""
    if name not in TABLES:
        raise HTTPException(404)
    return svg_response(plot_of(_tables(console, [name], days, paper)[0]))


def _tables(console: Console, names: Collection[str], days: int, paper: str) -> list[Table]:
    if days not in SPANS:
        raise HTTPException(404)
    if paper and not (paper.isascii() and paper.isdigit() and len(paper) < 10):
        raise HTTPException(422, f"{paper!r} is no number of a paper.")
    return console.app.statistics.tables(names, days=days, paper=int(paper) if paper else None)


def _text(console: Console, cell: Cell) -> str:
    if cell is None:
        return "none"
    if isinstance(cell, datetime):
        return f"{cell.astimezone(console.pages.zone):%Y-%m-%d %H:%M}"
    if isinstance(cell, date):
        return cell.isoformat()
    return f"{cell:,}" if isinstance(cell, int | float) else cell
