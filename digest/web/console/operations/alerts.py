"""Alerts: which the operator was told of, and which are over."""

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from digest.operations.store import status
from digest.runs.store import runs
from digest.web.console.frame import Viewer

pages = APIRouter()
MOST_PAST = 100


@pages.get("/alerts")
def show(console: Viewer) -> HTMLResponse:
    """List what the newest look of the scheduler found wrong, and what is over."""
    with console.database.read() as session:
        lasting, past = runs.list_alerts(session), runs.list_past_alerts(session, MOST_PAST)
        looked = {task.name: task.finished for task in status.list_tasks(session)}.get("watch")
    has_operator = bool(console.app.settings.operator)
    return console.page(
        "alerts.html", lasting=lasting, past=past, has_operator=has_operator, looked_at=looked
    )
