"""What the API takes and gives of readers; `subscribers/rules/preferences` says what is allowed."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Literal

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from digest.model import Cadence, EmptyDay, Layout, Preferences, Subscriber, SubscriberState
from digest.subscribers.rules.preferences import (
    GREATEST_WEIGHT,
    LONGEST_MAIL,
    MOST_PHRASES,
    MOST_TOPICS,
    WEEKDAYS,
    mistakes,
)
from digest.web.site.view import Site

LARGEST_ID = 2**31 - 1
Weight = Annotated[float, Field(gt=0, le=GREATEST_WEIGHT, strict=True, allow_inf_nan=False)]
Phrase = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern="^[^;]*$")]
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


class Strict(BaseModel):
    """What comes in: nothing that we do not know, and no text where a number belongs."""

    model_config = ConfigDict(extra="forbid")


class Wishes(Strict):
    """What a reader wants; what is left out has the default. See docs/use/subscribers.md."""

    topics: Annotated[
        dict[str, Weight],
        Field(max_length=MOST_TOPICS, examples=[{"compression": 2, "speech": 1}]),
    ] = {}
    interests: Annotated[
        list[Phrase], Field(max_length=MOST_PHRASES, examples=[["KV cache eviction"]])
    ] = []
    muted: Annotated[list[Phrase], Field(max_length=MOST_PHRASES, examples=[["survey"]])] = []
    cadence: Cadence = Cadence.DAILY
    weekday: Weekday = "monday"
    hour: Annotated[int, Field(ge=0, le=23, strict=True)] = 7
    timezone: Annotated[str | None, Field(examples=["Europe/Berlin"])] = None
    max_papers: Annotated[int, Field(ge=1, le=LONGEST_MAIL, strict=True)] = 10
    layout: Layout = Layout.FULL
    language: Annotated[str, Field(examples=["en"])] = "en"
    empty_day: EmptyDay = EmptyDay.SKIP


class SubscriberOut(BaseModel):
    """A subscriber. paused_until: the reader's own date on which mail goes on."""

    id: int
    email: str
    name: str
    state: SubscriberState
    created_at: datetime
    paused_until: date | None
    preferences: Wishes


class Page(BaseModel):
    """Subscribers by id. next: what to send as `cursor` for those that follow; null at the end."""

    items: list[SubscriberOut]
    next: int | None


def fields_of(wishes: Wishes, site: Site, *place: str) -> dict[str, str]:
    """Return wishes as the words that the page and files give, each of which can be taken.

    place: where in the body they are, if not at its top. RequestValidationError names all mistakes.
    """
    fields = {
        "topics": ";".join(f"{slug}:{weight}" for slug, weight in wishes.topics.items()),
        "interests": ";".join(wishes.interests),
        "muted": ";".join(wishes.muted),
        "cadence": wishes.cadence.value,
        "weekday": wishes.weekday,
        "hour": str(wishes.hour),
        "timezone": wishes.timezone or "",
        "max_papers": str(wishes.max_papers),
        "layout": wishes.layout.value,
        "language": wishes.language,
        "empty_day": wishes.empty_day.value,
    }
    odd = {slug for slug in wishes.topics if slug not in site.topic_names}
    wrong: Mapping[str, str] = mistakes(fields, site.app.files.vocabulary)
    if odd and "topics" not in wrong:  # a name that falls apart into others
        wrong = {**wrong, "topics": f"there is no topic {min(odd)[:60]!r}"}
    if wrong:
        raise RequestValidationError(
            [{"loc": ("body", *place, name), "msg": said} for name, said in wrong.items()]
        )
    return fields


def subscriber_out(one: Subscriber) -> SubscriberOut:
    """Return a subscriber as the API shows him."""
    return SubscriberOut(
        id=one.id,
        email=one.address,
        name=one.name,
        state=one.state,
        created_at=one.created_at,
        paused_until=one.paused_until,
        preferences=_wishes_out(one.preferences),
    )


def _wishes_out(prefs: Preferences) -> Wishes:
    """What is stored was taken once, so it is shown as it is."""
    return Wishes.model_construct(
        topics=dict(prefs.topics),
        interests=list(prefs.interests),
        muted=list(prefs.muted),
        cadence=prefs.schedule.cadence,
        weekday=WEEKDAYS[prefs.schedule.weekday],
        hour=prefs.schedule.hour,
        timezone=prefs.schedule.timezone,
        max_papers=prefs.max_papers,
        layout=prefs.layout,
        language=prefs.language,
        empty_day=prefs.empty_day,
    )
