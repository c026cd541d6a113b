"""What is done to one reader: resend, pause, suppress, change, hand out a link, erase."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response

from digest.delivery import resending
from digest.errors import ConflictError, DigestError, InputError, NotFoundError
from digest.ground.tokens.links import Purpose
from digest.model import Subscriber
from digest.subscribers import suppression, unsubscribe, update_preferences
from digest.subscribers.rules.field_kinds import Mistake
from digest.subscribers.rules.preference_fields import FIELDS
from digest.subscribers.rules.preferences import PreferencesError, parse_preferences, to_record
from digest.web.console.frame import Console, ConsoleForm, Editor, Owner
from digest.web.console.readers.reader import label, show
from digest.web.numbers import KeyInPath
from digest.web.site import preference_form

BY = "console"
_OURS = (InputError, ConflictError, NotFoundError)

pages = APIRouter()


@pages.post("/readers/{reader_id}/resend")
def resend(reader_id: KeyInPath, console: Editor, _form: ConsoleForm) -> Response:
    """Queue the newest mail again."""
    app = console.app
    try:
        with console.audited("reader.resend", _name(reader_id)) as note:
            done = resending.resend(app.database, reader_id, app.editions.freshness, app.clock)
            note.before = {"state": done.state.value}
            note.after = {"edition": done.edition.isoformat(), "state": "queued"}
    except _OURS as exc:
        return _refused(console, reader_id, exc)
    return console.back(_path(reader_id), "resent-stale" if done.stale else "resent")


@pages.post("/readers/{reader_id}/pause")
def pause(reader_id: KeyInPath, console: Editor, form: ConsoleForm) -> Response:
    """Send nothing before a date."""
    before, until = unsubscribe.get(console.database, reader_id), form.text("until")
    try:
        with console.audited("reader.pause", _name(reader_id)) as note:
            note.before = _state(before)
            now = console.now()
            note.after = _state(
                update_preferences.pause(console.database, reader_id, until, now, source=BY)
            )
    except _OURS as exc:
        return _refused(console, reader_id, exc)
    return console.back(_path(reader_id), "paused")


@pages.post("/readers/{reader_id}/resume")
def resume(reader_id: KeyInPath, console: Editor, _form: ConsoleForm) -> Response:
    """End a pause."""
    before = unsubscribe.get(console.database, reader_id)
    try:
        with console.audited("reader.resume", _name(reader_id)) as note:
            note.before = _state(before)
            now = console.now()
            note.after = _state(
                update_preferences.resume(console.database, reader_id, now, source=BY)
            )
    except _OURS as exc:
        return _refused(console, reader_id, exc)
    return console.back(_path(reader_id), "resumed")


@pages.post("/readers/{reader_id}/unsubscribe")
def end(reader_id: KeyInPath, console: Editor, form: ConsoleForm) -> Response:
    """End the subscription; the reader is told by mail if that is wanted."""
    tell = form.text("tell") == "yes"
    before = unsubscribe.get(console.database, reader_id)
    with console.audited("reader.unsubscribe", _name(reader_id), {"told": tell}) as note:
        note.before = _state(before)
        step = unsubscribe.unsubscribe(
            console.database, reader_id, console.now(), tell=tell, source=BY
        )
        note.after = _state(step.subscriber)
    return console.back(_path(reader_id), "unsubscribed" if step.changed else "same")


@pages.post("/readers/{reader_id}/suppress")
def suppress(reader_id: KeyInPath, console: Editor, form: ConsoleForm) -> Response:
    """Never mail the address again."""
    before, reason = unsubscribe.get(console.database, reader_id), form.text("reason")
    try:
        with console.audited("reader.suppress", _name(reader_id)) as note:
            note.before = _state(before)
            suppression.suppress(console.database, before.address, reason, console.now(), BY)
            note.after = _state(unsubscribe.get(console.database, reader_id))
    except _OURS as exc:
        return _refused(console, reader_id, exc)
    return console.back(_path(reader_id), "suppressed")


@pages.post("/readers/{reader_id}/lift")
def lift(reader_id: KeyInPath, console: Editor, _form: ConsoleForm) -> Response:
    """Lift the suppression; whoever it was stays unsubscribed until they ask."""
    before = unsubscribe.get(console.database, reader_id)
    try:
        with console.audited("reader.lift", _name(reader_id)) as note:
            note.before = _state(before)
            suppression.lift(console.database, before.address, console.now())
            note.after = _state(unsubscribe.get(console.database, reader_id))
    except _OURS as exc:
        return _refused(console, reader_id, exc)
    return console.back(_path(reader_id), "lifted")


@pages.post("/readers/{reader_id}/link")
def link(reader_id: KeyInPath, console: Editor, _form: ConsoleForm) -> HTMLResponse:
    """Show the link of the reader's preferences, this once."""
    found = unsubscribe.get(console.database, reader_id)
    with console.audited("reader.link", _name(reader_id)):
        token = console.site.link(Purpose.PREFERENCES, found)
    return show(console, reader_id, link=f"{console.app.settings.base_url}/p/{token}")


@pages.post("/readers/{reader_id}/erase")
def erase(reader_id: KeyInPath, console: Owner, form: ConsoleForm) -> Response:
    """Erase the reader, once their number is typed."""
    found = unsubscribe.get(console.database, reader_id)
    if form.text("number").lstrip("#") != str(reader_id):
        wrong = InputError(f"Nothing was erased: type the number {reader_id} to confirm.")
        return _refused(console, reader_id, wrong)
    with console.audited("reader.erase", _name(reader_id)) as note:
        note.before = _state(found)
        update_preferences.erase(console.database, reader_id, console.now())
        note.after = {"state": "erased"}
    return console.back("/readers", "erased")


@pages.get("/readers/{reader_id}/wishes")
def wishes(reader_id: KeyInPath, console: Editor) -> HTMLResponse:
    """Show the reader's preferences as a form."""
    found = unsubscribe.get(console.database, reader_id)
    return _form(console, found, preference_form.shown(found.preferences))


@pages.post("/readers/{reader_id}/wishes")
def save(reader_id: KeyInPath, console: Editor, form: ConsoleForm) -> Response:
    """Save preferences, or show what was typed with what is wrong at each field."""
    found = unsubscribe.get(console.database, reader_id)
    typed = preference_form.typed(form)
    try:
        wanted = parse_preferences(typed, console.app.topics.in_force.vocabulary)
    except PreferencesError as exc:
        return _form(console, found, typed, exc.mistakes, 422)
    tell = form.text("tell") == "yes"
    with console.audited("reader.wishes", _name(reader_id), {"told": tell}) as note:
        before, after = to_record(found.preferences), to_record(wanted)
        changed = [name for name in after if before.get(name) != after[name]]
        event = update_preferences.save(
            console.database, reader_id, wanted, console.now(), tell=tell, source=BY
        )
        note.after = {"changed": changed, "event": event}
    return console.back(_path(reader_id), "saved" if event else "same")


def _form(
    console: Console,
    found: Subscriber,
    shown: dict[str, Any],
    mistakes: Mapping[str, list[Mistake]] | None = None,
    status: int = 200,
) -> HTMLResponse:
    site = console.site
    return console.page(
        "reader_wishes.html",
        status,
        reader=found,
        labels={field.name: label(field) for field in FIELDS},
        shown=shown,
        options=preference_form.options(site),
        wrong=preference_form.translated(site, mistakes or {}),
        groups=console.app.topics.in_force.catalogue.groups(),
        zones=site.zones,
    )


def _refused(console: Console, reader_id: int, error: DigestError) -> HTMLResponse:
    return show(console, reader_id, 422, mistake=str(error))


def _name(reader_id: int) -> str:
    return f"reader {reader_id}"


def _path(reader_id: int) -> str:
    return f"/readers/{reader_id}"


def _state(found: Subscriber) -> dict[str, str]:
    until = {"until": found.resumes_on.isoformat()} if found.resumes_on else {}
    return {"state": found.state.value, **until}
