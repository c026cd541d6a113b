"""Say what was changed in a reader's preferences: each one, what it was and what it is."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from digest.ground.languages.language import N_, Language
from digest.ground.text.plain_text import shorten
from digest.model import Cadence, Layout, Preferences
from digest.render.digest import wording
from digest.subscribers.rules.choice_kinds import Choice, Named, Weekday
from digest.subscribers.rules.field_kinds import Phrases, PreferenceField, TopicWeights, WholeNumber
from digest.subscribers.rules.preference_fields import FIELDS

_LONGEST = 240  # characters of a list; of a longer one only what differs is named


class Change(NamedTuple):
    """One preference, by the name that the page gives it: what it was, what it is."""

    label: str
    was: str
    now: str


class Speaker:
    """Says values in a language. languages: by tag, those that a reader can choose."""

    def __init__(
        self,
        language: Language,
        topic_names: Mapping[str, str],
        languages: Mapping[str, Language],
    ) -> None:
        self._language = language
        self._topic_names = topic_names
        self._languages = languages

    def wishes(self, prefs: Preferences) -> list[tuple[PreferenceField, str]]:
        """Return the whole value of each preference that matters; "" for a list without items."""
        return [
            (field, self._whole(field, field.of(prefs)))
            for field in FIELDS
            if _matters(field, prefs)
        ]

    def changes(self, before: Preferences, after: Preferences) -> list[Change]:
        """Return what differs, in the order of the page."""
        both = [(field, field.of(before), field.of(after)) for field in FIELDS]
        return [self._change(field, was, now) for field, was, now in both if was != now]

    def _change(self, field: PreferenceField, was: Any, now: Any) -> Change:
        label = self._language.name_of(field.label)
        if isinstance(field, TopicWeights | Phrases):
            old, new = self._items(field, was), self._items(field, now)
            return Change(label, self._listed(old, new), self._listed(new, old))
        return Change(label, self._one(field, was), self._one(field, now))

    def _whole(self, field: PreferenceField, value: Any) -> str:
        if isinstance(field, TopicWeights | Phrases):
            return ", ".join(self._items(field, value))
        return self._one(field, value)

    def _items(self, field: PreferenceField, value: Any) -> list[str]:
        if isinstance(field, TopicWeights):
            return [self._topic(slug, value[slug]) for slug in wording.by_weight(value)]
        say = self._language.gettext
        return [say("“%(phrase)s”", phrase=wording.phrase(one, self._language)) for one in value]

    def _topic(self, slug: str, weight: float) -> str:
        name = wording.topic_name(slug, self._topic_names, self._language)
        return name if weight == 1 else f"{name} ({self._weight(weight)})"

    def _weight(self, weight: float) -> str:
        """Return a weight in the words of the page."""
        words = {0.5: N_("a little"), 2: N_("a lot")}
        return self._language.gettext(words[weight]) if weight in words else f"{weight:g}"

    def _listed(self, items: Sequence[str], others: Sequence[str]) -> str:
        """Return a list; of a long one only what the other list lacks, and how many more."""
        if not items:
            return self._language.gettext("none")
        if len(whole := ", ".join(items)) <= _LONGEST:
            return whole
        own = ", ".join(item for item in items if item not in others)
        same = sum(item in others for item in items)
        if not own:
            return self._language.ngettext("%(count)s as before", "%(count)s as before", same)
        names = shorten(own, _LONGEST)
        if not same:
            return names
        return self._language.ngettext(
            "%(names)s and %(count)s more", "%(names)s and %(count)s more", same, names=names
        )

    def _one(self, field: PreferenceField, value: Any) -> str:
        match field:
            case WholeNumber() if field.offered:
                return str(field.offered % value)
            case Weekday():
                return self._language.weekday(value)
            case Named(name="language") if value in self._languages:
                return self._languages[value].name
            case Choice() if field.words:
                return self._language.name_of(field.words[field.plain(value)])
            case _:
                return field.text(value)


def _matters(field: PreferenceField, prefs: Preferences) -> bool:
    """Whether a preference means anything beside the others."""
    match field.name:
        case "weekday":
            return prefs.schedule.cadence is Cadence.WEEKLY
        case "summaries":
            return prefs.layout is Layout.STANDARD
        case _:
            return True
