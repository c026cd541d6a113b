"""Read what a reader wants from the words that people and files give, all mistakes at once."""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from digest.errors import InputError
from digest.model import Cadence, DeliverySchedule, EmptyDay, Layout, Preferences

LONGEST_MAIL = 500
MOST_TOPICS = 64
MOST_PHRASES = 50
GREATEST_WEIGHT = 10.0
_NUMBER = re.compile(r"[0-9]{1,9}")
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What preferences may name.

    check_interest, check_muted: raise InputError for a phrase that cannot be looked for.
    """

    topics: Collection[str]
    timezones: Collection[str]
    check_interest: Callable[[str], object]
    check_muted: Callable[[str], object]
    default_timezone: str = "UTC"
    languages: Collection[str] = ("en",)


@dataclass(slots=True)
class _Form:
    """The words, and the mistakes found in them so far."""

    fields: Mapping[str, str]
    problems: list[str] = field(default_factory=list)

    def text(self, name: str) -> str:
        return (self.fields.get(name) or "").strip()

    def items(self, name: str) -> list[str]:
        return [item.strip() for item in self.text(name).split(";") if item.strip()]

    def number(self, name: str, default: int, least: int, most: int) -> int:
        text = self.text(name)
        if not text:
            return default
        if not (_NUMBER.fullmatch(text) and least <= int(text) <= most):
            self.problems.append(f"{name}: {text[:40]!r} is not a number from {least} to {most}")
            return default
        return int(text)

    def choice(self, name: str, choices: Collection[str], default: str, example: str) -> str:
        text = self.text(name) or default
        if text.lower() in choices:  # "Weekly" is what a spreadsheet makes of it
            return text.lower()
        if text not in choices:
            self.problems.append(f"{name}: {text[:60]!r} is not known, e.g. {example}")
            return default
        return text


def parse_preferences(fields: Mapping[str, str], vocabulary: Vocabulary) -> Preferences:
    """Build preferences from fields; what is missing or empty gets its default.

    fields: topics ("slug;slug:weight"), interests, muted (phrases with ";" between), cadence
    (daily, weekdays, weekly), weekday (English name), hour (0-23), timezone (IANA name),
    max_papers, layout (full, compact, text), language (a code), empty_day (skip, note, fill).
    Raises InputError that names every mistake.
    """
    form = _Form(fields)
    cadences = [cadence.value for cadence in Cadence]
    zone = vocabulary.default_timezone
    day = form.choice("weekday", WEEKDAYS, WEEKDAYS[0], "monday")
    found = Preferences(
        topics=_topics(form, vocabulary),
        interests=_phrases(form, "interests", vocabulary.check_interest),
        muted=_phrases(form, "muted", vocabulary.check_muted),
        max_papers=form.number("max_papers", 10, 1, LONGEST_MAIL),
        schedule=DeliverySchedule(
            cadence=Cadence(form.choice("cadence", cadences, "daily", "weekly")),
            hour=form.number("hour", 7, 0, 23),
            timezone=form.choice("timezone", vocabulary.timezones, zone, "Europe/Berlin"),
            weekday=WEEKDAYS.index(day),
        ),
        layout=Layout(form.choice("layout", list(Layout), Layout.FULL, "compact")),
        language=form.choice("language", vocabulary.languages, "en", "en"),
        empty_day=EmptyDay(form.choice("empty_day", list(EmptyDay), EmptyDay.SKIP, "note")),
    )
    if form.problems:
        raise InputError("; ".join(form.problems))
    return found


def mistakes(fields: Mapping[str, str], vocabulary: Vocabulary) -> dict[str, str]:
    """Return what `parse_preferences` has against each field, by the field's name."""
    found = {}
    for name, value in fields.items():
        try:
            parse_preferences({name: value}, vocabulary)
        except InputError as exc:
            found[name] = str(exc).replace(f"{name}: ", "")
    return found


def to_fields(prefs: Preferences) -> dict[str, str]:
    """Return the fields that `parse_preferences` makes these preferences of."""
    return {
        "topics": ";".join(f"{slug}:{weight}" for slug, weight in prefs.topics.items()),
        "interests": ";".join(prefs.interests),
        "muted": ";".join(prefs.muted),
        "timezone": prefs.schedule.timezone,
        "hour": str(prefs.schedule.hour),
        "cadence": prefs.schedule.cadence.value,
        "weekday": WEEKDAYS[prefs.schedule.weekday],
        "max_papers": str(prefs.max_papers),
        "layout": prefs.layout.value,
        "language": prefs.language,
        "empty_day": prefs.empty_day.value,
    }


def to_record(prefs: Preferences) -> dict[str, Any]:
    """Return preferences as JSON values, for the record of what was changed."""
    return asdict(prefs)


def from_record(record: Mapping[str, Any]) -> Preferences:
    """Undo `to_record`; what a record is too old to know gets its default."""
    schedule = dict(record.get("schedule") or record["rhythm"])  # its name until revision 0015
    return Preferences(
        topics=dict(record["topics"]),
        interests=tuple(record["interests"]),
        muted=tuple(record["muted"]),
        max_papers=record["max_papers"],
        schedule=DeliverySchedule(**schedule | {"cadence": Cadence(schedule["cadence"])}),
        layout=Layout(record.get("layout", Layout.FULL)),
        language=record.get("language", "en"),
        empty_day=EmptyDay(record.get("empty_day", EmptyDay.SKIP)),
    )


def _topics(form: _Form, vocabulary: Vocabulary) -> dict[str, float]:
    weights: dict[str, float] = {}
    for item in form.items("topics"):
        slug, _, weight = (part.strip() for part in item.partition(":"))
        if slug not in vocabulary.topics:
            form.problems.append(f"topics: there is no topic {slug[:60]!r} (see `digest topics`)")
        elif (value := _weight(weight)) is None:
            form.problems.append(
                f"topics: the weight of {slug!r} must be over 0, {GREATEST_WEIGHT:g} at most"
            )
        else:
            weights[slug] = value
    if len(weights) > MOST_TOPICS:
        form.problems.append(f"topics: at most {MOST_TOPICS}")
    return weights


def _weight(text: str) -> float | None:
    try:
        value = float(text) if text else 1.0
    except ValueError:
        return None
    return value if 0 < value <= GREATEST_WEIGHT else None


def _phrases(form: _Form, name: str, check: Callable[[str], object]) -> tuple[str, ...]:
    phrases = tuple(dict.fromkeys(" ".join(item.split()) for item in form.items(name)))
    for phrase in phrases:
        if not phrase.isprintable():  # it is to be printed in the mail; PostgreSQL takes no NUL
            form.problems.append(f"{name}: {phrase!r} has a character that cannot be printed")
            continue
        try:
            check(phrase)
        except InputError as exc:
            form.problems.append(f"{name}: {exc}")
    if len(phrases) > MOST_PHRASES:
        form.problems.append(f"{name}: at most {MOST_PHRASES}")
    return phrases
