"""The versions of the topic catalogue: what each changed, and taking one back."""

from fastapi import APIRouter, HTTPException
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from digest.catalogues.saving import Author
from digest.catalogues.store import versions
from digest.errors import InputError
from digest.ground.text.plain_text import clean
from digest.topics.catalogue_changes import compare
from digest.web.console.frame import Console, ConsoleForm, Editor, Viewer
from digest.web.numbers import KeyInPath, KeyInQuery

pages = APIRouter()
PAGE = 50
_KEPT = "The changed catalogue file was looked at; the version stays."


@pages.get("/topics/versions")
def show(console: Viewer, below: KeyInQuery = None) -> HTMLResponse:
    """List the versions, the newest first."""
    with console.database.read() as session:
        found = versions.newest_first(session, limit=PAGE + 1, before=below)
    older = found[PAGE - 1].number if len(found) > PAGE else None
    number, changed = console.app.topics.in_force.number, console.app.topics.is_file_changed()
    return console.page(
        "topic_versions.html",
        versions=found[:PAGE],
        older=older,
        in_force=number,
        is_file_changed=changed,
    )


@pages.get("/topics/versions/{number}")
def one(number: KeyInPath, console: Viewer, against: KeyInQuery = None) -> HTMLResponse:
    """Show what a version changes of the one before it, or of another one."""
    return _version_page(console, number, against)


@pages.post("/topics/versions/{number}/take-back")
def take_back(number: KeyInPath, console: Editor, form: ConsoleForm) -> Response:
    """Take a version back, and every newer one."""
    why, even = clean(form.text("why")), form.text("even") == "yes"
    asked = {"why": why, "even followed": even}
    try:
        with console.audited("topics.take-back", f"version {number}", asked) as note:
            author = Author(console.account.address, why, even)
            saved = console.app.topics.take_back(number, author)
            console.app.look_at_catalogue()
            note.after = {"version": saved.number}
    except InputError as exc:
        return _version_page(console, number, None, form.text("why"), str(exc), 422)
    return console.back("/topics/versions", "taken-back")


@pages.post("/topics/keep")
def keep(console: Editor, form: ConsoleForm) -> RedirectResponse:
    """Note that the changed catalogue file was looked at, and keep the version in force."""
    in_force = console.app.topics.in_force
    if form.text("version") != str(in_force.number):
        raise HTTPException(422, "Another version is in force by now: look at the list again.")
    with console.audited("topics.keep", f"version {in_force.number}") as note:
        author = Author(console.account.address, _KEPT)
        text = in_force.data.decode()
        saved = console.app.topics.save(text, author, based_on=in_force.number)
        console.app.look_at_catalogue()
        note.after = {"version": saved.number}
    return console.back("/topics/versions", "kept")


def _version_page(
    console: Console,
    number: int,
    against: int | None,
    why: str = "",
    mistake: str = "",
    status: int = 200,
) -> HTMLResponse:
    topics = console.app.topics
    with console.database.read() as session:
        versions.check(session, number)
        found = versions.get(session, number)
    base = max(0, number - 1) if against is None else against
    changes = compare(topics.of(base).catalogue, topics.of(number).catalogue)
    return console.page(
        "topic_version.html",
        status,
        number=number,
        version=found,
        base_version=base,
        changes=changes,
        newest=topics.in_force.number,
        why=why,
        mistake=mistake,
    )
