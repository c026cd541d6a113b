"""The doctor: what it found when it last looked, and a button to let it look now.

It asks mail, name and web servers, which may take a minute: so it looks beside the pages, and what
it found is kept as the report of a run.
"""

from collections import Counter
from dataclasses import asdict
from threading import Lock

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.background import BackgroundTask

from digest.app import App
from digest.ground.text.counts import counted
from digest.operations.doctor.finding import Level
from digest.runs import runs
from digest.runs.store import runs as store
from digest.web.console.frame import ConsoleForm, Owner

pages = APIRouter()
KIND = "doctor"  # of its runs
_looking = Lock()  # one look at a time in a process


@pages.get("/doctor")
def show(console: Owner) -> HTMLResponse:
    """Show what the doctor found last."""
    with console.database.read() as session:
        found = store.list_newest(session, 1, kind=KIND)
    return console.page("doctor.html", run=found[0] if found else None, looks=_looking.locked())


@pages.post("/doctor")
def look(console: Owner, _form: ConsoleForm) -> RedirectResponse:
    """Let the doctor look now; the page need not wait for it."""
    with console.audited("doctor.look", "service"):
        answer = console.back("/doctor", "looking")
        answer.background = BackgroundTask(examine, console.app)
    return answer


def examine(app: App) -> None:
    """Look at everything and keep what was found; nothing while another look takes its time."""
    from digest.app import doctor  # it loads what no page needs

    if not _looking.acquire(blocking=False):
        return
    try:
        with runs.recorded(app.database, KIND, app.clock) as note:
            found = doctor.examine(app)
            levels = Counter(one.level for one in found)
            note.report = {"findings": [asdict(one) for one in found]}
            if levels[Level.FAIL]:
                note.trouble = f"{counted(levels[Level.FAIL], 'check')} failed"
    finally:
        _looking.release()
