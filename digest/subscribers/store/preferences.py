"""What readers want, as the database holds it: read for every mail, and so without detours.

The columns come as they are stored. Wishes repeat, and nobody changes them once they are read: what
one reader's text was decoded to is another's too.
"""

import json
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import String, Text, cast, type_coerce

from digest.ground.database.tables import DeliveryScheduleRow, SubscriberRow
from digest.model import Cadence, DeliverySchedule, EmptyDay, Layout, Preferences

COLUMNS: tuple[Any, ...] = (
    cast(SubscriberRow.topics, Text),
    cast(SubscriberRow.interests, Text),
    cast(SubscriberRow.muted, Text),
    SubscriberRow.max_papers,
    type_coerce(SubscriberRow.layout, String),
    SubscriberRow.language,
    type_coerce(SubscriberRow.empty_day, String),
    type_coerce(DeliveryScheduleRow.cadence, String),
    DeliveryScheduleRow.hour,
    DeliveryScheduleRow.timezone,
    DeliveryScheduleRow.weekday,
)
_KEPT = 4096  # texts and schedules
_topics = lru_cache(_KEPT)(json.loads)
_layout = cache(Layout)
_empty_day = cache(EmptyDay)


def preferences(
    topics: str,
    interests: str,
    muted: str,
    max_papers: int,
    layout: str,
    language: str,
    empty_day: str,
    cadence: str,
    hour: int,
    timezone: str,
    weekday: int,
) -> Preferences:
    """Build preferences from the values of COLUMNS, in their order."""
    return Preferences(
        _topics(topics),
        _phrases(interests),
        _phrases(muted),
        max_papers,
        _schedule(cadence, hour, timezone, weekday),
        _layout(layout),
        language,
        _empty_day(empty_day),
    )


@lru_cache(_KEPT)
def _phrases(text: str) -> tuple[str, ...]:
    return tuple(json.loads(text))


@lru_cache(_KEPT)
def _schedule(cadence: str, hour: int, timezone: str, weekday: int) -> DeliverySchedule:
    return DeliverySchedule(Cadence(cadence), hour, timezone, weekday)
