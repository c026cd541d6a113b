"""The filter of a list of subscribers, as the query of a request says it."""

from dataclasses import replace
from typing import Annotated

from fastapi import Query

from digest.model import Cadence, DeliveryState, Layout, Origin, SubscriberState
from digest.subscribers.rules.reader_filter import (
    LONGEST_SEARCH,
    ReaderFilter,
    of_address,
    read_filter,
)
from digest.web.api.route import Day
from digest.web.site.view import Here

_SEARCH = (
    "A number, the Message-ID of a mail to them, the beginning of a domain (`@uni-`) or of an "
    "address (`ann@ex`), or a part of address or name."
)
_Word = Annotated[str, Query(max_length=64)]


def filter_of(
    site: Here,
    state: SubscriberState | None = None,
    email: Annotated[
        str, Query(max_length=LONGEST_SEARCH, description="Only of this address.")
    ] = "",
    search: Annotated[str, Query(max_length=LONGEST_SEARCH, description=_SEARCH)] = "",
    topic: Annotated[_Word, Query(description="Who follows this topic.")] = "",
    language: _Word = "",
    layout: Layout | None = None,
    cadence: Cadence | None = None,
    timezone: _Word = "",
    origin: Annotated[Origin | None, Query(description="How they came.")] = None,
    mail: Annotated[
        DeliveryState | None, Query(description="What became of their last mail.")
    ] = None,
    joined_from: Annotated[Day | None, Query(description="The first day, in UTC.")] = None,
    joined_to: Annotated[Day | None, Query(description="The last day, in UTC.")] = None,
    left_from: Day | None = None,
    left_to: Day | None = None,
) -> ReaderFilter | None:
    """Return what is asked for; None when no subscriber can have it. InputError names what is odd.

    email: takes the place of `search`.
    """
    given = {
        "state": state,
        "search": search,
        "topic": topic,
        "language": language,
        "layout": layout,
        "cadence": cadence,
        "timezone": timezone,
        "origin": origin,
        "mail": mail,
        "joined_from": joined_from,
        "joined_to": joined_to,
        "left_from": left_from,
        "left_to": left_to,
    }
    texts = {name: str(value) for name, value in given.items() if value}
    wanted = read_filter(texts, topics=site.app.topics.in_force.vocabulary.topics)
    if not email:
        return wanted
    exact = of_address(email)
    return replace(wanted, search=exact) if exact else None
