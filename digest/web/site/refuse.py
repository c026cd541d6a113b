""" "This was not me": end the asking for an address. GET asks, POST acts."""

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from digest.subscribers import refusal
from digest.web.site.view import Here

pages = APIRouter()


@pages.get("/not-me/{token}")
def ask(token: str, site: Here) -> HTMLResponse:
    """Show the button. Mail scanners follow every link, so this changes nothing."""
    found = refusal.find(site.app.database, site.tokens, token)
    return site.for_reader(found).page("not_me.html", token=token, address=found.address)


@pages.post("/not-me/{token}")
def refuse(token: str, site: Here) -> HTMLResponse:
    """Let the form send nothing to the address for a year, and forget it."""
    app = site.app
    found = refusal.find(app.database, site.tokens, token)
    refusal.refuse(app.database, site.tokens, app.settings.keys, token, app.clock())
    return site.for_reader(found).page("refused.html")
