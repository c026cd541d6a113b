"""Stop what is sent of an edition, let it go on, and try again what failed."""

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from digest.api_keys.keys import Scope
from digest.delivery import retries, stops
from digest.delivery.retries import Wanted
from digest.delivery.send_report import report_of
from digest.delivery.stops import Steered
from digest.model import DeliveryState
from digest.web.api.access import WITH_KEY, may
from digest.web.api.models import Strict
from digest.web.api.once import Once, made
from digest.web.api.problems import documented
from digest.web.api.route import ApiRoute, Flag
from digest.web.api.sending import StoppedOut, WhichDay
from digest.web.site.view import Here

_NO_NUL = r"^[^\x00]*$"
Reason = Annotated[str, Field(max_length=500, pattern=_NO_NUL)]

pages = APIRouter(
    tags=["sending"],
    route_class=ApiRoute,
    dependencies=[may(Scope.SEND_WRITE)],
    responses={**WITH_KEY, **documented(404, 409, 413, 415, 422)},
)


class StopBody(Strict):
    """Why, for the record."""

    reason: Reason = ""


class SteeredOut(BaseModel):
    """How an edition stands after a body. changed: false when it was so before."""

    edition: date
    changed: bool
    stopped: StoppedOut | None
    states: dict[DeliveryState, int]


class RetryBody(Strict):
    """Which deliveries to queue again. reply: what its reply has in it."""

    state: Literal["failed", "deferred", "uncertain", "skipped"] = "failed"
    reply: Annotated[str, Field(min_length=1, max_length=200, pattern=_NO_NUL)] | None = None
    dry_run: Flag = False


class RetriedOut(BaseModel):
    """How many deliveries of an edition were queued again, or with dry_run would be."""

    edition: date
    queued: int
    dry_run: bool


@pages.post("/editions/{day}/pause", response_model=SteeredOut)
def pause(day: WhichDay, body: StopBody, site: Here, once: Once) -> Response:
    """Let nothing more of an edition be sent; workers that are at it stop within seconds."""
    app = site.app
    return once(lambda: _made(stops.pause(app.database, day, body.reason, app.clock)))


@pages.post("/editions/{day}/resume", response_model=SteeredOut)
def resume(day: WhichDay, site: Here, once: Once) -> Response:
    """Let a paused edition go on; one that is cancelled stays so."""
    return once(lambda: _made(stops.resume(site.app.database, day, site.app.clock)))


@pages.post("/editions/{day}/cancel", response_model=SteeredOut)
def cancel(day: WhichDay, body: StopBody, site: Here, once: Once) -> Response:
    """Skip all that waits of an edition, for good."""
    app = site.app
    return once(lambda: _made(stops.cancel(app.database, day, body.reason, app.clock)))


@pages.post(
    "/editions/{day}/retry",
    response_model=RetriedOut,
)
def retry(day: WhichDay, body: RetryBody, site: Here, once: Once) -> Response:
    """Queue deliveries again, as `digest retry` does; whatever sends picks them up.

    What is uncertain may reach its reader a second time.
    """

    def work() -> Response:
        app = site.app
        report_of(app.database, day)  # is it open?
        wanted = Wanted(day, DeliveryState(body.state), reply=body.reply)
        found = retries.retry(
            app.database, wanted, app.editions.freshness, app.clock, dry_run=body.dry_run
        )
        return made(RetriedOut(edition=day, queued=found.queued.get(day, 0), dry_run=found.dry_run))

    return once(work)


def _made(found: Steered) -> Response:
    return made(SteeredOut(**found.to_json()))
