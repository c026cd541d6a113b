"""Pages that thousands open at once: they are answered on the event loop, and no thread is taken.

They wait for the database in rounds (`asking`), and are made from kept pages with holes. Nothing of
theirs may take longer than a millisecond there.
"""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from digest.model import DeliverySchedule, Preferences, Subscriber
from digest.web.origins import ONE_CLICK, refuse_foreign
from digest.web.site.quick.kept_pages import Hole
from digest.web.site.view import Site, here

Page = Callable[[Request, Site], Awaitable[Response]]
TOKEN, OTHER_TOKEN, TOPICS = Hole(), Hole(), Hole()
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


def nameless(reader: Subscriber, schedule: DeliverySchedule) -> Subscriber:
    """Return a reader as a kept page may show them: with holes for what is theirs alone.

    schedule: what the page says of theirs. The state stays, and no other wish.
    """
    name = str(_NAME) if reader.name else ""
    return Subscriber(
        0, str(_ADDRESS), name, reader.state, Preferences(schedule=schedule), _LONG_AGO, b""
    )


def own_page(
    site: Site,
    template: str,
    reader: Subscriber,
    holes: dict[Hole, str],
    key: tuple[object, ...],
    /,
    **values: object,
) -> HTMLResponse:
    """Return a page of a reader in their language, from one that is kept.

    holes: what fills those of `values`, in this order. values: what the template gets; but for
    holes it follows from `key`, in which a `nameless` reader may be, or who shares the page would
    read of somebody else.
    """
    site = site.for_reader(reader)
    page = site.kept.get_quickly(
        (site.language.tag, template, repr(key)),
        lambda: bytes(site.page(template, 200, **values).body),
    )
    for hole, text in {**holes, _ADDRESS: reader.address, _NAME: reader.name}.items():
        page = hole.fill(page, text)
    return HTMLResponse(page, headers={"Content-Language": site.language.tag})
