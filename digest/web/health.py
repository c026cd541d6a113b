"""For whoever watches over the service: does it run, and can it do its work?"""

from fastapi import APIRouter
from fastapi.responses import PlainTextResponse

from digest.web.site_view import Here

pages = APIRouter()


@pages.get("/healthz")
def alive() -> PlainTextResponse:
    """Say that the process answers."""
    return PlainTextResponse("ok\n")


@pages.get("/readyz")
def ready(site: Here) -> PlainTextResponse:
    """Say whether the records can be read; 503 when not."""
    site.library.dates()
    return PlainTextResponse("ready\n")
