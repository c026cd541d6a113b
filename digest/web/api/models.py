"""What the API accepts and returns of subscribers; each preference as it is declared."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any, Literal

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, create_model

from digest.model import Preferences, Subscriber, SubscriberState
from digest.subscribers.rules.choice_kinds import Choice, Named
from digest.subscribers.rules.field_kinds import Phrases, PreferenceField, TopicWeights, WholeNumber
from digest.subscribers.rules.preference_fields import FIELDS
from digest.subscribers.rules.preferences import PreferencesError, parse_preferences, remarks_on
from digest.subscribers.rules.vocabulary import Vocabulary

LARGEST_ID = 2**31 - 1
Phrase = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class Strict(BaseModel):
    """What comes in: no unknown names, and no text where a number belongs."""

    model_config = ConfigDict(extra="forbid")


def _kind(field: PreferenceField) -> Any:
    """Return the type that bounds a field as far as no vocabulary is needed."""
    match field:
        case TopicWeights():
            bounds = Field(gt=0, le=field.greatest, strict=True, allow_inf_nan=False)
            return Annotated[dict[str, Annotated[float, bounds]], Field(max_length=field.most)]
        case Phrases():
            return Annotated[list[Phrase], Field(max_length=field.most)]
        case WholeNumber():
            return Annotated[int, Field(ge=field.least, le=field.most, strict=True)]
        case Named():
            return str if field.initial is None else str | None
        case Choice():
            return Literal[tuple(field.words)]
    raise TypeError(f"the API knows no preference like {field.name}")


def _declared(field: PreferenceField) -> Any:
    decided_here = isinstance(field, Named) and field.initial is not None
    default = None if decided_here else field.plain(field.default())
    return (_kind(field), Field(default, description=field.help, examples=[field.example]))


_Declared = create_model(
    "_Declared", __base__=Strict, **{field.name: _declared(field) for field in FIELDS}
)


class PreferencesModel(_Declared):  # type: ignore[misc, valid-type]  # made of FIELDS
    """What a reader wants; whatever is left out gets its default."""


class SubscriberOut(BaseModel):
    """A subscriber. paused_until: the reader's own date on which mail resumes.

    remarks: what was understood in the request, but is written otherwise today.
    """

    id: int
    email: str
    name: str
    state: SubscriberState
    created_at: datetime
    paused_until: date | None
    preferences: PreferencesModel
    remarks: list[str] = []


class Page(BaseModel):
    """Subscribers by id. next: what to send as `cursor` for those that follow; null at the end."""

    items: list[SubscriberOut]
    next: int | None


def preferences_of(model: PreferencesModel, vocabulary: Vocabulary, *place: str) -> Preferences:
    """Return the preferences that a body holds; RequestValidationError names all mistakes.

    place: where in the body they are, if not at its top.
    """
    given = {field.name: getattr(model, field.name) for field in FIELDS}
    try:
        return parse_preferences(given, vocabulary)
    except PreferencesError as exc:
        raise RequestValidationError(
            [
                {"loc": ("body", *place, name), "msg": "; ".join(map(str, mistakes))}
                for name, mistakes in exc.mistakes.items()
            ]
        ) from None


def remarks_of(model: PreferencesModel, vocabulary: Vocabulary) -> list[str]:
    """Say which topics of a body were given by a former slug."""
    return remarks_on({"topics": model.topics}, vocabulary)


def subscriber_out(one: Subscriber, remarks: Sequence[str] = ()) -> SubscriberOut:
    """Return a subscriber as the API shows them."""
    stored = {field.name: field.plain(field.of(one.preferences)) for field in FIELDS}
    return SubscriberOut(
        id=one.id,
        email=one.address,
        name=one.name,
        state=one.state,
        created_at=one.created_at,
        paused_until=one.resumes_on,
        preferences=PreferencesModel.model_construct(**stored),  # it was checked when it came
        remarks=list(remarks),
    )
