"""The audit log: who changed what, when, from what to what."""

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from digest.accounts import audit
from digest.web.console.frame import Owner

pages = APIRouter()


@pages.get("/audit")
def show(
    console: Owner, below: int | None = None, account: str = "", subject: str = ""
) -> HTMLResponse:
    """List changes, the newest first. below: from the entry before this one on."""
    found = audit.entries(console.database, below=below, account=account, subject=subject)
    listed, rest = found[: audit.PAGE], found[audit.PAGE :]
    older = listed[-1].id if rest else None
    return console.page("audit.html", entries=listed, older=older, account=account, subject=subject)
