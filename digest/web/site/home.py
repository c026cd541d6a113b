"""The first page, with the form, and the help."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from digest.topics.former_slugs import current
from digest.web.site import signup_form
from digest.web.site.proof_pages import with_script
from digest.web.site.quick.kept_pages import Hole
from digest.web.site.quick.pages import quick_page
from digest.web.site.view import PUBLIC, Here, Site

pages = APIRouter()
TOP = 8
_TOKEN = Hole()


@quick_page(pages, "GET", "/")
async def home(request: Request, site: Site) -> HTMLResponse:
    """Say what this is, show what trends today, offer the form.

    The page is kept for a moment, the form's token is not: it says when the form was handed out.
    """
    chosen = next(iter(current(request.query_params.get("topic", ""), site.topic_names)), "")
    page = await site.kept.get((site.language.tag, chosen), lambda: _home(site, chosen))
    token = site.tokens.sign_form(int(site.app.clock().timestamp()))
    body = _TOKEN.fill(page, token)
    headers = {**PUBLIC, "Content-Language": site.language.tag}
    return with_script(site, HTMLResponse(body, headers=headers))


@pages.get("/help")
def help_page(site: Here) -> HTMLResponse:
    """Answer what readers ask."""
    return site.public_page("help.html")


def _home(site: Site, chosen: str) -> bytes:
    today = site.today()
    page = site.public_page(
        "home.html",
        edition=today.edition if today else None,
        papers=site.ranked(today.edition.candidates[:TOP]) if today else [],
        token=str(_TOKEN),
        fresh=True,
        **signup_form.values(site, signup_form.fresh(site, chosen), told=False),
    )
    return bytes(page.body)
