"""The style sheet and the scripts of the console, each under an address with its version."""

from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException
from fastapi.responses import FileResponse

from digest.web.console.frame import FOLDER, ConsolePages, pages_of
from digest.web.site.assets import LASTING

pages = APIRouter()
_KINDS = {".css": "text/css", ".js": "text/javascript"}
Pages = Annotated[ConsolePages, Depends(pages_of)]


@pages.get("/{name}.css")
def style(name: str, _pages: Pages) -> FileResponse:
    """Hand out a style sheet."""
    return _file(f"{name}.css")


@pages.get("/{name}.js")
def script(name: str, _pages: Pages) -> FileResponse:
    """Hand out a script."""
    return _file(f"{name}.js")


def _file(name: str) -> FileResponse:
    path = FOLDER / name
    if path.parent != FOLDER or not path.is_file():
        raise HTTPException(404)
    return FileResponse(path, media_type=_KINDS[path.suffix], headers=LASTING)
