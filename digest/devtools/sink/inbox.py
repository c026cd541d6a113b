"""The sink's inbox: pages to look at what was sent, and the same as JSON. Works without JavaScript.

Mail is hostile: its HTML has an address of its own, is answered with a policy that forbids
everything but inline styles, and is shown in a frame that may do nothing (`sandbox=""`).
"""

import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, FastAPI, Query, Request, Response
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse

from digest.devtools.sink.inbox_message import OpenedMessage, Summary, imitate_scheme, open_message
from digest.devtools.sink.inbox_view import Inbox, Scheme, Tab, Width
from digest.devtools.sink.sink import Sink
from digest.devtools.sink.spool import Received
from digest.errors import NotFoundError

PAGE_LENGTH = 50
PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; frame-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'self'; sandbox"
)
HEADERS = {
    "Content-Security-Policy": PAGE_POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


def _inbox(request: Request) -> Inbox:
    inbox: Inbox = request.app.state.inbox
    return inbox


Shown = Annotated[Inbox, Depends(_inbox)]
pages = APIRouter()


def make_inbox(sink: Sink, templates: Path) -> FastAPI:
    """Return the inbox of a sink. templates: the folder that holds `devtools/sink/inbox`."""
    app = FastAPI(title="Inbox of the digest sink", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.inbox = Inbox(sink, templates)
    app.include_router(pages)
    app.middleware("http")(_add_headers)
    app.middleware("http")(_check_host)
    app.exception_handler(NotFoundError)(_not_found)
    return app


@pages.get("/")
def list_messages(inbox: Shown, q: str = "", page: Annotated[int, Query(ge=1)] = 1) -> HTMLResponse:
    """Show one page of the list, newest first."""
    found = inbox.find(q)
    start = (page - 1) * PAGE_LENGTH
    shown = [(each, inbox.summary(each)) for each in found[start : start + PAGE_LENGTH]]
    return inbox.page(
        "list.html",
        q=q,
        page=page,
        found=len(found),
        total=len(inbox.sink.messages),
        start=start,
        messages=shown,
        more=start + PAGE_LENGTH < len(found),
        smtp_url=inbox.sink.url,
    )


@pages.get("/messages/{number}")
def show_message(number: int, inbox: Shown) -> RedirectResponse:
    """Go to the tab that says most."""
    opened = open_message(inbox.get(number)[0].data)
    return RedirectResponse(f"/messages/{number}/{Tab.HTML if opened.html else Tab.TEXT}", 303)


@pages.get("/messages/{number}/source.eml")
def download(number: int, inbox: Shown) -> Response:
    """Hand out the exact bytes of a message."""
    name = f'attachment; filename="message-{number}.eml"'
    data = inbox.get(number)[0].data
    return Response(data, media_type="message/rfc822", headers={"Content-Disposition": name})


@pages.get("/messages/{number}/frame.html")
def show_html_part(number: int, inbox: Shown, scheme: Scheme = Scheme.LIGHT) -> HTMLResponse:
    """Hand out the HTML part, disarmed."""
    html = open_message(inbox.get(number)[0].data).html
    if html is None:
        raise NotFoundError(f"Message {number} has no HTML part.")
    shown = imitate_scheme(html.text, dark=scheme is Scheme.DARK).encode("utf-8", "replace")
    return HTMLResponse(shown, headers={"Content-Security-Policy": MAIL_POLICY})


@pages.get("/messages/{number}/{tab}")
def show_tab(
    number: int,
    tab: Tab,
    inbox: Shown,
    width: Width = Width.DESKTOP,
    scheme: Scheme = Scheme.LIGHT,
) -> HTMLResponse:
    """Show one message under one of its tabs."""
    received, newer, older = inbox.get(number)
    return inbox.page(
        "message.html",
        received=received,
        summary=inbox.summary(received),
        opened=open_message(received.data),
        newer=newer,
        older=older,
        tab=tab,
        tabs=Tab,
        width=width,
        widths=Width,
        scheme=scheme,
        schemes=Scheme,
    )


@pages.post("/delete-all")
def delete_all(inbox: Shown, request: Request) -> Response:
    """Delete all messages; a form on another site cannot (Fetch Metadata, section 2.3)."""
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return Response("Another site cannot delete the messages.", 403)
    inbox.clear()
    return RedirectResponse("/", 303)


@pages.get("/style.css")
def style(inbox: Shown) -> FileResponse:
    """Hand out the style sheet."""
    return FileResponse(inbox.folder / "style.css", media_type="text/css")


@pages.get("/icon.svg")
def icon(inbox: Shown) -> FileResponse:
    """Hand out the icon."""
    return FileResponse(inbox.folder / "icon.svg", media_type="image/svg+xml")


@pages.get("/api/messages")
def list_as_json(
    inbox: Shown,
    q: str = "",
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    offset: Annotated[int, Query(ge=0)] = 0,
) -> Response:
    """List messages, newest first: `{"found": ..., "messages": [...]}`."""
    found = inbox.find(q)
    shown = [_as_json(each, inbox.summary(each)) for each in found[offset : offset + limit]]
    return _json({"found": len(found), "messages": shown})


@pages.get("/api/messages/{number}")
def show_as_json(number: int, inbox: Shown) -> Response:
    """One message with its parts, headers and links."""
    received = inbox.get(number)[0]
    opened = _parts_as_json(open_message(received.data))
    return _json(_as_json(received, inbox.summary(received)) | opened)


def _json(value: Any, status: int = 200) -> Response:
    """Pure ASCII, because what mail decodes to is not always valid Unicode."""
    return Response(json.dumps(value), status, media_type="application/json")


def _as_json(received: Received, summary: Summary) -> dict[str, Any]:
    return {
        "id": received.id,
        "at": received.at.isoformat(),
        "envelope": asdict(received.envelope),
        "from": summary.author,
        "to": summary.to,
        "subject": summary.subject,
        "size": received.size,
    }


def _parts_as_json(opened: OpenedMessage) -> dict[str, Any]:
    return {
        "headers": [{"name": name, "value": value} for name, value in opened.headers],
        "html": asdict(opened.html) if opened.html else None,
        "text": asdict(opened.text) if opened.text else None,
        "links": [asdict(link) for link in opened.links],
    }


async def _check_host(
    request: Request, call_next: Callable[[Request], Awaitable[Response]]
) -> Response:
    """Answer only who names this machine by its number: names of others may lead here.

    Otherwise a page elsewhere could read and delete all mail (DNS rebinding).
    """
    if not _is_local(request.headers.get("host", "")):
        return Response("Open the inbox by its address, such as http://127.0.0.1:8025/.", 421)
    return await call_next(request)


def _is_local(host: str) -> bool:
    try:
        name = urlsplit(f"//{host}").hostname or ""
        return name == "localhost" or bool(ip_address(name))
    except ValueError:
        return False


async def _add_headers(
    request: Request, call_next: Callable[[Request], Awaitable[Response]]
) -> Response:
    response = await call_next(request)
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response


def _not_found(request: Request, error: Exception) -> Response:
    if request.url.path.startswith("/api/"):
        return _json({"error": str(error)}, 404)
    return _inbox(request).page("missing.html", 404, reason=str(error))
