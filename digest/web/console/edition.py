"""The edition before it goes: its papers in order, what the editors change, and their approval."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated

from fastapi import APIRouter, BackgroundTasks, HTTPException, Query
from fastapi.responses import HTMLResponse, RedirectResponse

from digest.app import App
from digest.delivery import approval
from digest.delivery.forecast import reach
from digest.delivery.store.reach import Reach
from digest.editions import changing
from digest.editions.changing import Author, EditedEdition
from digest.editions.rules.changes import LONGEST_NOTE
from digest.editions.store import dates
from digest.errors import DigestError, NotFoundError
from digest.ground.text.plain_text import clean
from digest.model import Candidate, ChangeKind
from digest.operations.progress import find_progress
from digest.render.cards import shown_title
from digest.render.digest.standing import standing
from digest.summary import LONGEST_CLAIM
from digest.summary.claim import claim_of
from digest.web.console import wording
from digest.web.console.frame import Console, ConsoleForm, Editor, Viewer
from digest.web.numbers import KeyInPath, key_of

pages = APIRouter()
PAGE = 25
_ACTS = ("drop", "pin", "unpin", "move", "claim", "note")
LISTED = 14  # dates of editions
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Row:
    """A paper as the list shows it. readers: in words; empty while nobody has counted."""

    place: int
    id: int
    title: str
    claim: str
    has_own_claim: bool
    note: str
    topics: tuple[str, ...]
    trend: float
    standing: str
    pinned: bool
    moved: bool
    readers: str


@pages.get("/edition")
def show(
    console: Viewer,
    tasks: BackgroundTasks,
    date: date | None = None,
    q: Annotated[str, Query(max_length=200)] = "",
    page: Annotated[int, Query(ge=1, le=1000)] = 1,
    at: int = 0,
) -> HTMLResponse:
    """List the papers of the newest edition, or of that of a date, with all that may be changed.

    at: the paper that was changed just now.
    """
    try:
        found = console.app.previews.look(date)
    except NotFoundError as exc:
        if date is not None:
            raise
        return console.page("edition_none.html", text=str(exc))
    edition = found.open.edition
    counted = reach.find(console.database, found.open.id)
    is_current = counted is not None and counted.version == found.state.version
    counts = not is_current and not found.state.begun_at and not found.state.cancelled_at
    if counts or not console.app.previews.is_ready(found.open):
        tasks.add_task(_count, console.app, edition.date, counts=counts)
    words = clean(q).casefold()
    listed = [
        (place, each)
        for place, each in enumerate(edition.candidates, start=1)
        if words in each.paper.title.casefold()
    ]
    start = (page - 1) * PAGE
    rows = [_row(found, place, each, counted) for place, each in listed[start : start + PAGE]]
    with console.database.read() as session:
        around, newest = dates.around(session, edition.date), dates.newest(session, LISTED)
    progress = find_progress(console.database, edition.date)
    return console.page(
        "edition.html",
        found=found,
        edition=edition,
        titles=_titles(found),
        outing=console.pages.live.outings([progress] if progress else [])[0],
        rows=rows,
        at=at if any(row.id == at for row in rows) else 0,
        around=around,
        newest=newest,
        is_counting=counts,
        may_change=console.may_edit and not found.closed,
        counted=counted,
        is_current=is_current,
        q=q,
        page=page,
        more=start + PAGE < len(listed),
        matching=len(listed),
        longest_claim=LONGEST_CLAIM,
        longest_note=LONGEST_NOTE,
    )


@pages.post("/edition/{day}/papers/{paper_id}/{act}")
def change_paper(
    day: date,
    paper_id: KeyInPath,
    act: str,
    console: Editor,
    form: ConsoleForm,
    tasks: BackgroundTasks,
) -> RedirectResponse:
    """Drop, pin, unpin or move a paper, or write its claim or a note on it."""
    if act not in _ACTS:  # it would get into the log as it was sent
        raise HTTPException(404)
    text = form.text("text")

    def change(author: Author) -> EditedEdition:
        where = (console.database, day, paper_id)
        match act:
            case "drop":
                return changing.drop(*where, author)
            case "pin":
                return changing.pin(*where, author)
            case "unpin":
                return changing.unpin(*where, author)
            case "move":
                return changing.move(*where, key_of(form.text("place")), author)
            case "claim":
                return changing.claim(*where, text, author)
            case "note":
                return changing.note(*where, text, author)
        raise HTTPException(404)

    asked: dict[str, object] = {
        "paper": paper_id,
        **{name: form.text(name) for name in ("place", "text")},
    }
    found = _edit(console, act, day, asked, change)
    tasks.add_task(_count, console.app, day)
    page, shown = form.text("page"), paper_id
    if act == "move" and (place := found.place_of(paper_id)):
        page = str((place - 1) // PAGE + 1)
    if act == "drop":
        shown = _beside(found, form.text("place"))
    return _back(console, day, act, page, shown)


@pages.post("/edition/{day}/note")
def note(day: date, console: Editor, form: ConsoleForm) -> RedirectResponse:
    """Write a note on the whole edition."""
    text = form.text("text")

    def change(author: Author) -> EditedEdition:
        return changing.note(console.database, day, None, text, author)

    _edit(console, "note", day, {"text": text}, change)
    return _back(console, day, "note")


@pages.post("/edition/{day}/undo")
def undo(day: date, console: Editor, form: ConsoleForm, tasks: BackgroundTasks) -> RedirectResponse:
    """Undo one change."""
    entry = key_of(form.text("entry"))

    def change(author: Author) -> EditedEdition:
        return changing.undo(console.database, day, entry, author)

    _edit(console, "undo", day, {"entry": entry}, change)
    tasks.add_task(_count, console.app, day)
    return _back(console, day, "undo")


@pages.post("/edition/{day}/approve")
def approve(day: date, console: Editor, form: ConsoleForm) -> RedirectResponse:
    """Let the edition go, as its editor has seen it."""
    version = key_of(form.text("version"))

    def change(author: Author) -> EditedEdition:
        return approval.approve(console.database, day, author, version=version)

    _edit(console, "approve", day, {"version": version}, change)
    fresh = console.app.editions.freshness.allows(day, console.now())
    if form.text("page") == "today":
        return console.back("", "approved" if fresh else "approved-stale")
    return _back(console, day, "approve" if fresh else "approve-stale")


@pages.post("/edition/{day}/take-back")
def take_back(day: date, console: Editor, form: ConsoleForm) -> RedirectResponse:  # noqa: ARG001
    """Let an approved edition wait again."""

    def change(author: Author) -> EditedEdition:
        return approval.take_back(console.database, day, author)

    _edit(console, "take-back", day, {}, change)
    return _back(console, day, "take-back")


def _edit(
    console: Console,
    act: str,
    day: date,
    asked: Mapping[str, object],
    change: Callable[[Author], EditedEdition],
) -> EditedEdition:
    author = Author(console.account.address, console.now())
    with console.audited(f"edition.{act}", f"edition {day}", asked) as note:
        found = change(author)
        note.after = {"version": found.state.version}
    return found


def _back(
    console: Console, day: date, done: str, page: str = "", paper: int = 0
) -> RedirectResponse:
    """Lead back to the edition, and to a paper in it."""
    anchor = f"paper-{paper}" if paper else ""
    query = {"page": page} if page.isdecimal() and page != "1" else {}
    if paper:
        query["at"] = str(paper)
    return console.back("/edition", done, anchor=anchor, date=day, **query)


def _beside(found: EditedEdition, place: str) -> int:
    """Return the paper that is now where a dropped one was, or the last one; 0 for no place."""
    candidates = found.open.edition.candidates
    if not candidates or not place.isdecimal():
        return 0
    return candidates[min(max(int(place), 1), len(candidates)) - 1].paper.id


def _count(app: App, day: date, *, counts: bool = True) -> None:
    """Count whom the papers would reach, once the page is out, and get ready for previews.

    Should it fail, the next look tries again.
    """
    try:
        if counts:
            app.previews.count_reach(day)
        app.previews.prepare(day)
    except DigestError as exc:
        _log.warning("Whom the papers of %s would reach could not be counted: %s", day, exc)


def _titles(found: EditedEdition) -> dict[int, str]:
    """Return the titles of the papers that somebody changed something about."""
    named = {each.paper_id for each in found.entries}
    return {
        each.paper.id: shown_title(each.paper)
        for each in found.frozen.candidates
        if each.paper.id in named
    }


def _row(found: EditedEdition, place: int, one: Candidate, counted: Reach | None) -> Row:
    paper = one.paper
    title = shown_title(paper)
    return Row(
        place=place,
        id=paper.id,
        title=title,
        claim=one.claim or claim_of(title, clean(paper.abstract)).line,
        has_own_claim=bool(one.claim),
        note=one.note,
        topics=tuple(sorted(paper.topics, key=lambda slug: -paper.topics[slug])),
        trend=one.trend.score,
        standing=standing(one.trend),
        pinned=paper.id in found.open.edition.pinned,
        moved=any(
            each.kind is ChangeKind.MOVE and each.paper_id == paper.id and each.undone_at is None
            for each in found.entries
        ),
        readers=_readers(paper.id, counted),
    )


def _readers(paper_id: int, counted: Reach | None) -> str:
    if counted is None:
        return ""
    about, off = counted.counts.get(paper_id, (0, 0))
    exact = counted.sampled == counted.readers
    shown = wording.number(about)
    return shown if exact else f"about {shown} ± {wording.number(off)}"
