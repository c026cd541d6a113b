"""What the links beside a mail's papers lead to: the mail in the browser, more and less like this.

The view is a page of our own from the same picks, not the mail's HTML: so it has no link that a
reader has to keep to themselves, and may be forwarded like the mail.
"""

from typing import Any

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from digest.editions.store.editions import OpenEdition
from digest.errors import LinkError, NotFoundError
from digest.ground.languages.language import N_
from digest.ground.masking import mask_text
from digest.ground.tokens.links import Purpose
from digest.model import DeliveryState
from digest.render.cards import Card
from digest.seals.store import receipts
from digest.subscribers import unsubscribe, votes
from digest.web.site.view import Here, Site

pages = APIRouter()
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


@pages.get("/more/{token}/{paper_id}")
def ask_more(token: str, paper_id: int, site: Here) -> HTMLResponse:
    """Show the button."""
    return _ask(site, token, paper_id, "more")


@pages.get("/less/{token}/{paper_id}")
def ask_less(token: str, paper_id: int, site: Here) -> HTMLResponse:
    """Show the button."""
    return _ask(site, token, paper_id, "less")


@pages.post("/more/{token}/{paper_id}")
def more(token: str, paper_id: int, site: Here) -> HTMLResponse:
    """Note that the reader wants more like this paper."""
    return _vote(site, token, paper_id, "more", 1)


@pages.post("/less/{token}/{paper_id}")
def less(token: str, paper_id: int, site: Here) -> HTMLResponse:
    """Note that the reader wants less like this paper."""
    return _vote(site, token, paper_id, "less", -1)


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


def _ask(site: Site, token: str, paper_id: int, way: str) -> HTMLResponse:
    reader, edition = _read(site, Purpose.VOTE, token)
    site = site.for_reader(unsubscribe.get(site.app.database, reader))
    card = _card(site, edition, paper_id)
    return site.page("vote.html", token=token, card=card, way=way)


def _vote(site: Site, token: str, paper_id: int, way: str, value: int) -> HTMLResponse:
    reader, edition = _read(site, Purpose.VOTE, token)
    site = site.for_reader(unsubscribe.get(site.app.database, reader))
    card = _card(site, edition, paper_id)
    votes.vote(site.app.database, reader, paper_id, value, now=site.app.clock())
    return site.page("voted.html", token=token, card=card, way=way)


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
