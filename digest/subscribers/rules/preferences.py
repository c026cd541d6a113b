"""Make preferences of what people, files and programs give, naming all mistakes at once."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from typing import Any

from digest.errors import InputError
from digest.model import DeliverySchedule, Preferences
from digest.subscribers.rules.field_kinds import Mistake, PreferenceField
from digest.subscribers.rules.preference_fields import FIELDS, TOPICS
from digest.subscribers.rules.vocabulary import Vocabulary
from digest.topics.former_slugs import FORMER_SLUGS, current, replaced

_WHEN = frozenset(field.name for field in FIELDS if field.in_schedule)


class PreferencesError(InputError):
    """Preferences that cannot be used. mistakes: what is wrong, by the field's name."""

    def __init__(self, mistakes: Mapping[str, list[Mistake]]) -> None:
        said = [f"{name}: {mistake}" for name, found in mistakes.items() for mistake in found]
        super().__init__("; ".join(said), hint="digest topics" if "topics" in mistakes else "")
        self.mistakes = mistakes


def parse_preferences(given: Mapping[str, Any], vocabulary: Vocabulary) -> Preferences:
    """Return the preferences of texts (as in CSV files) or plain values (as in JSON), by field.

    What is missing or blank gets its default. PreferencesError names every mistake.
    """
    return _built(_parsed(FIELDS, given, vocabulary))


def update_preferences(
    before: Preferences, given: Mapping[str, Any], vocabulary: Vocabulary
) -> Preferences:
    """Return preferences with the fields that are given replaced; the others stay as they are.

    A blank one gets its default. PreferencesError names every mistake in what is given.
    """
    kept = {field.name: field.of(before) for field in FIELDS}
    wanted = [field for field in FIELDS if field.name in given]
    return _built(kept | _parsed(wanted, given, vocabulary))


def with_wishes(prefs: Preferences, wishes: Mapping[str, Any]) -> Preferences:
    """Return preferences with some of their values replaced, by the field's name."""
    if not wishes:
        return prefs
    own = dict(wishes)
    when = {name: own.pop(name) for name in wishes if name in _WHEN}
    schedule = replace(prefs.schedule, **when) if when else prefs.schedule
    return replace(prefs, **own, schedule=schedule)


def default_preferences(vocabulary: Vocabulary) -> Preferences:
    """Return the preferences of a new subscriber who wishes nothing."""
    return _built({field.name: field.default(vocabulary) for field in FIELDS})


def remarks_on(given: Mapping[str, Any], vocabulary: Vocabulary) -> list[str]:
    """Say which topics were given by a former slug, and what that was taken for."""
    topics = given.get("topics") or {}
    slugs = TOPICS.split(topics) if isinstance(topics, str) else topics
    return replaced(slugs, vocabulary.topics)


def to_texts(prefs: Preferences) -> dict[str, str]:
    """Return preferences as CSV files have them; `parse_preferences` reads them again."""
    return {field.name: field.text(field.of(prefs)) for field in FIELDS}


def to_record(prefs: Preferences) -> dict[str, Any]:
    """Return preferences as JSON values, for the record of what was changed."""
    return asdict(prefs)


def from_record(record: Mapping[str, Any]) -> Preferences:
    """Undo `to_record`; what a record is too old to know gets its default."""
    schedule = record.get("schedule") or record["rhythm"]  # its name until revision 0015
    known = {**record, **schedule, "topics": _today(record["topics"])}
    return _built(
        {
            field.name: field.restore(known[field.name]) if field.name in known else field.default()
            for field in FIELDS
        }
    )


def _parsed(
    fields: Iterable[PreferenceField], given: Mapping[str, Any], vocabulary: Vocabulary
) -> dict[str, Any]:
    values, mistakes = {}, {}
    for field in fields:
        found: list[Mistake] = []
        values[field.name] = field.parse(given.get(field.name), vocabulary, found)
        if found:
            mistakes[field.name] = found
    if mistakes:
        raise PreferencesError(mistakes)
    return values


def _today(topics: Mapping[str, float]) -> dict[str, float]:
    """Return topics of a record that may be older than the catalogue."""
    known = {new for several in FORMER_SLUGS.values() for new in several}
    return {
        new: weight for slug, weight in topics.items() for new in (current(slug, known) or (slug,))
    }


def _built(values: Mapping[str, Any]) -> Preferences:
    own = {field.name: values[field.name] for field in FIELDS if not field.in_schedule}
    when = {field.name: values[field.name] for field in FIELDS if field.in_schedule}
    return Preferences(**own, schedule=DeliverySchedule(**when))
