"""Suppressions, for whoever runs the service: list, ask, add, lift."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from digest.model import FeedbackKind
from digest.subscribers import suppression
from digest.subscribers.store.suppressions import Suppression
from digest.web.api.access import WITH_KEY
from digest.web.api.models import Strict
from digest.web.api.once import Once, made
from digest.web.api.problems import documented
from digest.web.api.route import TAGGED, ApiRoute
from digest.web.api.subscribers import READ, SOURCE, WRITE
from digest.web.site.view import Here

_LONGEST_ADDRESS = 320

pages = APIRouter(tags=["suppressions"], route_class=ApiRoute, responses=WITH_KEY)
Email = Annotated[
    str,
    Field(
        max_length=_LONGEST_ADDRESS,
        examples=["gone@example.net"],
        json_schema_extra={"format": "email"},
    ),
]


class SuppressionOut(BaseModel):
    """Why an address is never mailed again. kind: of the feedback that did it; null: none did."""

    reason: str
    source: str
    kind: FeedbackKind | None
    since: datetime


class ListedSuppression(SuppressionOut):
    """A suppression by the hash of its address."""

    hash: str


class SuppressionPage(BaseModel):
    """A part of the list. next: what to send as `cursor` for what follows; null at the end."""

    items: list[ListedSuppression]
    next: str | None


class NewSuppression(Strict):
    """An address that must not be mailed; it need not be a subscriber's."""

    email: Email
    reason: Annotated[
        str,
        Field(
            min_length=1,
            max_length=suppression.LONGEST_REASON,
            examples=["asked for it by phone"],
        ),
    ]


class Address(Strict):
    """An address, in the body and not in the path: what is in a path ends in logs."""

    email: Email


class Steered(BaseModel):
    """What came of it. changed: whether that was not so before."""

    changed: bool


@pages.get("/suppressions", dependencies=READ, responses={**TAGGED, **documented(422)})
def list_(
    site: Here,
    source: Annotated[str | None, Query(max_length=32, description="Only by this.")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[str, Query(max_length=64, description="From `next`.")] = "",
) -> SuppressionPage:
    """List who is suppressed, by the hashes of their addresses."""
    found = suppression.page(site.app.database, source=source, after=cursor, limit=limit)
    more = found[-1].address_hash if len(found) == limit else None
    items = [ListedSuppression(hash=one.address_hash, **one.suppression._asdict()) for one in found]
    return SuppressionPage(items=items, next=more)


@pages.post(
    "/suppressions",
    dependencies=WRITE,
    response_model=Steered,
    responses=documented(409, 413, 415, 422),
)
def add(new: NewSuppression, site: Here, once: Once) -> Response:
    """Never mail an address again; who is subscribed with it gets no mail any more."""

    def work() -> Response:
        done = suppression.suppress(
            site.app.database, new.email, new.reason, site.app.clock(), source=SOURCE
        )
        return made(Steered(changed=done.changed))

    return once(work)


@pages.post(
    "/suppressions/find",
    dependencies=READ,
    responses=documented(404, 413, 415, 422),
)
def find(wanted: Address, site: Here) -> SuppressionOut:
    """Say why an address is suppressed, and since when."""
    return _out(suppression.find(site.app.database, wanted.email))


@pages.post(
    "/suppressions/lift",
    dependencies=WRITE,
    response_model=Steered,
    responses=documented(404, 409, 413, 415, 422),
)
def lift(wanted: Address, site: Here, once: Once) -> Response:
    """Let an address be mailed again once its reader asks for it."""

    def work() -> Response:
        done = suppression.lift(site.app.database, wanted.email, site.app.clock())
        return made(Steered(changed=done.changed))

    return once(work)


def _out(found: Suppression) -> SuppressionOut:
    return SuppressionOut.model_validate(found._asdict())
