"""Define column types: moments in UTC, lists of lines, and enumerations as words."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import DateTime, Dialect, Enum, Text
from sqlalchemy.types import TypeDecorator, TypeEngine

from digest.model import DeliveryState

# What a word is read as that is none of an enumeration, so that its row spoils no other.
_ODD: dict[Any, StrEnum] = {DeliveryState: DeliveryState.FAILED}


class UtcDateTime(TypeDecorator[datetime]):
    """Aware UTC in Python on every database; naive datetimes are refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a time without a zone; SQLite stores no zone, so it gets plain UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a datetime without a time zone: {value!r}")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Return the moment in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Lines(TypeDecorator[tuple[str, ...]]):
    """Texts without line breaks, one a line: they are searched as they are read.

    No text is NULL. A comparison such as `icontains` takes a plain text.
    """

    impl = Text
    cache_ok = True

    def coerce_compared_value(self, _operator: Any, _value: Any) -> TypeEngine[Any]:
        """Compare with a text, not with a list of them."""
        return Text()

    def process_bind_param(self, value: tuple[str, ...] | None, _dialect: Dialect) -> str | None:
        """Join the texts."""
        return "\n".join(value) if value else None

    def process_result_value(self, value: str | None, _dialect: Dialect) -> tuple[str, ...]:
        """Take them apart again."""
        return tuple(value.split("\n")) if value else ()


class _Words(Enum):
    """Words of an enumeration, of which one may stand for all that are none."""

    def _object_value_for_elem(self, elem: str) -> Any:
        try:
            return super()._object_value_for_elem(elem)
        except LookupError:
            if self.enum_class not in _ODD:
                raise
            return _ODD[self.enum_class]


def words(enum: type[StrEnum]) -> Enum:
    """Store an enumeration as its word; new words need no migration."""
    return _Words(
        enum,
        native_enum=False,
        create_constraint=False,
        length=16,
        values_callable=lambda members: [member.value for member in members],
    )
