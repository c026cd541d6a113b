"""The lines of a file that takes a whole list to another instance: JSON, one object a line.

The first line says what the file is and the last one counts the others, so that a file that was cut
is noticed. Between them come the suppressions, then the subscribers.
"""

import json
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from digest.errors import InputError
from digest.model import FeedbackKind, SubscriberState
from digest.subscribers.store.events import EventKind

_Hash = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class _Line(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Head(_Line):
    """What the file is. suppression_keys: those that suppressed addresses are hashed under, hex.

    Version 1 had none of them, and lines of suppressions without key, source and kind.
    """

    digest: Literal["subscribers"] = "subscribers"
    version: Literal[1, 2] = 2
    written_at: AwareDatetime
    suppression_keys: list[_Hash] = []


class SuppressionLine(_Line):
    """An address that must not be mailed: SHA-256 of its normalised form, hex.

    key: of those in the head, from 0 on, the one under which it is hashed again (HMAC-SHA256).
    source, kind: as of `store.suppressions.Suppression`.
    """

    suppressed: _Hash
    reason: Annotated[str, Field(max_length=500)]
    at: AwareDatetime
    key: Annotated[int, Field(ge=0)] | None = None
    source: Annotated[str, Field(max_length=32)] = "import"
    kind: FeedbackKind | None = None


class EventLine(_Line):
    """Something that happened to a subscription."""

    kind: EventKind
    at: AwareDatetime
    detail: dict[str, Any]


class ReaderLine(_Line):
    """A subscriber. wishes: the preferences as CSV files have them, by name."""

    email: Annotated[str, Field(max_length=320)]
    name: str
    state: SubscriberState
    created_at: AwareDatetime
    confirmed_at: AwareDatetime | None
    paused_until: date | None
    wishes: dict[str, str]
    events: list[EventLine]


class Counts(_Line):
    """How many lines of which kind there are."""

    suppressions: int
    subscribers: int


class End(_Line):
    """The last line."""

    end: Counts


Line = Head | SuppressionLine | ReaderLine | End
_KINDS: dict[str, type[Line]] = {
    "digest": Head,
    "suppressed": SuppressionLine,
    "email": ReaderLine,
    "end": End,
}


def parse_line(text: str) -> Line:
    """Return what a line says; InputError names what is wrong with it."""
    try:
        value = json.loads(text)
        stored = json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise InputError("not a line of JSON text") from None
    if not isinstance(value, dict) or b"\\u0000" in stored:  # which PostgreSQL does not take
        raise InputError("not a line that `digest subscribers export --everything` writes")
    kind = next((kind for key, kind in _KINDS.items() if key in value), None)
    if kind is None:
        raise InputError(f"neither a subscriber nor a suppression: {text.strip()[:60]!r}")
    try:
        return kind.model_validate(value)
    except ValidationError as exc:
        first = exc.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise InputError(f"{where[:60]!r}: {first['msg']}") from None
