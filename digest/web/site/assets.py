"""The style sheet and the icon."""

from fastapi import APIRouter
from fastapi.responses import FileResponse

from digest.web.site.view import Here

pages = APIRouter()
LASTING = {"Cache-Control": "public, max-age=31536000, immutable"}  # its address has its version


@pages.get("/style.css")
def style(site: Here) -> FileResponse:
    """Hand out the style sheet."""
    return FileResponse(site.folder / "style.css", media_type="text/css", headers=LASTING)


@pages.get("/icon.svg")
@pages.get("/favicon.ico")
def icon(site: Here) -> FileResponse:
    """Hand out the icon."""
    return FileResponse(site.folder / "icon.svg", media_type="image/svg+xml", headers=LASTING)
