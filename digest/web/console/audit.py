"""The audit log: who changed what, when, from what to what."""

from typing import Any

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from digest.accounts import audit
from digest.web.console.frame import Owner
from digest.web.numbers import KeyInQuery

pages = APIRouter()


@pages.get("/audit")
def show(
    console: Owner, below: KeyInQuery = None, account: str = "", subject: str = ""
) -> HTMLResponse:
    """List changes, the newest first. below: from the entry before this one on."""
    found = audit.entries(console.database, below=below, account=account, subject=subject)
    listed, rest = found[: audit.PAGE], found[audit.PAGE :]
    older = listed[-1].id if rest else None
    return console.page(
        "audit.html", entries=listed, older=older, said=said, account=account, subject=subject
    )


def said(value: Any) -> str:
    """Say a JSON value of an entry without brackets and quotation marks."""
    match value:
        case bool():
            return "yes" if value else "no"
        case dict():
            inner = ((key, each) for key, each in value.items() if each not in ("", None))
            return ", ".join(f"{key} {said(each)}" for key, each in inner) or "none"
        case list():
            return ", ".join(map(said, value)) or "none"
        case None:
            return "none"
    return str(value)
