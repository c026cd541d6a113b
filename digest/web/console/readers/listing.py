"""The readers: search, filters, and the list as a file."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response, StreamingResponse

from digest.errors import InputError
from digest.model import Cadence, DeliveryState, Layout, Origin, SubscriberState
from digest.subscribers import subscriptions
from digest.subscribers.files.reader_lines import iter_csv
from digest.subscribers.rules.reader_filter import (
    NAMES,
    ReaderFilter,
    SearchKind,
    read_filter,
    search_kind,
)
from digest.subscribers.store.reader_lists import ReaderCount
from digest.web.console.frame import Console, ConsoleForm, Owner, Viewer
from digest.web.numbers import KeyInQuery, key_of

PAGE = 50  # readers
_CHOICES = {
    "state": tuple(SubscriberState),
    "cadence": tuple(Cadence),
    "layout": tuple(Layout),
    "origin": tuple(Origin),
    "mail": tuple(DeliveryState),
}
_UNMASKED = (SearchKind.NUMBER, SearchKind.DOMAIN)
_RECORDS = 500  # of a file that go out together

pages = APIRouter()


@pages.get("/readers")
def readers(console: Viewer, request: Request, after: KeyInQuery = None) -> HTMLResponse:
    """Show the readers of a filter, the newest first."""
    texts = {name: request.query_params.get(name, "").strip() for name in NAMES}
    return _list(console, texts, after)


@pages.post("/readers/search")
def search(console: Viewer, form: ConsoleForm) -> Response:
    """Show the readers of a filter; what may be a part of an address gets into no URL, and no log.

    Anything else leads to a page that can be kept.
    """
    texts = {name: form.text(name) for name in NAMES}
    if not texts["search"] or search_kind(texts["search"]) in _UNMASKED:
        return console.back("/readers", **{name: text for name, text in texts.items() if text})
    after = form.text("after")
    return _list(console, texts, key_of(after) if after else None)


@pages.post("/readers/export")
def export(console: Owner, form: ConsoleForm) -> Response:
    """Hand out the readers of a filter as a CSV file, a few hundred at a time."""
    texts = {name: form.text(name) for name in NAMES}
    wanted = _wanted(console, texts)
    name = f"readers-{console.now().date().isoformat()}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(
        _export(console, wanted, texts), media_type="text/csv; charset=utf-8", headers=headers
    )


def _list(console: Console, texts: dict[str, str], after: int | None) -> HTMLResponse:
    try:
        wanted = _wanted(console, texts)
    except InputError as exc:
        return _page(console, texts, 422, mistake=str(exc))
    found = subscriptions.page(console.database, wanted, after=after, limit=PAGE, newest_first=True)
    count = None
    if after is None:
        # A page that is not full has counted them; looking up all their mails again takes long.
        is_counted = len(found.readers) < PAGE or wanted.mail is not None
        count = (
            ReaderCount(len(found.readers), found.next is None)
            if is_counted
            else subscriptions.count(console.database, wanted)
        )
    return _page(console, texts, found=found, count=count)


def _wanted(console: Console, texts: dict[str, str]) -> ReaderFilter:
    """Read the filter of a page; viewers, who see no addresses, do not search by them either."""
    vocabulary, zone = console.app.topics.in_force.vocabulary, console.app.settings.timezone
    wanted = read_filter(texts, topics=vocabulary.topics, zone=zone)
    if wanted.search and wanted.search.kind not in _UNMASKED and not console.may_edit:
        raise InputError("A viewer can search by a number or by a @domain.")
    return wanted


def _export(console: Console, wanted: ReaderFilter, texts: dict[str, str]) -> Iterator[str]:
    asked = {name: text for name, text in texts.items() if text and name != "search"}
    with console.audited("readers.export", "readers", asked) as note:
        some: list[str] = []
        count = -1  # of the line that names the columns
        for record in iter_csv(console.database, wanted):
            some.append(record)
            count += 1
            note.after = {"readers": count}
            if len(some) == _RECORDS:
                yield "".join(some)
                some = []
        yield "".join(some)


def _page(
    console: Console, texts: dict[str, str], status: int = 200, **values: Any
) -> HTMLResponse:
    given = {name: text for name, text in texts.items() if text}
    shown = {"found": None, "count": None, "mistake": "", **values}
    return console.page(
        "readers.html",
        status,
        texts=texts,
        given=given,
        query=urlencode(given),
        page_size=PAGE,
        in_url=not given.get("search") or search_kind(given["search"]) in _UNMASKED,
        is_narrowed=bool(given.keys() - {"search"}),
        choices=_CHOICES,
        groups=console.app.topics.in_force.catalogue.groups(),
        languages=console.app.files.languages,
        zones=console.site.zones,
        **shown,
    )
