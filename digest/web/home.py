"""The first page, with the form, and the help."""

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from digest.core.consent import CONSENT
from digest.core.stamps import StampPurpose
from digest.web.proof_pages import with_script
from digest.web.site_view import Here

pages = APIRouter()
TOP = 5


@pages.get("/")
def home(site: Here, topic: str = "") -> HTMLResponse:
    """Say what this is, show what trends today, offer the form."""
    today = site.today()
    stamp = site.stamps.stamp(StampPurpose.FORM, int(site.app.clock().timestamp()))
    page = site.public_page(
        "home.html",
        edition=today.edition if today else None,
        papers=site.ranked(today.edition.candidates[:TOP]) if today else [],
        topics=site.app.catalogue.topics,
        consent=CONSENT.text(site.app.letterhead.name, site.language),
        chosen=topic,
        stamp=stamp,
    )
    return with_script(site, page)


@pages.get("/help")
def help_page(site: Here) -> HTMLResponse:
    """Answer what readers ask."""
    return site.public_page("help.html")
