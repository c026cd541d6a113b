"""See before subscribing: what the last 30 days would have brought, without an address."""

from dataclasses import dataclass, replace
from datetime import date
from math import ceil

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse

from digest.delivery.forecast.lookback import Lookback, PastMail
from digest.ground.languages.language import N_
from digest.model import Cadence
from digest.render.cards import shown_title
from digest.render.destinations import shown_address
from digest.render.digest.wording import reason_text, section_title
from digest.web.limits import network_of
from digest.web.site import signup_form
from digest.web.site.forms import Form, Sent
from digest.web.site.signup_form import SignUp
from digest.web.site.subscribe import signup_page
from digest.web.site.view import Here, Site

pages = APIRouter()
FEW = 7  # matching papers a week: with fewer, some daily mails would have none
_LONGEST_QUERY = 8000  # characters


@dataclass(frozen=True, slots=True)
class ShownPaper:
    """A line of the list: where its title leads, and why it would have come."""

    title: str
    url: str
    why: str


@dataclass(frozen=True, slots=True)
class ShownMail:
    """The mail of one day."""

    day: date
    papers: list[ShownPaper]


@dataclass(frozen=True, slots=True)
class Preview:
    """A look back as the page shows it.

    papers, matching, emails: how many a week, rounded; None if there are too few editions to say.
    missing: names of what nothing was found for. follows: whether anything was chosen. few: whether
    a weekly mail suits better.
    """

    days: int
    mails: list[ShownMail]
    papers: int | None
    matching: int
    emails: int
    missing: list[str]
    follows: bool
    few: bool


@pages.get("/preview")
def link(request: Request, site: Here) -> HTMLResponse:
    """Show it for the choices in the address: /preview?topic=compression&interests=KV+cache."""
    if len(request.url.query) > _LONGEST_QUERY:
        raise HTTPException(414, N_("This address is too long."))
    return _page(request, site, Form(request.query_params.multi_items()))


@pages.post("/preview")
def look(request: Request, site: Here, form: Sent) -> HTMLResponse:
    """Show it for the choices of the form, which keeps all that was typed."""
    return _page(request, site, form)


def _page(request: Request, site: Site, form: Form) -> HTMLResponse:
    _keep_within_limits(site, request.client.host if request.client else "")
    signup = signup_form.read(site, form)
    unsaid = {name: told for name, told in signup.mistakes.items() if name != "email"}
    signup = replace(signup, mistakes=unsaid)
    if unsaid:
        return signup_page(site, form, signup, "wrong", status=422)
    if form.text("instead") == Cadence.WEEKLY:
        signup = _weekly(signup)
    found = site.lookbacks.look(signup.preferences)
    if found is None:
        page = signup_page(site, form, signup, "preview", status=503, preview=None)
        page.headers["Retry-After"] = "5"
        return page
    return signup_page(site, form, signup, "preview", preview=_shown(site, signup, found))


def _weekly(signup: SignUp) -> SignUp:
    schedule = replace(signup.preferences.schedule, cadence=Cadence.WEEKLY)
    return replace(
        signup,
        typed={**signup.typed, "cadence": Cadence.WEEKLY.value},
        preferences=replace(signup.preferences, schedule=schedule),
    )


def _shown(site: Site, signup: SignUp, found: Lookback) -> Preview:
    preferences = signup.preferences
    follows = bool(preferences.topics or preferences.interests)
    daily = preferences.schedule.cadence is not Cadence.WEEKLY
    matching = found.matching
    return Preview(
        days=found.days,
        mails=[_mail(site, mail) for mail in found.mails],
        papers=None if found.papers is None else round(found.papers),
        matching=round(matching or 0),
        emails=round(found.mails_a_week or 0),
        missing=[section_title(one, site.topic_names, site.language) for one in found.missing],
        follows=follows,
        few=follows and daily and matching is not None and 0 < matching < FEW,
    )


def _mail(site: Site, mail: PastMail) -> ShownMail:
    edition = mail.edition.edition
    papers = {each.paper.id: each.paper for each in edition.candidates}
    base_url = site.app.settings.base_url
    return ShownMail(
        edition.date,
        [
            ShownPaper(
                shown_title(papers[pick.paper_id], site.language),
                shown_address(papers[pick.paper_id], base_url),
                reason_text(pick.reason, site.topic_names, site.language),
            )
            for pick in mail.picks
        ],
    )


def _keep_within_limits(site: Site, host: str) -> None:
    wait = site.preview_visitor_limit.acquire(network_of(host))
    if wait := wait or site.preview_overall_limit.acquire("all"):
        raise HTTPException(
            429,
            N_("Too many previews at once. Please try again in a moment."),
            headers={"Retry-After": str(ceil(wait))},
        )
