"""Today: did the edition go out, to whom, is anything wrong, and what comes next."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from datetime import date

from fastapi import APIRouter, HTTPException, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, RedirectResponse, StreamingResponse

from digest.delivery import retries, stops
from digest.delivery.retries import RETRIED, Wanted
from digest.errors import DigestError, NotFoundError
from digest.model import DeliveryState
from digest.operations.progress import find_unfinished, list_failures
from digest.operations.status import next_send_time
from digest.smtp.replies import codes_of
from digest.subscribers import suppression, unsubscribe
from digest.web.console.frame import Console, ConsoleForm, Editor, Viewer, console_of
from digest.web.numbers import KeyInPath, KeyInQuery

pages = APIRouter()
PAGE = 50
EVERY_SECONDS = 2.0
STREAM_SECONDS = 600.0  # then the browser asks again, and its session is looked at again
MOST_STREAMS = 50  # of one process
MOST_OF_ACCOUNT = 5  # streams, so that nobody takes them all
_STREAM_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


@pages.get("")
def show(console: Viewer) -> HTMLResponse:
    """Show how the day goes."""
    app, now = console.app, console.now()
    statuses = app.operations.source_statuses()
    return console.page(
        "today.html",
        with_script=True,
        figures=console.pages.live.figures(0),  # also of what was changed just now
        others=console.pages.live.outings(find_unfinished(console.database)),
        alerts=app.operations.alerts(),
        outlook=app.operations.outlook(),
        next_due=next_send_time(now, app.settings.timezone, app.settings.send_hour),
        sources=statuses,
        now=now,
    )


@pages.get("/today/stream")
async def stream(request: Request, console: Viewer) -> StreamingResponse:
    """Send the figures again whenever they change, as server-sent events."""
    if _are_too_many(request, console):
        raise HTTPException(503, "Too many pages are watching; this one shows no live figures.")
    return StreamingResponse(_events(request, console), 200, _STREAM_HEADERS, "text/event-stream")


async def _events(request: Request, console: Console) -> AsyncIterator[str]:
    if _are_too_many(request, console):
        return  # several were let in at once
    state, account = request.app.state, console.account.id
    state.streams[account] += 1
    try:
        shown = ""
        for _ in range(int(STREAM_SECONDS / EVERY_SECONDS)):
            if state.stopping.is_set() or await request.is_disconnected():
                return
            if await run_in_threadpool(console_of, request) is None:
                return  # the session has ended
            part = await run_in_threadpool(_part, console)
            yield ": nothing new\n\n" if part == shown else f"data: {json.dumps(part)}\n\n"
            shown = part
            for _ in range(int(EVERY_SECONDS * 4)):
                if state.stopping.is_set():
                    return
                await asyncio.sleep(0.25)
    finally:
        state.streams[account] -= 1


def _are_too_many(request: Request, console: Console) -> bool:
    streams: Counter[int] = request.app.state.streams
    return streams.total() >= MOST_STREAMS or streams[console.account.id] >= MOST_OF_ACCOUNT


def _part(console: Console) -> str:
    figures = console.pages.live.figures()
    return console.part("today_figures.html", figures=figures, now=console.now())


@pages.post("/today/pause")
def pause(console: Editor, form: ConsoleForm) -> RedirectResponse:
    """Let nothing more of the edition begin."""
    day, reason = _day(form.text("date")), form.text("reason")
    with console.audited("edition.pause", f"edition {day}", {"reason": reason}) as note:
        steered = stops.pause(console.database, day, reason, console.app.clock)
        note.after = steered.to_json()
    return console.back("", "paused")


@pages.post("/today/resume")
def resume(console: Editor, form: ConsoleForm) -> RedirectResponse:
    """Let it go on."""
    day = _day(form.text("date"))
    with console.audited("edition.resume", f"edition {day}") as note:
        note.after = stops.resume(console.database, day, console.app.clock).to_json()
    return console.back("", _by_itself(console, day, "resumed"))


@pages.post("/today/cancel")
def cancel(console: Editor, form: ConsoleForm) -> RedirectResponse:
    """Skip all that waits, for good."""
    day = _day(form.text("date"))
    if form.text("sure") != "yes":
        raise HTTPException(422, "Tick the box: what is cancelled cannot be taken back.")
    with console.audited("edition.cancel", f"edition {day}") as note:
        reason = form.text("reason")
        note.after = stops.cancel(console.database, day, reason, console.app.clock).to_json()
    return console.back("", "cancelled")


@pages.post("/today/retry")
def retry(console: Editor, form: ConsoleForm) -> RedirectResponse:
    """Queue what failed again: all of a state, or only what had one reply."""
    day, reply = _day(form.text("date")), form.text("reply")
    state = _state(form.text("state"))
    wanted = Wanted(day, state, reply=reply or None)
    asked = {"state": state.value, "reply": codes_of(reply)}
    with console.audited("edition.retry", f"edition {day}", asked) as note:
        fresh = console.app.editions.freshness
        found = retries.retry(console.database, wanted, fresh, console.app.clock)
        note.after = found.to_json()
    done = _by_itself(console, day, "retried") if found.queued else "retried-none"
    return console.back("", done)


@pages.post("/today/send")
def send(console: Editor, form: ConsoleForm) -> RedirectResponse:
    """Send what waits of an edition from this process, as `digest send --date` does."""
    day = _day(form.text("date"))
    try:
        has_begun = console.pages.sending.start(day, console.account.address)
    except NotFoundError:
        raise
    except DigestError as exc:
        raise HTTPException(409, str(exc)) from None
    if not has_begun:
        sent = console.pages.sending.day
        raise HTTPException(
            409, f"The edition of {sent} is being sent from here. Wait until that has ended."
        )
    return console.back("", "sending")


@pages.get("/today/{day}/{state}")
def failures(day: str, state: str, console: Viewer, after: KeyInQuery = None) -> HTMLResponse:
    """List whose mail is in a state in which it did not arrive, or may not have."""
    on, wanted = _day(day), _state(state)
    found = list_failures(console.database, on, wanted, after=after or 0, limit=PAGE + 1)
    listed, rest = found[:PAGE], found[PAGE:]
    return console.page(
        "failures.html",
        date=on,
        state=wanted.value,
        failures=listed,
        more=listed[-1].subscriber_id if rest else None,
    )


@pages.post("/today/suppress/{reader_id}")
def suppress(reader_id: KeyInPath, console: Editor, form: ConsoleForm) -> RedirectResponse:
    """Never mail a reader again."""
    reader = unsubscribe.get(console.database, reader_id)
    reason = form.text("reason") or "their mail failed"
    with console.audited("reader.suppress", f"reader {reader_id}", {"reason": reason}) as note:
        note.before = {"state": reader.state.value}
        suppression.suppress(console.database, reader.address, reason, console.now())
        note.after = {"state": "suppressed"}
    back = f"/today/{_day(form.text('date'))}/{_state(form.text('state')).value}"
    return console.back(back, "suppressed")


def _by_itself(console: Console, day: date, done: str) -> str:
    """Return the code of what was done; another one if no scheduler sends the edition."""
    fresh = console.app.editions.freshness
    return done if fresh.allows(day, console.now()) else f"{done}-stale"


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise HTTPException(422, f"{text!r} is not a date.") from None


def _state(text: str) -> DeliveryState:
    try:
        found = DeliveryState(text)
    except ValueError:
        raise HTTPException(404) from None
    if found not in RETRIED:
        raise HTTPException(404)
    return found
