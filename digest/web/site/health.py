"""For whoever watches over the service: does it run, can it do its work, how much does it do?"""

import hmac
from ipaddress import ip_address

from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.exceptions import HTTPException

from digest.operations.doctor.servers import INSTANCE_HEADER
from digest.web.site.view import Here, Site

FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")
pages = APIRouter()


async def alive(request: Request) -> PlainTextResponse:
    """Say that the process answers, and which service it is of (for `digest doctor`)."""
    site: Site = request.app.state.site
    return PlainTextResponse("ok\n", headers={INSTANCE_HEADER: site.instance})


async def ready(request: Request) -> PlainTextResponse:
    """Say whether the records can be read and are of this program's schema; 503 when not."""
    site: Site = request.app.state.site
    found = await site.readiness.find()
    return PlainTextResponse(found.text, found.status)


# They wait for no thread, and for the database a moment only: see `readiness`.
pages.add_route("/healthz", alive, methods=["GET"], include_in_schema=False)
pages.add_route("/readyz", ready, methods=["GET"], include_in_schema=False)


@pages.get("/metrics")
def metrics(site: Here, request: Request) -> Response:
    """Give the figures to whoever may have them; to others there is no such page."""
    if not _may_read(request, site):
        raise HTTPException(404)
    return Response(generate_latest(site.figures), media_type=CONTENT_TYPE_LATEST)


def _may_read(request: Request, site: Here) -> bool:
    """Whoever has the token; without one, programs on this machine that use no proxy."""
    token = site.app.settings.metrics_token
    if token is not None:
        wanted = f"Bearer {token.get_secret_value()}".encode()
        return hmac.compare_digest(wanted, request.headers.get("authorization", "").encode())
    if any(name in request.headers for name in FORWARDED):
        return False
    try:
        return ip_address(request.client.host if request.client else "").is_loopback
    except ValueError:
        return False
