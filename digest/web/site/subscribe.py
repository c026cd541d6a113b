"""Subscribing: the form, "check your mail", and the pages of the links in that mail."""

from collections.abc import Callable
from dataclasses import replace
from math import ceil
from typing import Literal

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from digest.errors import LinkError
from digest.ground.languages.language import N_
from digest.ground.tokens.links import Purpose
from digest.model import DeliverySchedule
from digest.subscribers import refusal
from digest.subscribers.confirming import Press
from digest.subscribers.opt_in import Asking
from digest.subscribers.rules.consent import CONSENT
from digest.web.site import signup_form
from digest.web.site.forms import Form, Sent
from digest.web.site.proof_pages import with_script
from digest.web.site.quick.pages import OTHER_TOKEN, TOKEN, nameless, own_page, quick_page
from digest.web.site.signup_form import SignUp
from digest.web.site.view import Here, Site

pages = APIRouter()
QUICKEST_SECONDS = 2  # nobody reads, chooses and types faster
OLDEST_SECONDS = 24 * 3600


@pages.post("/subscribe")
def subscribe(request: Request, site: Here, form: Sent) -> HTMLResponse:
    """Take an address. The answer is the same for every address, and comes before it is looked up.

    What is no address, or no preference, is shown again with what is wrong at its field. So is a
    form that was filled in faster than people can, or is not ours, for one more press: that costs a
    person a second, and a program the form's own token.
    """
    host = request.client.host if request.client else ""
    if form.text("website"):  # the field that only programs see
        return site.page("check_mail.html")
    signup = signup_form.read(site, form)
    if signup.mistakes:
        return signup_page(site, form, signup, "wrong", status=422)
    if not _is_ripe(site, form):
        return signup_page(site, form, signup, "again")
    keep_within_limits(site, host)
    asking = Asking(
        signup.email,
        tuple(signup.preferences.topics),
        host,
        agreed=CONSENT.version_in(site.language),
        language=site.language.tag,
        interests=signup.preferences.interests,
        schedule=signup.preferences.schedule,
    )
    note(site, asking, lambda: ask_for_proof(site, form.text("proof"), host))
    return site.page("check_mail.html")


@pages.get("/subscribe")
def form_page(site: Here) -> RedirectResponse:
    """Lead to the form: whoever loads the answer's address again asks for it by GET."""
    return RedirectResponse(f"{site.root}/#subscribe", 303)


def signup_page(
    site: Site,
    form: Form,
    signup: SignUp,
    why: Literal["wrong", "again", "preview"],
    *,
    status: int = 200,
    **values: object,
) -> HTMLResponse:
    """Show the form again with everything that was typed; why: what stands above it."""
    now = int(site.app.clock().timestamp())
    token = form.text("token") if _is_ripe(site, form) else site.tokens.sign_form(now)
    shown = signup_form.values(site, signup, told=why != "again")
    page = site.page("subscribe.html", status, why=why, token=token, **shown, **values)
    return with_script(site, page)


@quick_page(pages, "GET", "/c/{token}")
async def ask(request: Request, site: Site) -> HTMLResponse:
    """Show the button: scanners follow the link of the mail, too."""
    token = request.path_params["token"]
    reader = await site.asking.find.ask(token)
    shown = nameless(reader, reader.preferences.schedule)
    fills = {TOKEN: token}
    return own_page(site, "confirm.html", reader, fills, (shown,), token=str(TOKEN), reader=shown)


@quick_page(pages, "POST", "/c/{token}")
async def confirm(request: Request, site: Site) -> HTMLResponse:
    """Subscribe the reader, and welcome them once."""
    ip = request.client.host if request.client else ""
    reader = await site.asking.confirm.ask(Press(request.path_params["token"], ip))
    shown = nameless(reader, DeliverySchedule())
    fills = {OTHER_TOKEN: site.link(Purpose.PREFERENCES, reader)}
    values = {"reader": shown, "preferences": str(OTHER_TOKEN)}
    return own_page(site, "confirmed.html", reader, fills, (shown,), **values)


@pages.get("/not-me/{token}")
def ask_refusal(token: str, site: Here) -> HTMLResponse:
    """Show the button of the mail's other link: "this was not me"."""
    found = refusal.find(site.app.database, site.tokens, token)
    return site.for_reader(found).page("not_me.html", token=token, address=found.address)


@pages.post("/not-me/{token}")
def refuse(token: str, site: Here) -> HTMLResponse:
    """Let the form send nothing to the address for a year, and forget it."""
    app = site.app
    found = refusal.find(app.database, site.tokens, token)
    refusal.refuse(app.database, site.tokens, app.settings.keys, token, app.clock())
    return site.for_reader(found).page("refused.html")


def note(site: Site, asking: Asking, check: Callable[[], object] = lambda: None) -> None:
    """Note a request, which is looked at once its answer is out, so that its time tells nothing.

    UnreachableError when the database is away: nothing is noted, and no email would come. check:
    called before; what it takes, such as a proof that counts once, is not taken for nothing.
    HTTPException 429 when the domain, or all together, got too many mails; where the mailbox did,
    the answer is the same as ever, and nothing else counts.
    """
    site.app.database.knock()
    limits, address = site.signup_limits, asking.address
    may_write = limits.may_write(address)
    if may_write:
        _refuse_for(limits.wait(address))
    check()
    if may_write:
        limits.mail(address)
    if not (may_write and limits.write(address)):
        asking = replace(asking, address="")  # noted all the same: it takes as long
    site.app.opt_in.note(asking)


def keep_within_limits(site: Site, host: str) -> None:
    """Count a visitor's attempt to subscribe; HTTPException 429 when there were too many."""
    _refuse_for(site.signup_limits.visit(host))


def _refuse_for(seconds: float) -> None:
    if seconds:
        raise HTTPException(
            429,
            N_("Too many attempts. Please try again later."),
            headers={"Retry-After": str(ceil(seconds))},
        )


def ask_for_proof(site: Site, solution: str, host: str) -> None:
    """Let who has no proof through only now and then, where proofs are asked for."""
    if site.proofs is not None and (wait := site.proofs.wait(solution, host)):
        raise HTTPException(
            429,
            N_(
                "Too many people are subscribing without JavaScript. "
                "Please enable it or try again later."
            ),
            headers={"Retry-After": str(ceil(wait))},
        )


def _is_ripe(site: Site, form: Form) -> bool:
    try:
        made = site.tokens.read_form(form.text("token"))
    except LinkError:
        return False
    age = site.app.clock().timestamp() - made
    return QUICKEST_SECONDS <= age <= OLDEST_SECONDS
