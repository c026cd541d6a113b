"""Refuse forms that other websites send (cross-site request forgery).

No cookie tells our pages who somebody is, so a foreign form can do little: it can fill in the
sign-up form from the addresses of its visitors. Browsers say where a form comes from; programs that
say nothing are let through, and so is the one-click unsubscribing of mail programs (RFC 8058).
"""

from urllib.parse import urlsplit

from fastapi import Depends, HTTPException, Request

from digest.ground.languages.language import N_
from digest.web.site.view import Here, Site

ONE_CLICK = "/u/{token}"
_OWN = ("same-origin", "none")


async def _refuse_foreign(request: Request, site: Here) -> None:
    if request.scope["route"].path != ONE_CLICK:
        refuse_foreign(request, site)  # not worth a thread


def refuse_foreign(request: Request, site: Site) -> None:
    """HTTPException 403 for a POST that a page of another origin has sent."""
    if request.method != "POST":
        return
    own = (request.headers.get("host", ""), urlsplit(site.app.settings.base_url).netloc)
    if is_foreign(
        request.headers.get("sec-fetch-site"), request.headers.get("origin", "null"), own
    ):
        raise HTTPException(
            403, N_("This form was sent from another website. Please use the form on our own page.")
        )


def is_foreign(fetch_site: str | None, origin: str, own: tuple[str, ...]) -> bool:
    """Whether a request says that another website has sent it.

    fetch_site: the Sec-Fetch-Site header, which no page can alter; None without it. origin: the
    Origin header. It is "null" for our own forms, too, because our pages send no referrer (Fetch
    standard, section 3.2). own: hosts with ports that are ours.
    """
    if fetch_site is not None:
        return fetch_site not in _OWN
    return origin != "null" and origin.partition("://")[2] not in own


FromHere = Depends(_refuse_foreign)
