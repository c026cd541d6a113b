"""Editions and what is sent of them: open, order the sending, the ledger, how it stands."""

from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel

from digest.api_keys.keys import Scope
from digest.delivery import approval, planning
from digest.delivery.send_report import SendReport, report_of
from digest.editions.changing import Author
from digest.editions.store import editions
from digest.model import DeliveryState, FeedbackKind, StopKind
from digest.operations import listings
from digest.web.api.access import WITH_KEY, may
from digest.web.api.models import Strict
from digest.web.api.once import Once, made
from digest.web.api.problems import documented
from digest.web.api.route import PREFIX, TAGGED, ApiRoute, Day, Flag
from digest.web.site.view import Here, Site

BY_API = "the API"  # who approves an edition, in the record of its changes
CURSOR = r"^[1-9][0-9]{0,6}-[0-9]{1,9}$"
WhichDay = Annotated[Day, Path(examples=["2026-11-19"])]
READ = [may(Scope.DELIVERIES_READ)]

pages = APIRouter(tags=["sending"], route_class=ApiRoute, responses=WITH_KEY)


class EditionBody(Strict):
    """Which edition to open. date: left out, that of the newest dump."""

    date: Day | None = None


class OpenedOut(BaseModel):
    """An open edition. sends_at: when it is due by the hour of the service."""

    date: date
    opened_at: datetime
    sends_at: datetime
    papers: int


class StoppedOut(BaseModel):
    """Why nothing of an edition is sent at the moment, and since when."""

    kind: StopKind
    since: datetime
    reason: str


class ReportOut(BaseModel):
    """How an edition stands. balanced: whether `planned` is the sum of all states.

    stopped: what keeps it from being sent; null when nothing does.
    """

    edition: date
    planned: int
    states: dict[DeliveryState, int]
    balanced: bool
    dry_run: bool
    note: str
    stopped: StoppedOut | None


class OrderOut(ReportOut):
    """An edition whose sending was ordered. queued: how many were planned by this request."""

    queued: int
    report: str


class DeliveryOut(BaseModel):
    """A line of the ledger. email: empty once the reader was erased.

    feedback: what came back of the mail last; null: nothing.
    """

    email: str
    subscriber: int
    edition: date
    state: DeliveryState
    attempts: int
    uncertain: bool
    message_id: str
    reply: str
    feedback: FeedbackKind | None
    settled_at: datetime | None
    not_before: datetime | None
    papers: list[str]


class Deliveries(BaseModel):
    """A part of the ledger. next: what to send as `cursor` for what follows; null at the end."""

    items: list[DeliveryOut]
    next: str | None


@pages.post(
    "/editions",
    status_code=201,
    dependencies=[may(Scope.EDITIONS_WRITE)],
    response_model=OpenedOut,
    responses={
        200: {"model": OpenedOut, "description": "It was open before."},
        **documented(404, 409, 413, 415, 422),
    },
)
def open_edition(body: EditionBody, site: Here, once: Once) -> Response:
    """Open an edition, which freezes its papers; an open one stays as it is."""

    def work() -> Response:
        app = site.app
        with app.database.read() as session:
            before = editions.last_opened(session)
        found = app.editions.open(body.date)
        edition, is_new = found.edition, found.id > before
        opened = OpenedOut(
            date=edition.date,
            opened_at=found.opened_at,
            sends_at=edition.sends_at,
            papers=len(edition.candidates),
        )
        place = f"{site.root}{PREFIX}/editions/{edition.date}"
        return made(opened, 201 if is_new else 200, place if is_new else "")

    return once(work)


@pages.post(
    "/editions/{day}/send",
    status_code=202,
    dependencies=[may(Scope.SEND_WRITE)],
    response_model=OrderOut,
    responses={
        200: {"model": ReportOut, "description": "With dry_run: what would come of it."},
        **documented(404, 409, 413, 422),
    },
)
def send(
    day: WhichDay,
    site: Here,
    once: Once,
    dry_run: Annotated[Flag, Query(description="Compose all mails; plan and send none.")] = False,
) -> Response:
    """Plan the mails of an open edition for every active reader who has not had it.

    This sends nothing itself: the planned deliveries are in the ledger, and whatever sends picks
    them up (`digest worker`, `digest run`, or `digest send` with the date). `report` leads to how
    it stands.
    """
    if dry_run:
        return once(lambda: made(_report(site.app.delivery.rehearse(day, show=lambda *_: None))))
    return once(lambda: _order(site, day))


@pages.post(
    "/editions/{day}/approve",
    dependencies=[may(Scope.SEND_WRITE)],
    response_model=ReportOut,
    responses=documented(404, 409, 413, 422),
)
def approve(day: WhichDay, site: Here, once: Once) -> Response:
    """Let an edition go that waits to be approved (DIGEST_APPROVAL); again is harmless."""

    def work() -> Response:
        database = site.app.database
        approval.approve(database, day, Author(BY_API, site.app.clock()))
        return made(_report(report_of(database, day)))

    return once(work)


@pages.get(
    "/editions/{day}/report", dependencies=READ, responses={**TAGGED, **documented(404, 422)}
)
def report(day: WhichDay, site: Here) -> ReportOut:
    """Return how an open edition stands."""
    return _report(report_of(site.app.database, day))


@pages.get("/deliveries", dependencies=READ, responses={**TAGGED, **documented(422)})
def deliveries(
    site: Here,
    edition: Annotated[Day | None, Query(examples=["2026-11-19"])] = None,
    state: DeliveryState | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[str, Query(pattern=CURSOR, description="From `next`.")] = "1-0",
) -> Deliveries:
    """List the ledger by edition and subscriber, as `digest deliveries --json` does."""
    found = listings.deliveries_page(
        site.app.database, on=edition, state=state, address=None, after=_place(cursor), limit=limit
    )
    lines = [DeliveryOut.model_validate(one) for one in found]
    return Deliveries(items=lines, next=_cursor(found[-1]) if len(found) == limit else None)


def _order(site: Site, day: date) -> Response:
    queued, report = planning.plan_edition(
        site.app.database,
        day,
        now=site.app.clock(),
        zone=site.app.settings.timezone,
        canary=site.app.delivery.thresholds.canary,
    )
    place = f"{site.root}{PREFIX}/editions/{day}/report"
    ordered = OrderOut(**_report(report).model_dump(), queued=queued, report=place)
    return made(ordered, 202, place)


def _report(report: SendReport) -> ReportOut:
    said = report.to_json()
    return ReportOut(**{name: said[name] for name in ReportOut.model_fields})


def _place(cursor: str) -> tuple[date, int]:
    """Read a cursor: the edition's ordinal day and the subscriber's id."""
    day, subscriber = map(int, cursor.split("-"))
    return date.fromordinal(min(day, date.max.toordinal())), subscriber


def _cursor(last: dict[str, Any]) -> str:
    return f"{date.fromisoformat(last['edition']).toordinal()}-{last['subscriber']}"
