"""Subscribers, for whoever runs the service: list, add, change, end, erase."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import BaseModel, Field

from digest.api_keys.keys import Scope
from digest.api_keys.store.api_keys import ApiKey
from digest.model import Origin, SubscriberState
from digest.subscribers import subscriptions, update_preferences
from digest.subscribers import unsubscribe as unsubscribing
from digest.subscribers.rules.reader_filter import ReaderFilter
from digest.web.api.access import WITH_KEY, Key, host_of, may
from digest.web.api.models import (
    LARGEST_ID,
    Page,
    PreferencesModel,
    Strict,
    SubscriberOut,
    preferences_of,
    remarks_of,
    subscriber_out,
)
from digest.web.api.once import Once, made
from digest.web.api.problems import documented
from digest.web.api.reader_filter import filter_of
from digest.web.api.route import PREFIX, TAGGED, ApiRoute
from digest.web.site.view import Here

READ = [may(Scope.SUBSCRIBERS_READ)]
WRITE = [may(Scope.SUBSCRIBERS_WRITE)]
Id = Annotated[int, Path(ge=1, le=LARGEST_ID)]
SOURCE = "api"  # in the record of what was done by a program
CONSENT = "How and when they agreed, in words; it is recorded."
_NO_BODY = documented(404, 409, 413, 422)

pages = APIRouter(tags=["subscribers"], route_class=ApiRoute, responses=WITH_KEY)


class NewSubscriber(Strict):
    """Somebody who has agreed already. Who has not is asked by POST /subscriptions."""

    email: Annotated[
        str,
        Field(max_length=320, examples=["ann@example.org"], json_schema_extra={"format": "email"}),
    ]
    name: Annotated[str, Field(max_length=subscriptions.LONGEST_NAME)] = ""
    consent: Annotated[
        str,
        Field(
            min_length=1,
            max_length=500,
            description=CONSENT,
            examples=["ticked the box on paper form 12, 2026-11-19"],
        ),
    ]
    preferences: PreferencesModel = PreferencesModel()


class Left(BaseModel):
    """What came of ending a subscription. changed: false when it had ended before."""

    changed: bool
    subscriber: SubscriberOut


@pages.get("/subscribers", dependencies=READ, responses={**TAGGED, **documented(422)})
def list_(
    site: Here,
    wanted: Annotated[ReaderFilter | None, Depends(filter_of)],
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[int, Query(ge=0, le=LARGEST_ID, description="From `next`.")] = 0,
) -> Page:
    """List subscribers, the oldest first.

    Where a filter leads to few of many, a page may have less than it may, or none: go on with
    `next` while it is there.
    """
    if wanted is None:
        return Page(items=[], next=None)
    found = subscriptions.page(site.app.database, wanted, after=cursor, limit=limit)
    return Page(items=[subscriber_out(one) for one in found.readers], next=found.next)


@pages.post(
    "/subscribers",
    status_code=201,
    dependencies=WRITE,
    response_model=SubscriberOut,
    responses=documented(409, 413, 415, 422),
)
def add(new: NewSubscriber, request: Request, site: Here, key: Key, once: Once) -> Response:
    """Add somebody who has agreed already, with the record of it."""
    vocabulary = site.app.topics.in_force.vocabulary
    preferences = preferences_of(new.preferences, vocabulary, "preferences")
    remarks = remarks_of(new.preferences, vocabulary)

    def work() -> Response:
        added = subscriptions.add_new(
            site.app.database,
            subscriptions.new_subscriber(new.email, new.name, preferences),
            state=SubscriberState.ACTIVE,
            now=site.app.clock(),
            origin=Origin.API,
            consent=consent_of(key, new.consent, request),
        )
        return made(
            subscriber_out(added, remarks), 201, f"{site.root}{PREFIX}/subscribers/{added.id}"
        )

    return once(work)


@pages.get("/subscribers/{id}", dependencies=READ, responses={**TAGGED, **documented(404, 422)})
def show(id: Id, site: Here) -> SubscriberOut:
    """Return one subscriber."""
    return subscriber_out(unsubscribing.get(site.app.database, id))


@pages.put(
    "/subscribers/{id}/preferences",
    dependencies=WRITE,
    responses=documented(404, 413, 415, 422),
)
def save(id: Id, preferences: PreferencesModel, site: Here) -> SubscriberOut:
    """Replace all preferences of a subscriber; whatever is left out gets its default."""
    vocabulary = site.app.topics.in_force.vocabulary
    wanted = preferences_of(preferences, vocabulary)
    update_preferences.save(site.app.database, id, wanted, site.app.clock())
    remarks = remarks_of(preferences, vocabulary)
    return subscriber_out(unsubscribing.get(site.app.database, id), remarks)


@pages.post(
    "/subscribers/{id}/unsubscribe",
    dependencies=WRITE,
    response_model=Left,
    responses=_NO_BODY,
)
def unsubscribe(id: Id, site: Here, once: Once) -> Response:
    """End a subscription at once. No mail goes out."""

    def work() -> Response:
        step = unsubscribing.unsubscribe(site.app.database, id, site.app.clock(), source=SOURCE)
        return made(Left(changed=step.changed, subscriber=subscriber_out(step.subscriber)))

    return once(work)


@pages.delete(
    "/subscribers/{id}", status_code=204, dependencies=WRITE, responses=documented(404, 422)
)
def erase(id: Id, site: Here) -> None:
    """Erase a subscriber: what stays is a number, and when what happened to it."""
    update_preferences.erase(site.app.database, id, site.app.clock())


def consent_of(key: ApiKey, said: str, request: Request) -> dict[str, str]:
    """Return what is recorded of how somebody agreed."""
    return {"said": said, "api_key": key.name, "ip": host_of(request)}
