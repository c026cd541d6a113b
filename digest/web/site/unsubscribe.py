"""Unsubscribe, or get less instead: GET asks, POST acts, again is harmless (RFC 8058)."""

from dataclasses import replace

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from markupsafe import Markup

from digest.ground.tokens.links import Purpose
from digest.ground.tokens.signed_numbers import TokenPurpose
from digest.model import DeliverySchedule, Subscriber
from digest.subscribers import unsubscribe
from digest.subscribers.unsubscribe import Step
from digest.web.origins import ONE_CLICK
from digest.web.site.quick.pages import OTHER_TOKEN, TOKEN, TOPICS, nameless, own_page, quick_page
from digest.web.site.view import Here, Site

pages = APIRouter()


@quick_page(pages, "GET", ONE_CLICK)
async def ask(request: Request, site: Site) -> HTMLResponse:
    """Show the buttons. Mail scanners follow every link, so this changes nothing."""
    token = request.path_params["token"]
    reader = (await site.asking.open.ask((Purpose.UNSUBSCRIBE, token))).subscriber
    shown = nameless(reader, _week(reader))
    topics = reader.preferences.topics
    buttons = Markup("").join(_topic_button(site.for_reader(reader), slug) for slug in topics)
    return own_page(
        site,
        "unsubscribe.html",
        reader,
        {TOPICS: buttons, TOKEN: token},
        (shown, bool(topics)),
        token=str(TOKEN),
        reader=shown,
        topics=str(TOPICS) if topics else "",
    )


@quick_page(pages, "POST", ONE_CLICK)
async def leave(request: Request, site: Site) -> HTMLResponse:
    """End the subscription at once, whatever the body says.

    It is the page's button, and what a mail program posts for its own one: as multipart or
    urlencoded form, without cookies, and it may follow no redirect (RFC 8058, sections 3.1, 3.2).
    Nobody is refused for asking too often: those of a provider come from a few addresses.
    """
    step = await site.asking.leave.ask(request.path_params["token"])
    undo, reader = _undo(site, step), step.subscriber
    subscriber = nameless(reader, _week(reader))
    shown = replace(step, subscriber=subscriber, undo=1 if undo else 0)
    return own_page(
        site,
        "unsubscribed.html",
        reader,
        {OTHER_TOKEN: undo},
        (shown,),
        step=shown,
        done="unsubscribed",
        slug="",
        undo=str(OTHER_TOKEN) if undo else "",
    )


@pages.post("/u/{token}/weekly")
def weekly(token: str, site: Here) -> HTMLResponse:
    """Send one mail a week instead."""
    reader = site.reader(Purpose.UNSUBSCRIBE, token)
    step = unsubscribe.weekly_instead(site.app.database, reader, site.app.clock())
    return _done(site, step, "weekly")


@pages.post("/u/{token}/less/{slug}")
def less(token: str, slug: str, site: Here) -> HTMLResponse:
    """Let the reader follow one topic less."""
    reader = site.reader(Purpose.UNSUBSCRIBE, token)
    step = unsubscribe.drop_topic(site.app.database, reader, slug, site.app.clock())
    return _done(site, step, "less", slug)


@pages.get("/undo/{token}")
def ask_undo(token: str, site: Here) -> HTMLResponse:
    """Show the button that takes the last step back: whoever loads the address sees a page."""
    reader, _ = site.tokens.read(TokenPurpose.UNDO, token, site.bindings)
    found = unsubscribe.get(site.app.database, reader)
    return site.for_reader(found).page("undo.html", token=token)


@pages.post("/undo/{token}")
def undo(token: str, site: Here) -> HTMLResponse:
    """Take the last step back."""
    reader, event = site.tokens.read(TokenPurpose.UNDO, token, site.bindings)
    subscriber = unsubscribe.undo(site.app.database, reader, event, site.app.clock())
    return site.for_reader(subscriber).page("undone.html", subscriber=subscriber)


def _week(reader: Subscriber) -> DeliverySchedule:
    """Return what the pages say of a reader's schedule: how often, and on which weekday."""
    whole = reader.preferences.schedule
    return DeliverySchedule(cadence=whole.cadence, weekday=whole.weekday)


def _topic_button(site: Site, slug: str) -> Markup:
    values = {"slug": slug, "token": str(TOKEN)}
    return site.piece("unsubscribe_topic.html", (slug,), values)


def _done(site: Site, step: Step, done: str, slug: str = "") -> HTMLResponse:
    site = site.for_reader(step.subscriber)
    return site.page("unsubscribed.html", step=step, done=done, slug=slug, undo=_undo(site, step))


def _undo(site: Site, step: Step) -> str:
    """Return the token that undoes a step; empty when nothing can be undone."""
    if not step.undo:
        return ""
    reader = step.subscriber
    return site.tokens.sign(TokenPurpose.UNDO, reader.id, step.undo, reader.nonce)
