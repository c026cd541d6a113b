"""Unsubscribe, or get less instead: GET asks, POST acts, again is harmless (RFC 8058)."""

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from digest.ground.tokens.links import Purpose
from digest.ground.tokens.signed_numbers import TokenPurpose
from digest.subscribers import unsubscribe
from digest.subscribers.unsubscribe import Step
from digest.web.site.view import Here, Site

pages = APIRouter()


@pages.get("/u/{token}")
def ask(token: str, site: Here) -> HTMLResponse:
    """Show the buttons. Mail scanners follow every link, so this changes nothing."""
    reader = site.reader(Purpose.UNSUBSCRIBE, token)
    found = unsubscribe.get(site.app.database, reader)
    return site.for_reader(found).page("unsubscribe.html", token=token, reader=found)


@pages.post("/u/{token}")
def leave(token: str, site: Here) -> HTMLResponse:
    """End the subscription at once, whatever the body says.

    It is the page's button, and what a mail program posts for its own one: as multipart or
    urlencoded form, without cookies, and it may follow no redirect (RFC 8058, sections 3.1, 3.2).
    """
    reader = site.reader(Purpose.UNSUBSCRIBE, token)
    step = unsubscribe.unsubscribe(site.app.database, reader, site.app.clock())
    return _done(site, step, "unsubscribed")


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


def _done(site: Site, step: Step, done: str, slug: str = "") -> HTMLResponse:
    site = site.for_reader(step.subscriber)
    return site.page("unsubscribed.html", step=step, done=done, slug=slug, undo=_undo(site, step))


def _undo(site: Site, step: Step) -> str:
    """Return the token that undoes a step; empty when nothing can be undone."""
    if not step.undo:
        return ""
    reader = step.subscriber
    return site.tokens.sign(TokenPurpose.UNDO, reader.id, step.undo, reader.nonce)
