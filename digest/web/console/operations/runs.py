"""Runs: what was sent, loaded and steered lately, each with its report."""

import json

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from digest.errors import NotFoundError
from digest.ground.masking import mask_text
from digest.runs.store import runs as store
from digest.web.console.frame import Viewer
from digest.web.numbers import KeyInQuery

pages = APIRouter()
PAGE = 50  # runs


@pages.get("/runs")
def show(console: Viewer, below: KeyInQuery = None, troubled: bool = False) -> HTMLResponse:
    """List runs, the newest first. below: from the one before this key on."""
    with console.database.read() as session:
        found = store.page(session, PAGE + 1, below=below, troubled=troubled)
    listed, rest = found[:PAGE], found[PAGE:]
    older = listed[-1][0] if rest else None
    return console.page(
        "runs.html", runs=[run for _, run in listed], older=older, troubled=troubled
    )


@pages.get("/runs/{name}")
def show_one(name: str, console: Viewer) -> HTMLResponse:
    """Show the report of one run; NotFoundError when it is gone or never was."""
    with console.database.read() as session:
        run = store.get(session, name)
    if run is None:
        raise NotFoundError(f"There is no run {name} (any more).")
    report = json.dumps(run.report, indent=2, ensure_ascii=False)
    trouble = run.trouble
    if not console.may_edit:  # both may quote mail servers, and those addresses
        report, trouble = mask_text(report), mask_text(trouble)
    return console.page("run.html", run=run, report=report, trouble=trouble)
