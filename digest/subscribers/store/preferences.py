"""The preferences of readers as the database holds them: read for every mail, so without detours.

The columns come as they are stored. Preferences repeat, and nobody changes them once they are read:
what one reader's column was decoded to serves the others too.
"""

import json
from collections.abc import Callable
from dataclasses import fields
from functools import lru_cache
from operator import call
from typing import Any

from sqlalchemy import JSON, Enum, String, Text, cast, type_coerce

from digest.ground.database.tables import DeliveryScheduleRow, SubscriberRow
from digest.model import DeliverySchedule, Preferences
from digest.subscribers.rules.field_kinds import PreferenceField
from digest.subscribers.rules.preference_fields import FIELDS

_KEPT = 4096  # decoded columns


def _row_column(field: PreferenceField) -> Any:
    return getattr(DeliveryScheduleRow if field.in_schedule else SubscriberRow, field.name)


def _is_json(field: PreferenceField) -> bool:
    return isinstance(_row_column(field).type, JSON)


# Lists and the like differ from reader to reader; of the others there are few combinations. The
# former are the first arguments of Preferences (a test compares), which is quicker than names.
_ARGUMENTS = [field.name for field in fields(Preferences)]
_MANY = sorted(filter(_is_json, FIELDS), key=lambda field: _ARGUMENTS.index(field.name))
_FEW = [field for field in FIELDS if field not in _MANY]
_OWN = [field for field in FIELDS if not field.in_schedule]
_SCHEDULE = [field for field in FIELDS if field.in_schedule]


def _as_stored(field: PreferenceField) -> Any:
    """Return a column without what SQLAlchemy would do to its values."""
    column = _row_column(field)
    if isinstance(column.type, JSON):
        return cast(column, Text)
    return type_coerce(column, String) if isinstance(column.type, Enum) else column


def _decoder(field: PreferenceField) -> Callable[[str], Any]:
    return lru_cache(_KEPT)(lambda text: field.restore(json.loads(text)))


COLUMNS: tuple[Any, ...] = tuple(map(_as_stored, _MANY + _FEW))
_DECODERS = list(map(_decoder, _MANY))
_COUNT = len(_MANY)


def preferences(*stored: Any) -> Preferences:
    """Build preferences from the values of COLUMNS, in their order."""
    return Preferences(*map(call, _DECODERS, stored), *_rest(stored[_COUNT:]))


@lru_cache(_KEPT)
def _rest(stored: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return the arguments of Preferences behind the lists."""
    values = {field.name: field.restore(one) for field, one in zip(_FEW, stored, strict=True)}
    schedule = {field.name: values.pop(field.name) for field in _SCHEDULE}
    values["schedule"] = DeliverySchedule(**schedule)
    return tuple(values[name] for name in _ARGUMENTS[_COUNT:])


def own_columns(prefs: Preferences) -> dict[str, Any]:
    """Return what the subscriber's own columns take; the schedule has a row of its own."""
    return {field.name: field.store(field.of(prefs)) for field in _OWN}


def schedule_columns(schedule: DeliverySchedule) -> dict[str, Any]:
    """Return what the columns of a schedule take."""
    return {field.name: field.store(getattr(schedule, field.name)) for field in _SCHEDULE}
