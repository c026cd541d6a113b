"""The preferences of readers as the database holds them: read for every mail, so without detours.

The columns come as they are stored. Preferences repeat, and nobody changes them once they are read:
what one reader's column was decoded to serves the others too.
"""

import json
import logging
from collections.abc import Callable
from dataclasses import fields
from functools import lru_cache
from operator import attrgetter, call
from typing import Any, TypeVar

from sqlalchemy import JSON, Enum, String, Text, cast, type_coerce

from digest.errors import InputError
from digest.ground.database.tables.readers import DeliveryScheduleRow, SubscriberRow
from digest.model import DeliverySchedule, Preferences
from digest.subscribers.rules.field_kinds import PreferenceField
from digest.subscribers.rules.preference_fields import FIELDS

_KEPT = 4096  # decoded columns
Piece = TypeVar("Piece")
_log = logging.getLogger(__name__)


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
_STORED = [(field.name, field.store, attrgetter(field.name)) for field in _OWN]
SCHEDULE_COLUMNS = tuple(field.name for field in _SCHEDULE)


def _as_stored(field: PreferenceField) -> Any:
    """Return a column without what SQLAlchemy would do to its values."""
    column = _row_column(field)
    if isinstance(column.type, JSON):
        return cast(column, Text)
    return type_coerce(column, String) if isinstance(column.type, Enum) else column


def _decoder(field: PreferenceField) -> Callable[[str], Any]:
    def decode(text: str) -> Any:
        try:
            stored = json.loads(text)
        except (ValueError, TypeError, RecursionError):
            raise InputError(f"the stored {field.name} are no JSON: {text!r:.60}") from None
        return field.restore(stored)

    return lru_cache(_KEPT)(decode)


COLUMNS: tuple[Any, ...] = tuple(map(_as_stored, _MANY + _FEW))
_DECODERS = list(map(_decoder, _MANY))
_COUNT = len(_MANY)


def preferences(*stored: Any) -> Preferences:
    """Build preferences from the values of COLUMNS, in their order.

    InputError names a value that cannot be read. When a reader wants mail is no such matter: it is
    decided by the schedule's row (see `schedules`), for all who share it.
    """
    return Preferences(*map(call, _DECODERS, stored), *_rest(stored[_COUNT:]))


def legible(subscriber_id: int, *stored: Any) -> Preferences:
    """Build preferences for lists of subscribers: what cannot be read is logged, and its default.

    So one row hides no other, and a page can mend it.
    """
    try:
        return preferences(*stored)
    except InputError as exc:
        _log.warning("Subscriber %d: %s; the list shows the default.", subscriber_id, exc)
    lists = map(_or_default, _MANY, _DECODERS, stored)
    rest = zip(_FEW, stored[_COUNT:], strict=True)
    values = {field.name: _or_default(field, field.restore, one) for field, one in rest}
    return Preferences(*lists, *_arguments(values))


def in_pieces(piece: Callable[[PreferenceField, Any], Piece]) -> Callable[..., list[Piece]]:
    """Return what makes a piece of each preference, in the order of FIELDS, for long lists.

    piece: of a field and its value, pure. The result is called like `legible`: with a subscriber's
    id and the values of COLUMNS. What comes again is not made again.
    """

    def listed(field: PreferenceField, decode: Callable[[str], Any]) -> Callable[[str], Piece]:
        return lru_cache(_KEPT)(lambda text: piece(field, decode(text)))

    @lru_cache(_KEPT)
    def rest(stored: tuple[Any, ...]) -> list[Piece]:
        whole = Preferences(*(field.default() for field in _MANY), *_rest(stored))
        return [piece(field, field.of(whole)) for field in _FEW]

    lists = [listed(field, decode) for field, decode in zip(_MANY, _DECODERS, strict=True)]

    def pieces(subscriber_id: int, *stored: Any) -> list[Piece]:
        try:
            return [*map(call, lists, stored), *rest(stored[_COUNT:])]
        except InputError:
            whole = legible(subscriber_id, *stored)
            return [piece(field, field.of(whole)) for field in FIELDS]

    return pieces


def schedule(**stored: Any) -> DeliverySchedule:
    """Build a schedule from the values of its columns; what cannot be read is as for new readers.

    The time zone is taken as it is, also when nobody knows it.
    """
    return DeliverySchedule(
        **{each.name: _or_default(each, each.restore, stored[each.name]) for each in _SCHEDULE}
    )


def _or_default(field: PreferenceField, restore: Callable[[Any], Any], stored: Any) -> Any:
    try:
        return restore(stored)
    except InputError:
        return field.default()


@lru_cache(_KEPT)
def _rest(stored: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return the arguments of Preferences behind the lists."""
    values = {field.name: one for field, one in zip(_FEW, stored, strict=True)}
    own = {field.name: field.restore(values[field.name]) for field in _FEW if field in _OWN}
    when = {each.name: _or_default(each, each.restore, values[each.name]) for each in _SCHEDULE}
    return _arguments(own | when)


def _arguments(values: dict[str, Any]) -> tuple[Any, ...]:
    """Return the arguments of Preferences behind the lists, of the values by field."""
    schedule = {field.name: values.pop(field.name) for field in _SCHEDULE}
    values["schedule"] = DeliverySchedule(**schedule)
    return tuple(values[name] for name in _ARGUMENTS[_COUNT:])


def own_columns(prefs: Preferences) -> dict[str, Any]:
    """Return what the columns of a subscriber's own row take; the schedule has another row."""
    return {name: store(value_of(prefs)) for name, store, value_of in _STORED}


def schedule_columns(schedule: DeliverySchedule) -> dict[str, Any]:
    """Return what the columns of a schedule take."""
    return {field.name: field.store(getattr(schedule, field.name)) for field in _SCHEDULE}
