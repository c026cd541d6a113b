"""A reader's own page: what to get and when, a pause, the data, the end of it."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from digest.errors import InputError
from digest.ground.tokens.links import Purpose
from digest.model import DeliverySchedule, Preferences, Subscriber
from digest.operations import reader_record
from digest.subscribers import personal_feed, unsubscribe, update_preferences
from digest.subscribers import votes as voting
from digest.subscribers.rules.field_kinds import Mistake
from digest.subscribers.rules.preference_fields import FIELDS
from digest.subscribers.rules.preferences import PreferencesError, parse_preferences
from digest.web.site import preference_form
from digest.web.site.forms import Sent
from digest.web.site.quick.asking import OwnPage
from digest.web.site.quick.kept_pages import Hole
from digest.web.site.quick.pages import OTHER_TOKEN, TOKEN, nameless, own_page, quick_page
from digest.web.site.view import Here, Site

pages = APIRouter()
_FIELDS = {field.name: field for field in FIELDS}
_PIECES = {name: Hole() for name in ("topics", "weights", "fields")}
_PHRASES = {name: Hole() for name in ("interests", "muted")}
_FEED = Hole()


@quick_page(pages, "GET", "/p/{token}")
async def show(request: Request, site: Site) -> HTMLResponse:
    """Show everything as it is."""
    token = request.path_params["token"]
    return _quickly_shown(site, token, await site.asking.own_page.ask(token))


@pages.get("/p/{token}/today")
def show_today(token: str, site: Here) -> HTMLResponse:
    """Show it with what the newest edition holds for the reader."""
    own = site.asking.read_own_page(token)
    return _page(site, token, preferences=own.reader.preferences)


@pages.post("/p/{token}")
def save(token: str, site: Here, form: Sent) -> HTMLResponse:
    """Save what was typed, or show it again with what is wrong at each field."""
    reader = site.reader(Purpose.PREFERENCES, token)
    unsubscribe.get(site.app.database, reader)
    typed = preference_form.typed(form)
    try:
        preferences = parse_preferences(typed, site.app.topics.in_force.vocabulary)
    except PreferencesError as exc:
        return _page(site, token, status=422, typed=typed, mistakes=exc.mistakes)
    if form.text("do") == "preview":
        return _page(site, token, typed=typed, preferences=preferences, note="previewed")
    now = site.app.clock()
    done = update_preferences.save(site.app.database, reader, preferences, now, tell=True)
    return _page(site, token, note="saved" if done else "same")


@pages.post("/p/{token}/pause")
def pause(token: str, site: Here, form: Sent) -> HTMLResponse:
    """Let the subscription rest until a date."""
    reader = site.reader(Purpose.PREFERENCES, token)
    try:
        update_preferences.pause(site.app.database, reader, form.text("until"), site.app.clock())
    except InputError as exc:
        return _page(site, token, status=422, mistakes={"until": [Mistake(str(exc), {})]})
    return _page(site, token, note="paused")


@pages.post("/p/{token}/resume")
def resume(token: str, site: Here) -> HTMLResponse:
    """End the pause."""
    reader = site.reader(Purpose.PREFERENCES, token)
    update_preferences.resume(site.app.database, reader, site.app.clock())
    return _page(site, token, note="resumed")


@pages.post("/p/{token}/forget-votes")
def forget_votes(token: str, site: Here) -> HTMLResponse:
    """Forget what the reader wanted more and less of."""
    reader = site.reader(Purpose.PREFERENCES, token)
    unsubscribe.get(site.app.database, reader)
    gone = voting.reset(site.app.database, reader)
    return _page(site, token, note="forgotten" if gone else "no votes")


@pages.post("/p/{token}/renew-feed")
def renew_feed(token: str, site: Here) -> HTMLResponse:
    """Give the reader's own feed a new address."""
    reader = site.reader(Purpose.PREFERENCES, token)
    personal_feed.renew(site.app.database, reader, site.app.clock())
    return _page(site, token, note="renewed")


@pages.get("/p/{token}/data.json")
def export(token: str, site: Here) -> Response:
    """Hand out all that is known of the reader."""
    reader = site.reader(Purpose.PREFERENCES, token)
    data = json.dumps(reader_record.export(site.app.database, reader), ensure_ascii=False, indent=2)
    name = {"Content-Disposition": 'attachment; filename="my-subscription.json"'}
    return Response(data, media_type="application/json", headers=name)


@pages.get("/p/{token}/erase")
def ask_erase(token: str, site: Here) -> HTMLResponse:
    """Say what erasing means, and show the button."""
    reader = unsubscribe.get(site.app.database, site.reader(Purpose.PREFERENCES, token))
    return site.for_reader(reader).page("erase.html", token=token, reader=reader)


@pages.post("/p/{token}/erase")
def erase(token: str, site: Here) -> HTMLResponse:
    """Erase the reader."""
    reader = site.reader(Purpose.PREFERENCES, token)
    update_preferences.erase(site.app.database, reader, site.app.clock())
    return site.page("erased.html")


def _quickly_shown(site: Site, token: str, own: OwnPage) -> HTMLResponse:
    """Return the page from one that is kept for all but the form's fields."""
    reader, site = own.reader, site.for_reader(own.reader)
    shown = preference_form.shown(reader.preferences)
    found = preference_form.pieces(site, shown, {})
    kept_reader = replace(nameless(reader, DeliverySchedule()), paused_until=reader.paused_until)
    weighed = len(shown["topics"]) > 1
    holes = {
        **{_PIECES[name]: piece for name, piece in found.items()},
        **{hole: "\n".join(shown[name]) for name, hole in _PHRASES.items()},
        TOKEN: token,
        OTHER_TOKEN: site.link(Purpose.UNSUBSCRIBE, reader),
        _FEED: own.feed,
    }
    return own_page(
        site,
        "preferences.html",
        reader,
        holes,
        (kept_reader, weighed, own.votes),
        token=str(TOKEN),
        reader=kept_reader,
        fields=_FIELDS,
        shown={
            "topics": range(2 if weighed else 0),  # only whether there are some to be weighed
            **{name: [str(hole)] for name, hole in _PHRASES.items()},
        },
        pieces={name: str(hole) for name, hole in _PIECES.items()},
        wrong={},
        note="",
        votes=own.votes,
        leave=str(OTHER_TOKEN),
        feed=str(_FEED),
        preview=None,
    )


def _page(
    site: Site,
    token: str,
    *,
    status: int = 200,
    typed: dict[str, Any] | None = None,
    mistakes: Mapping[str, list[Mistake]] | None = None,
    preferences: Preferences | None = None,
    note: str = "",
) -> HTMLResponse:
    """Show a form as it was sent. preferences: show what the newest edition holds by these."""
    own = site.asking.read_own_page(token)
    preview: dict[str, object] = {}
    if preferences is not None:
        spoken = site.for_reader(own.reader)
        preview = {
            "sections": _preview(spoken, own.reader, preferences),
            "had_some": _has_had_some(site, own.reader),
        }
    return _shown(
        site, token, own, status=status, typed=typed, mistakes=mistakes, preview=preview, note=note
    )


def _shown(
    site: Site,
    token: str,
    own: OwnPage,
    *,
    status: int = 200,
    typed: dict[str, Any] | None = None,
    mistakes: Mapping[str, list[Mistake]] | None = None,
    preview: Mapping[str, object] | None = None,
    note: str = "",
) -> HTMLResponse:
    """Return the page. preview: what is shown of the newest edition; left out: a link to it."""
    reader = own.reader
    site = site.for_reader(reader)
    shown = typed or preference_form.shown(reader.preferences)
    wrong = preference_form.translated(site, mistakes or {})
    return site.page(
        "preferences.html",
        status,
        token=token,
        reader=reader,
        fields=_FIELDS,
        shown=shown,
        pieces=preference_form.pieces(site, shown, wrong),
        wrong=wrong,
        note=note,
        votes=own.votes,
        leave=site.link(Purpose.UNSUBSCRIBE, reader),
        feed=own.feed,
        preview=preview or None,
    )


def _has_had_some(site: Site, reader: Subscriber) -> bool:
    """Return whether papers of the newest edition are left out because the reader got them."""
    edition = site.today()
    return edition is not None and site.library.has_had_some(edition, reader.id)


def _preview(site: Site, reader: Subscriber, preferences: Preferences) -> object:
    """Return what the newest edition held for the reader, or would hold with other preferences."""
    edition = site.today()
    if edition is None:
        return []
    others = preferences if preferences != reader.preferences else None
    picks = site.library.picks(edition, reader.id, others)
    return site.sections(edition, picks, preferences.summaries)
