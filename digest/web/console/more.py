"""What the main navigation has no room for."""

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from digest.web.console.frame import Viewer

pages = APIRouter()


@pages.get("/more")
def show(console: Viewer) -> HTMLResponse:
    """List the other pages of the console."""
    return console.page("more.html")
