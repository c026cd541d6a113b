"""What a browser needs to prove its work: a challenge, and our script that solves it."""

from fastapi import APIRouter
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse

from digest.errors import NotFoundError
from digest.ground.languages.language import N_
from digest.web.security_headers import POLICY
from digest.web.site.assets import LASTING
from digest.web.site.view import Here, Site

pages = APIRouter()
WITH_SCRIPT = f"{POLICY}; script-src 'self'; connect-src 'self'"


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


def with_script(site: Site, page: HTMLResponse) -> HTMLResponse:
    """Let a page with the form run our script, where proofs are asked for."""
    if site.proofs is not None:
        page.headers["Content-Security-Policy"] = WITH_SCRIPT
    return page
