"""Pages that thousands open at once: they are answered on the event loop, and no thread is taken.

They wait for the database in rounds (`asking`), and are made from kept pages with holes. Nothing of
theirs may take longer than a millisecond there.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from digest.model import Subscriber
from digest.web.origins import ONE_CLICK, refuse_foreign
from digest.web.site.quick.kept_pages import Hole
from digest.web.site.view import Site, here

Page = Callable[[Request, Site], Awaitable[Response]]
TOKEN, OTHER_TOKEN = Hole(), Hole()
_ADDRESS, _NAME = Hole(), Hole()
_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


def quick_page(pages: APIRouter, method: str, path: str) -> Callable[[Page], Page]:
    """Add a page as a plain route: what the framework does for others takes 0.1 ms a request."""

    def add(page: Page) -> Page:
        async def answer(request: Request) -> Response:
            site = await here(request)
            if path != ONE_CLICK:
                refuse_foreign(request, site)
            return await page(request, site)

        pages.add_route(path, answer, methods=[method], include_in_schema=False)
        return page

    return add


def nameless(reader: Subscriber) -> Subscriber:
    """Return a reader as a kept page may show them: with holes for what is theirs alone.

    State, pause and preferences stay: the page is kept by them.
    """
    name = str(_NAME) if reader.name else ""
    return replace(reader, id=0, address=str(_ADDRESS), name=name, nonce=b"", created_at=_LONG_AGO)


def own_page(
    site: Site,
    template: str,
    reader: Subscriber,
    holes: dict[Hole, str],
    key: tuple[object, ...] = (),
    /,
    **values: object,
) -> HTMLResponse:
    """Return a page of a reader in their language, from one that is kept.

    holes: what fills those of `values`. values: what the template gets; but for holes it follows
    from the `nameless` reader and `key`.
    """
    site = site.for_reader(reader)
    same = (reader.state, reader.paused_until, repr(reader.preferences), bool(reader.name))
    page = site.kept.get_quickly(
        (site.language.tag, template, same, key), lambda: bytes(site.page(template, **values).body)
    )
    for hole, text in {**holes, _ADDRESS: reader.address, _NAME: reader.name}.items():
        page = hole.fill(page, text)
    return HTMLResponse(page, headers={"Content-Language": site.language.tag})
