"""The scripts of the sign-up form: one offers the time zone, one proves work where it is asked."""

from fastapi import APIRouter
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse

from digest.errors import NotFoundError
from digest.ground.languages.language import N_
from digest.web.security_headers import POLICY
from digest.web.site.assets import LASTING
from digest.web.site.view import Here, Site

pages = APIRouter()
WITH_SCRIPT = f"{POLICY}; script-src 'self'"
WITH_PROOF = f"{WITH_SCRIPT}; connect-src 'self'"


@pages.get("/proof")
def challenge(site: Here) -> JSONResponse:
    """Hand out a challenge; 404 where the form asks for none."""
    if site.proofs is None:
        raise NotFoundError(N_("There is no page at this address."))
    return JSONResponse(site.proofs.challenge())


@pages.get("/proof.js")
def script(site: Here) -> FileResponse:
    """Hand out the script that solves it."""
    return FileResponse(site.folder / "proof.js", media_type="text/javascript", headers=LASTING)


@pages.get("/zone.js")
def zone_script(site: Here) -> FileResponse:
    """Hand out the script that offers the browser's time zone."""
    return FileResponse(site.folder / "zone.js", media_type="text/javascript", headers=LASTING)


def with_script(site: Site, page: HTMLResponse) -> HTMLResponse:
    """Let a page with the form run our scripts."""
    policy = WITH_SCRIPT if site.proofs is None else WITH_PROOF
    page.headers["Content-Security-Policy"] = policy
    return page
