"""What the links beside a mail's papers lead to: the mail in the browser, more and less like this.

The view is a page of our own from the same picks, not the mail's HTML: so it has no link that a
reader has to keep to themselves, and may be forwarded like the mail.
"""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from digest.editions.store.editions import OpenEdition
from digest.errors import InputError, LinkError, NotFoundError
from digest.ground.languages.language import N_
from digest.ground.masking import mask_text
from digest.ground.tokens.links import Purpose
from digest.model import DeliveryState
from digest.render.cards import Card
from digest.seals.store import receipts
from digest.subscribers import unsubscribe
from digest.subscribers.votes import Ballot
from digest.web.site.quick.pages import TOKEN, quick_page
from digest.web.site.view import Here, Site

pages = APIRouter()
_MOST_DIGITS = 18
_STATES = {
    DeliveryState.QUEUED: N_("waits to be sent"),
    DeliveryState.SENDING: N_("is being sent"),
    DeliveryState.SENT: N_("accepted by the mail server"),
    DeliveryState.DEFERRED: N_("put off by the mail server; it is tried again"),
    DeliveryState.FAILED: N_("refused by the mail server"),
    DeliveryState.UNCERTAIN: N_("sent, but the mail server's answer was lost"),
    DeliveryState.SKIPPED: N_("not sent on purpose"),
}


@pages.get("/v/{token}")
def view(token: str, site: Here, receipt: bool = False) -> HTMLResponse:
    """Show what the mail of an edition held, or would hold; or what the ledger says of it."""
    if receipt:
        return _receipt(site, token)
    site, values = _mail(site, Purpose.VIEW, token)
    return site.page("view.html", **values)


@pages.get("/votes/{token}")
def ask(token: str, site: Here) -> HTMLResponse:
    """Show the papers of a mail with two buttons each: a text mail has this one address."""
    site, values = _mail(site, Purpose.VOTE, token)
    return site.page("votes.html", token=token, **values)


@quick_page(pages, "GET", "/more/{token}/{paper_id}")
async def ask_more(request: Request, site: Site) -> HTMLResponse:
    """Show the button."""
    return await _ask(request, site, "more")


@quick_page(pages, "GET", "/less/{token}/{paper_id}")
async def ask_less(request: Request, site: Site) -> HTMLResponse:
    """Show the button."""
    return await _ask(request, site, "less")


@quick_page(pages, "POST", "/more/{token}/{paper_id}")
async def more(request: Request, site: Site) -> HTMLResponse:
    """Note that the reader wants more like this paper."""
    return await _vote(request, site, "more", 1)


@quick_page(pages, "POST", "/less/{token}/{paper_id}")
async def less(request: Request, site: Site) -> HTMLResponse:
    """Note that the reader wants less like this paper."""
    return await _vote(request, site, "less", -1)


def _mail(site: Site, purpose: Purpose, token: str) -> tuple[Site, dict[str, Any]]:
    """Return the site in the reader's language, and what the mail held or would hold."""
    subscriber_id, edition = _read(site, purpose, token)
    reader = unsubscribe.get(site.app.database, subscriber_id)
    site = site.for_reader(reader)
    picks = site.library.picks(edition, subscriber_id)
    sections = site.sections(edition, picks, reader.preferences.summaries)
    return site, {"edition": edition.edition, "sections": sections}


def _receipt(site: Site, token: str) -> HTMLResponse:
    """Show when a mail went, what the relay said, and the seal of its edition."""
    subscriber_id, edition = _read(site, Purpose.VIEW, token)
    with site.app.database.read() as session:
        receipt = receipts.get(session, edition.edition.date, subscriber_id)
    if receipt is None:
        raise NotFoundError(N_("There is no such email."))
    site, values = _mail(site, Purpose.VIEW, token)
    state = site.language.gettext(_STATES[receipt.state])
    reply = mask_text(receipt.reply)
    return site.page("receipt.html", receipt=receipt, state=state, reply=reply, **values)


async def _ask(request: Request, site: Site, way: str) -> HTMLResponse:
    return await _vote_page(request, site, "vote.html", way)


async def _vote(request: Request, site: Site, way: str, value: int) -> HTMLResponse:
    token, paper_id = request.path_params["token"], _paper_id(request)
    page = await _vote_page(request, site, "voted.html", way)
    await site.asking.vote.ask(Ballot(token, paper_id, value))
    return page


async def _vote_page(request: Request, site: Site, template: str, way: str) -> HTMLResponse:
    """Return a page about a vote, from one that is kept for whoever votes so."""
    token, paper_id = request.path_params["token"], _paper_id(request)
    opened = await site.asking.open.ask((Purpose.VOTE, token))
    day, site = opened.edition, site.for_reader(opened.subscriber)
    if day is None:
        raise LinkError("This link is not valid.")

    def make() -> bytes:
        card = _card(site, site.library.edition(day), paper_id)
        return bytes(site.page(template, token=str(TOKEN), card=card, way=way).body)

    page = await site.kept.get((site.language.tag, template, day, paper_id, way), make)
    language = {"Content-Language": site.language.tag}
    return HTMLResponse(TOKEN.fill(page, token), headers=language)


def _paper_id(request: Request) -> int:
    text: str = request.path_params["paper_id"]
    if not (text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS):
        raise InputError(N_("This edition has no such paper."))
    return int(text)


def _read(site: Site, purpose: Purpose, token: str) -> tuple[int, OpenEdition]:
    reader, day = site.reader_and_edition(purpose, token)
    if day is None:
        raise LinkError("This link is not valid.")
    return reader, site.library.edition(day)


def _card(site: Site, edition: OpenEdition, paper_id: int) -> Card:
    for candidate in edition.edition.candidates:
        if candidate.paper.id == paper_id:
            return site.card(candidate.paper)
    raise NotFoundError(N_("This edition has no such paper."))
