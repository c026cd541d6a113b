"""Import the readers of a file: upload or paste, look at what it would come to, import.

The import runs in a thread of the process that serves the page. When that process ends, what is
imported by then stays, and the page offers to go on: whoever is there already is known then.
"""

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, BackgroundTasks
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from digest.errors import ConflictError, InputError
from digest.model import SubscriberState
from digest.subscribers.files import uploads
from digest.subscribers.files.import_order import ImportOrder
from digest.subscribers.files.uploads import Preview
from digest.subscribers.rules.file_columns import TARGETS, Column, ColumnNames
from digest.subscribers.store.uploads import Upload
from digest.web.console.frame import Console, ConsoleForm, Editor
from digest.web.console.readers.upload_form import ConsoleUpload
from digest.web.numbers import KeyInPath

IGNORED = "ignored"
_COLUMN = "column-"
_STATES = (SubscriberState.ACTIVE, SubscriberState.PENDING)  # of which one must be chosen
_LONGEST_CONSENT = 500

pages = APIRouter()


@pages.get("/readers/import")
def ask(console: Editor) -> HTMLResponse:
    """Ask for a file."""
    return _ask(console)


@pages.post("/readers/import")
def take(console: Editor, sent: ConsoleUpload) -> Response:
    """Keep a file for an hour, and lead to what it would come to."""
    try:
        with console.audited("readers.upload", "readers") as note:
            number = uploads.keep(
                console.database, console.account.id, sent.name, sent.content, console.now()
            )
            note.after = {"file": number, "bytes": len(sent.content)}
    except (InputError, ConflictError) as exc:
        return _ask(console, 422, mistake=str(exc))
    return console.back(f"/readers/import/{number}")


@pages.get("/readers/import/{number}")
def look(number: KeyInPath, console: Editor) -> HTMLResponse:
    """Show what a file would come to, how far its import is, or what became of it."""
    upload = _find(console, number)
    if upload.report is not None or upload.seen_at is not None:
        gone = upload.seen_at is not None and console.now() - upload.seen_at > uploads.UNSEEN_FOR
        return console.page("import_run.html", upload=upload, is_gone=gone)
    return _preview(console, upload, ColumnNames(), {})


@pages.post("/readers/import/{number}")
def go(
    number: KeyInPath, console: Editor, form: ConsoleForm, background: BackgroundTasks
) -> Response:
    """Look again at what the chosen columns and options come to, or import."""
    upload = _find(console, number)
    if upload.report is not None or upload.seen_at is not None:
        return console.back(_path(number))  # pressed twice
    chosen = {f"{_COLUMN}{place}": use for place, use in form.starting(_COLUMN).items()}
    chosen |= {name: form.text(name) for name in ("state", "update", "consent") if form.text(name)}
    said = _said(console, upload, chosen)
    if form.text("do") != "import":
        return _preview(console, upload, said, chosen)
    if chosen.get("state") not in _STATES:
        mistake = "Say whether they have agreed: nothing is chosen for you."
        return _preview(console, upload, said, chosen, 422, mistake)
    order = _order(console, said, chosen)
    if order.state is SubscriberState.ACTIVE and not chosen.get("consent"):
        mistake = "Say how and when they agreed: it is recorded with each of them."
        return _preview(console, upload, said, chosen, 422, mistake)
    found = uploads.preview(console.database, upload, console.app.topics.in_force.vocabulary, order)
    if found.report is None:
        return _preview(console, upload, said, chosen, 422)
    uploads.begin(console.database, upload, console.now())
    background.add_task(_carry_out, console, upload, order)
    return console.back(_path(number))


@pages.post("/readers/import/{number}/again")
def again(number: KeyInPath, console: Editor, _form: ConsoleForm) -> RedirectResponse:
    """Let go of an import whose process has ended, so that it can be begun again."""
    upload = _find(console, number)
    with console.audited("readers.import-again", f"file {number}"):
        uploads.give_up(console.database, upload, console.now())
    return console.back(_path(number))


@pages.post("/readers/import/{number}/drop")
def drop(number: KeyInPath, console: Editor, _form: ConsoleForm) -> RedirectResponse:
    """Delete the file and what became of it; who was imported stays."""
    with console.audited("readers.drop-file", f"file {number}"):
        uploads.drop(console.database, number, console.account.id)
    return console.back("/readers/import", "dropped")


def _carry_out(console: Console, upload: Upload, order: ImportOrder) -> None:
    asked = {"state": order.state.value, "update": order.update}
    with console.audited("readers.import", f"file {upload.id}", asked) as note:
        app = console.app
        report = uploads.carry_out(
            app.database, upload, app.topics.in_force.vocabulary, order, app.clock
        )
        if report is None:
            note.after = {"imported": False}
        else:
            counts = ("added", "changed", "ended", "known", "suppressions", "refused")
            note.after = {name: getattr(report, name) for name in counts}
            if report.is_stopped:
                note.after["stopped"] = "the file was deleted meanwhile"


def _find(console: Console, number: int) -> Upload:
    return uploads.find(console.database, number, console.account.id, console.now())


def _said(console: Console, upload: Upload, chosen: dict[str, str]) -> ColumnNames:
    """Return what is said of the columns: what was chosen otherwise than it was recognised."""
    columns = uploads.columns_of(console.database, upload)
    mapping: list[tuple[str, str]] = []
    ignored: list[str] = []
    for place, column in enumerate(columns):
        use = chosen.get(f"{_COLUMN}{place}", column.use)
        if use == column.use:
            continue
        if use in TARGETS:
            mapping.append((use, column.name))
        else:
            ignored.append(column.name)
    return ColumnNames(tuple(mapping), tuple(ignored))


def _order(console: Console, said: ColumnNames, chosen: dict[str, str]) -> ImportOrder:
    agreed = chosen.get("consent", "")[:_LONGEST_CONSENT]
    confirmed = chosen.get("state") == SubscriberState.ACTIVE
    by = {"by": f"console account {console.account.id}"}
    return ImportOrder(
        state=SubscriberState.ACTIVE if confirmed else SubscriberState.PENDING,
        now=console.now(),
        columns=said,
        consent={"said": agreed, **by} if agreed and confirmed else None,
        update=chosen.get("update") == "yes",
    )


def _ask(console: Console, status: int = 200, mistake: str = "") -> HTMLResponse:
    largest = uploads.LARGEST_BYTES // 1024**2
    return console.page("import.html", status, mistake=mistake, largest=largest)


def _preview(
    console: Console,
    upload: Upload,
    said: ColumnNames,
    chosen: dict[str, str],
    status: int = 200,
    mistake: str = "",
) -> HTMLResponse:
    order = _order(console, said, chosen)
    found = uploads.preview(console.database, upload, console.app.topics.in_force.vocabulary, order)
    return console.page(
        "import_preview.html",
        status if not found.problem else 422,
        upload=upload,
        preview=found,
        columns=_shown(found),
        choices=[(use, use.replace("_", " ")) for use in TARGETS],
        looked_at=uploads.LOOKED_AT,
        chosen=chosen,
        mistake=mistake,
    )


def _shown(found: Preview) -> Sequence[tuple[int, Column, Any]]:
    """Return the columns with their places, and what each is taken as."""
    return [(place, column, column.use or IGNORED) for place, column in enumerate(found.columns)]


def _path(number: int) -> str:
    return f"/readers/import/{number}"
