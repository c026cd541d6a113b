"""Every setting as this process has it, and where its value came from; secrets are hidden."""

import json
from functools import cache

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from digest.setting_origins import list_mistakes, list_running
from digest.settings import unknown_names
from digest.web.console.frame import FOLDER, Owner

pages = APIRouter()


@pages.get("/settings")
def show(console: Owner, q: str = "", changed: bool = False) -> HTMLResponse:
    """List the settings. q: only those with this in their name. changed: none with its default."""
    found = [
        one
        for one in list_running(console.app.settings)
        if q.strip().lower() in one.name.lower() and not (changed and one.is_default)
    ]
    return console.page(
        "settings.html",
        settings=found,
        meanings=_meanings(),
        mistakes=list_mistakes(),
        unknown=unknown_names(),
        q=q,
        changed=changed,
    )


@cache
def _meanings() -> dict[str, str]:
    """Return what each setting means, by its name: the words of .env.example."""
    found: dict[str, str] = json.loads((FOLDER / "settings.json").read_text("utf-8"))
    return found
