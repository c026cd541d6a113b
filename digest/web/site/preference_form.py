"""The form of the preferences page: each preference as it is declared, as a field of the form."""

from collections.abc import Iterable, Mapping
from typing import Any

from markupsafe import Markup

from digest.model import Preferences
from digest.subscribers.rules.choice_kinds import Choice, Named, Weekday
from digest.subscribers.rules.field_kinds import (
    Mistake,
    Phrases,
    PreferenceField,
    TopicWeights,
    WholeNumber,
)
from digest.subscribers.rules.preference_fields import FIELDS
from digest.web.site.forms import Form
from digest.web.site.view import Site

TOPIC_PREFIX = "topic-"  # a box for each topic, which says its weight when it is ticked
_ABOVE = ("topics", "interests", "muted")  # the template shows them itself
_FIRST = ("cadence", "weekday", "hour", "timezone")
WEIGHT_PREFIX = "weight-"  # another weight for a topic that is ticked


def typed(form: Form) -> dict[str, Any]:
    """Return what was typed, by preference, as `parse_preferences` takes it."""
    return {field.name: _typed(form, field) for field in FIELDS}


def shown(prefs: Preferences) -> dict[str, Any]:
    """Return preferences as the form shows them: like `typed`, had it been sent with them."""
    return {field.name: _shown(field, field.of(prefs)) for field in FIELDS}


def options(site: Site) -> dict[str, list[tuple[str, str]]]:
    """Return, by preference, what the form offers to choose from: values and words."""
    tag = site.language.tag
    if tag not in site.options:
        site.options[tag] = {field.name: _options(site, field) for field in FIELDS}
    return site.options[tag]


def translated(site: Site, mistakes: Mapping[str, list[Mistake]]) -> dict[str, str]:
    """Return mistakes in the language of the page, as sentences."""
    said = {
        name: "; ".join(site.language.gettext(one.message, **one.values) for one in found)
        for name, found in mistakes.items()
    }
    return {name: text[:1].upper() + text[1:] for name, text in said.items()}


def pieces(site: Site, shown: Mapping[str, Any], wrong: Mapping[str, str]) -> dict[str, Markup]:
    """Return the parts of the form that take long to make, most of which many readers share.

    shown, wrong: by preference, as `shown` and `translated` return them.
    """
    topics, groups = shown["topics"], site.app.topics.in_force.catalogue.groups()
    chosen = {
        group: {topic.slug: topics[topic.slug] for topic in some if topic.slug in topics}
        for group, some in groups.items()
    }
    offered = options(site)
    labels = {field.name: field.label for field in FIELDS if field.name not in _ABOVE}
    below = [*_FIRST, *(name for name in labels if name not in _FIRST)]
    return {
        "topics": _joined(
            site.piece(
                "preferences_group.html",
                (group, *chosen[group].items()),
                {"group": group, "topics": some, "chosen": chosen[group]},
            )
            for group, some in groups.items()
        ),
        "weights": _joined(
            site.piece("preferences_weight.html", (slug, weight), {"slug": slug, "weight": weight})
            for slug, weight in topics.items()
            if slug in site.topic_names
        ),
        "fields": _joined(
            site.piece(
                "preferences_field.html",
                (name, shown[name], wrong.get(name, "")),
                {
                    "name": name,
                    "value": shown[name],
                    "label": labels[name],
                    "wrong": {name: wrong[name]} if name in wrong else {},
                    "offered": offered[name],
                    "zones": site.zones,
                },
            )
            for name in below
        ),
    }


def _joined(found: Iterable[Markup]) -> Markup:
    return Markup("").join(found)


def _typed(form: Form, field: PreferenceField) -> Any:
    if isinstance(field, TopicWeights):
        ticked, weights = form.starting(TOPIC_PREFIX), form.starting(WEIGHT_PREFIX)
        return {slug: weights.get(slug) or weight for slug, weight in ticked.items() if weight}
    text = form.text(field.name)
    return text.split("\n") if isinstance(field, Phrases) else text


def _shown(field: PreferenceField, value: Any) -> Any:
    if isinstance(field, TopicWeights):
        return {slug: f"{weight:g}" for slug, weight in value.items()}
    return list(value) if isinstance(field, Phrases) else field.text(value)


def _options(site: Site, field: PreferenceField) -> list[tuple[str, str]]:
    match field:
        case WholeNumber() if field.offered:
            numbers = range(field.least, field.most + 1)
            return [(str(number), field.offered % number) for number in numbers]
        case Weekday():
            days = enumerate(field.words)
            return [(day, site.language.weekday(number)) for number, day in days]
        case Named(name="language"):
            return [(one.tag, one.name) for one in site.app.files.languages.values()]
        case Choice():
            return [(word, site.language.name_of(text)) for word, text in field.words.items()]
    return []
