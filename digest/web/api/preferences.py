"""Subscribing and a reader's own preferences, as programs ask for them."""

from typing import Annotated

from fastapi import APIRouter, HTTPException, Request
from pydantic import BaseModel, Field

from digest.errors import NotFoundError
from digest.subscribers import unsubscribe, update_preferences
from digest.subscribers.opt_in import Asking
from digest.web.api.access import PUBLIC_REFUSALS, Reader, host_of
from digest.web.api.models import (
    PreferencesModel,
    Strict,
    SubscriberOut,
    preferences_of,
    remarks_of,
    subscriber_out,
)
from digest.web.api.problems import documented
from digest.web.api.route import TAGGED, ApiRoute
from digest.web.site.subscribe import ask_for_proof, keep_within_limits, note
from digest.web.site.view import Here

pages = APIRouter(tags=["readers"], route_class=ApiRoute)


class SubscriptionRequest(Strict):
    """An address, and the topics to begin with; unknown ones are left out."""

    email: Annotated[str, Field(max_length=400, examples=["ann@example.org"])]
    topics: Annotated[list[str], Field(max_length=200, examples=[["compression"]])] = Field(
        default_factory=list
    )
    proof: Annotated[str, Field(max_length=4000)] = (
        ""  # a solved challenge, where they are asked for
    )


class Accepted(BaseModel):
    """The same for every address."""

    detail: str = "If this address can be subscribed, an email with a link is on its way to it."


@pages.post(
    "/subscriptions", status_code=202, responses={**PUBLIC_REFUSALS, **documented(413, 415, 422)}
)
def subscribe(wanted: SubscriptionRequest, request: Request, site: Here) -> Accepted:
    """Ask for a subscription; whoever reads the address's mail confirms it with a link.

    The answer is the same for a new, a known, a suppressed and a wrong address, and comes before it
    is looked at.
    """
    keep_within_limits(site, host_of(request))
    ask_for_proof(site, wanted.proof, host_of(request))
    asking = Asking(wanted.email, tuple(wanted.topics), host_of(request))
    note(site, asking)
    return Accepted()


@pages.get("/preferences", responses={**TAGGED, **PUBLIC_REFUSALS, **documented(401)})
def show(reader: Reader) -> SubscriberOut:
    """Return the reader of the token with all preferences."""
    return subscriber_out(reader)


@pages.put("/preferences", responses={**PUBLIC_REFUSALS, **documented(401, 413, 415, 422)})
def save(preferences: PreferencesModel, reader: Reader, site: Here) -> SubscriberOut:
    """Replace all preferences of the token's reader; whatever is left out gets its default.

    The reader is told by mail, as by the page.
    """
    vocabulary = site.app.topics.in_force.vocabulary
    wanted = preferences_of(preferences, vocabulary)
    try:
        now = site.app.clock()
        update_preferences.save(site.app.database, reader.id, wanted, now, tell=True)
        found = unsubscribe.get(site.app.database, reader.id)
        return subscriber_out(found, remarks_of(preferences, vocabulary))
    except NotFoundError:  # erased since the token was read
        raise HTTPException(401, "A valid token from a preferences link is required.") from None
